"""Tables of the room: tasks."""
