"""Every write of the room: ratings."""
