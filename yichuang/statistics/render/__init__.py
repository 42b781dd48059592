"""Figures for the outside: the picture of a trend (`trend`), the monthly files for analysts (`analysis`), the daily feed (`feed`).

Each is imported by itself: the worker writes files and never loads what draws.
"""
