"""Catalogue: service items, the published versions of their guides, and acceptance manuals.

Owns what may be applied for, on what conditions, with which materials and within which limits. Never knows a case:
a case points to the version it was filed under.
"""
