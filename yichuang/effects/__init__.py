"""Effects: the table "when this fact, do that", and the worker that drains the queue of fresh facts."""
