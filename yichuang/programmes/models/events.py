"""Tables of the room: events."""
