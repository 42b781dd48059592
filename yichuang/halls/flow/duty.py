"""Words and tables of the room: duty."""
