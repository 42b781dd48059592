"""What departments undertake beside cases: events, lists of key tasks, campaigns with a target and a day.

It owns their records. It never files cases itself.
"""
