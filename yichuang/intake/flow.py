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


class BulkState(StrEnum):
    """How far a file of filings is."""

    COLUMNS = "columns"
    WAITING_CHECK = "waiting_check"
    CHECKING = "checking"
    CHECKED = "checked"
    WAITING_FILE = "waiting_file"
    FILING = "filing"
    DONE = "done"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FAILED = "failed"


BULK_STATES = tuple(str(one) for one in BulkState)
BULK_LABELS = {
    BulkState.COLUMNS: "待对应列",
    BulkState.WAITING_CHECK: "等待检查",
    BulkState.CHECKING: "检查中",
    BulkState.CHECKED: "待确认",
    BulkState.WAITING_FILE: "等待申报",
    BulkState.FILING: "申报中",
    BulkState.DONE: "已完成",
    BulkState.PAUSED: "已暂停",
    BulkState.CANCELLED: "已取消",
    BulkState.FAILED: "已中止",
}
BULK_AT_WORK = (BulkState.WAITING_CHECK, BulkState.CHECKING, BulkState.WAITING_FILE, BulkState.FILING)
"""The worker has the run, or will take it: it can be paused."""
BULK_ENDED = (BulkState.DONE, BulkState.CANCELLED, BulkState.FAILED)

ROW_STATES = ("good", "bad", "double", "known")
"""Of a row: may be filed, is faulty, says the same as an earlier row of the file, was filed before."""

MOST_ROWS = 500_000
"""Rows of one file."""

MOST_FILE_BYTES = 300 * 1024 * 1024
"""Bytes of one file of filings."""

KEPT_DAYS = 30
"""Days after its end for which the file and the rows of a run are kept; then they are taken away."""
