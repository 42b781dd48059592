"""Directory: who there is — regions, departments, posts, staff, capabilities, accounts, applicants.

Owns identity and rights. Never knows what a right is used for.
"""
