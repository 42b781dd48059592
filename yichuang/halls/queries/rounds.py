"""Every read of the room: rounds."""
