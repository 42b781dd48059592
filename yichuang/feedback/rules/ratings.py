"""Pure functions of the room: ratings."""
