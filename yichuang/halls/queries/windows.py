"""Every read of the room: windows."""
