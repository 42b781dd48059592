"""Workdays: which day counts, and the business clock.

Owns the calendar of working days (holidays, make-up working days 调休, the notice each of them rests on), the
arithmetic of legal time limits (行政许可法 art. 82: working days, without statutory holidays) and the one
clock that says what day it is for the business.

Never knows what a case is: it counts from a date and says why. A year without an official notice is never
guessed at as if it were known: its dates are marked provisional (暂计).
"""
