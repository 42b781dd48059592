"""Pure functions of the room: duty."""
