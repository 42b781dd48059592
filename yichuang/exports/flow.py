"""The words of the room: formats, states, sorts of columns, and what is asked of an export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

KEPT_FOR = timedelta(days=7)
SHORTEST_PURPOSE, LONGEST_PURPOSE = 4, 200
# So many of one person may wait or run: more would only stand in each other's way.
MOST_OPEN = 5


class Format(StrEnum):
    """What kind of file."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"

    @property
    def media_type(self) -> str:
        """For the Content-Type of the download."""
        return {
            Format.CSV: "text/csv; charset=utf-8",
            Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format.PARQUET: "application/vnd.apache.parquet",
        }[self]


FORMAT_LABELS = {
    Format.XLSX: "Excel 表格（xlsx）",
    Format.CSV: "CSV（UTF-8）",
    Format.PARQUET: "Parquet（供数据分析）",
}


class State(StrEnum):
    """Where an export stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    FAILED = "failed"
    EXPIRED = "expired"


OPEN = (State.WAITING, State.RUNNING)
STATE_LABELS = {
    State.WAITING: "排队中",
    State.RUNNING: "导出中",
    State.DONE: "可下载",
    State.CANCELLED: "已取消",
    State.REFUSED: "无权导出",
    State.FAILED: "没有完成",
    State.EXPIRED: "已过期删除",
}
TONES = {
    State.WAITING: "plain",
    State.RUNNING: "action",
    State.DONE: "good",
    State.CANCELLED: "plain",
    State.REFUSED: "bad",
    State.FAILED: "bad",
    State.EXPIRED: "plain",
}


class Sort(StrEnum):
    """What a column holds. TYPED is text that somebody typed, in which a formula could hide; CODE is a word of ours."""

    TYPED = "typed"
    CODE = "code"
    NUMBER = "number"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: its name, the SQL that yields it, its sort."""

    name: str
    sql: str
    sort: Sort = Sort.TYPED


@dataclass(frozen=True, slots=True)
class Selection:
    """What is read: columns, everything behind `from` with `where` and `order by`, and its parameters; what the file must say of it."""

    columns: Sequence[Column]
    source: str
    parameters: Mapping[str, Any]
    note: str = ""
