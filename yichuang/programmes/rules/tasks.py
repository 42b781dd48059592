"""Pure functions of the room: tasks."""
