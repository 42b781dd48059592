"""Words and tables of the room: campaigns."""
