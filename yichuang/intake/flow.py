"""Words of intake: how far a part of a filing has come, and what may take the place of a file."""

from enum import StrEnum


class SectionState(StrEnum):
    """How far one part of a draft is. The values are those of the task list on the page."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"
    ERROR = "error"
    LOCKED = "locked"


PAPER = "paper"
"""The kind of a material that lies on the window's table: nothing was uploaded, so it has no hash."""

ALL_SECTIONS = "all"
"""The window sees the whole form on one page; its code stands where a section's code stands online."""

MOST_DRAFTS = 50
"""Filings that one account may have begun and not filed; every list of drafts shows them all."""

MOST_MATERIALS = 30
"""Files and papers that one draft may hold."""

LONGEST_TYPED = 4000
"""Characters of one answer that a draft keeps, right or wrong; every form's own limits are lower."""
