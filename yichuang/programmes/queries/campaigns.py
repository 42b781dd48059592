"""Every read of the room: campaigns."""
