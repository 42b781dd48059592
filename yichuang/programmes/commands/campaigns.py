"""Every write of the room: campaigns."""
