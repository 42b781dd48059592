"""Every read of the room: complaints."""
