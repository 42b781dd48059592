"""Reads of the room: what can be exported, what was asked for, what waits."""
