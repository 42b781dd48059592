"""Statistics: daily figures made from facts, the measures that read them, brought-forward totals, snapshots.

Owns every figure that is published. Never reads today's status of a case to say what happened in the past.
"""
