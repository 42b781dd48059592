"""Every write of the room: rounds."""
