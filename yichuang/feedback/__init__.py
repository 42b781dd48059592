"""What the served say: ratings, complaints, the 办不成事 window, and signals that auditors look at.

It owns ratings and complaints. It never changes a case.
"""
