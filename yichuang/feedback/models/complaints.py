"""Tables of the room: complaints."""
