"""Tables of the room: ratings."""
