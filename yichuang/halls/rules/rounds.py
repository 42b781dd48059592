"""Pure functions of the room: rounds."""
