"""Every read of the room: tasks."""
