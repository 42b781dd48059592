"""Peers: how fast the same life of a case is with ordinary tools, on the same server in the same run.

Each peer is a small application of our own over packages that are installed into a folder of the bench when it runs; none of
them is a dependency of the house.
"""
