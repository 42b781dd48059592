"""What the house measures of itself: `python -m bench` (scenarios), `python -m bench.documents` (typesetting).

Nothing here is imported by the product. Every throughput is a ratio to a limit of PostgreSQL that was measured in the same
run, phases taking turns, and beside it stands the processor time that one operation cost.
"""
