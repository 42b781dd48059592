"""Words and tables of the room: complaints."""
