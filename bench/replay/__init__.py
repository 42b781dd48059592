"""The year 2022 again: reported cases whose totals equal the printed reports, loaded and counted.

`python -m bench.replay --scale 1000 --json-lines` writes the events; `tests/stories/test_replay_2022.py` runs the replica.
"""
