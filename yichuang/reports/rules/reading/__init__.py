"""Reads a printed weekly report (plain text) into values, and invents nothing.

`decode(bytes) -> str` and `read_report(text, file) -> ReadReport` are the way in; the only error is
`Unreadable`.
"""

from .read import read_report
from .report import ReadReport, Unreadable
from .text import decode

__all__ = ["ReadReport", "Unreadable", "decode", "read_report"]
