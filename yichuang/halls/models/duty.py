"""Tables of the room: duty."""
