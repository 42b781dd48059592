"""Every read of the room: duty."""
