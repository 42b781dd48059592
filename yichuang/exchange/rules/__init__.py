"""Pure functions: what a line says, and what all that was reported about a case comes to."""
