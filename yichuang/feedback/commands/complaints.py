"""Every write of the room: complaints."""
