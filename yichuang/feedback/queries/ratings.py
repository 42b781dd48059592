"""Every read of the room: ratings."""
