"""Every write of the room: tasks."""
