"""The hall: windows and their acts, hand-over and delivery, rounds of inspection, duty visits of heads.

It owns what happens in the hall. It never decides a case and never counts figures.
"""
