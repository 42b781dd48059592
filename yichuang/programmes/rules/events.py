"""Pure functions of the room: events."""
