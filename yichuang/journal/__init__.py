"""Journal: what happened, to what, by whom and when.

Owns the facts (append-only, one hash chain per subject), the queue of fresh facts, the seals, the client keys,
the number series, and the making of partitions. Never interprets a fact: rooms above give kinds their meaning.
"""
