"""Every write of the room: windows."""
