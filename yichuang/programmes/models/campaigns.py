"""Tables of the room: campaigns."""
