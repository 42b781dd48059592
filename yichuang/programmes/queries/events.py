"""Every read of the room: events."""
