"""Words and tables of the room: events."""
