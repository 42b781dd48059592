"""Pure functions of the room: windows."""
