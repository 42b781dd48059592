"""Tables of the room: windows."""
