"""Words and tables of the room: rounds."""
