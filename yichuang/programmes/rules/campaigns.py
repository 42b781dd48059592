"""Pure functions of the room: campaigns."""
