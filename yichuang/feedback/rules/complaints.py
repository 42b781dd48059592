"""Pure functions of the room: complaints."""
