"""Tables of the room: rounds."""
