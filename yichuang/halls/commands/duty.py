"""Every write of the room: duty."""
