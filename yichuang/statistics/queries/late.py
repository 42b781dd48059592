"""What came late: days that moved after they had passed, by when they did."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from yichuang.kernel import paging, sql
from yichuang.kernel.paging import Page

VERB_LABELS = {
    "filed": "收件", "accepted": "受理", "decided": "办结", "delivered": "送达", "refused": "不予受理",
    "withdrawn": "撤回", "terminated": "终止",
}  # fmt: skip
SOURCE_LABELS = {"case": "本平台办理", "reported": "部门系统上报"}


@dataclass(frozen=True, slots=True)
class Moved:
    """A day that moved: by `count` pieces of one kind, department and item type, through `facts` facts drained on one later day."""

    day: date
    drained_on: date
    kind: str
    department_id: UUID
    item_type: str
    count: int
    facts: int

    @property
    def measure(self) -> str:
        """What moved, in words."""
        return VERB_LABELS[self.kind.partition(".")[2]]

    @property
    def source(self) -> str:
        """Who handled the cases, in words."""
        return SOURCE_LABELS[self.kind.partition(".")[0]]

    @property
    def days_late(self) -> int:
        """Calendar days between the day and when it moved."""
        return (self.drained_on - self.day).days


def late(first: date, last: date, *, after: str = "", size: int = paging.PAGE) -> Page[Moved]:
    """What was drained late in a period, the newest first, a page at a time. One statement."""
    cursor = paging.decode(after, parts=5)
    asked: dict[str, Any] = {
        "first": first,
        "last": last,
        "limit": size + 1,
        "drained_on": paging.day_part(cursor[0]) if cursor else None,
        "day": paging.day_part(cursor[1]) if cursor else None,
        "kind": cursor[2] if cursor else None,
        "department": paging.id_part(cursor[3]) if cursor else None,
        "item_type": cursor[4] if cursor else None,
    }
    rows = [Moved(*row) for row in sql.rows(sql.statement(__file__, "late"), asked)]
    return paging.cut(
        rows,
        size=size,
        key=lambda one: (
            str(one.drained_on),
            str(one.day),
            one.kind,
            str(one.department_id),
            one.item_type,
        ),
        after=after,
    )


def late_total(first: date, last: date) -> tuple[int, int]:
    """How many facts came late in a period and how many days they moved."""
    row = sql.one(
        "select coalesce(sum(facts), 0)::bigint, count(distinct day)::bigint from statistics_late "
        "where drained_on between %(first)s and %(last)s",
        {"first": first, "last": last},
    )
    assert row is not None
    return row[0], row[1]


def months_to_export(since: date | None, today: date) -> list[str]:
    """The months whose files must be made again: every one that had something since the last export, late or not.

    None: every month that has anything.
    """
    asked = {"since": since, "today": today}
    found = sql.rows(
        "select distinct to_char(first_day, 'YYYY-MM') from statistics_rollup where span = 'month' "
        "and (%(since)s::date is null or first_day >= date_trunc('month', %(since)s::date)) and first_day <= %(today)s "
        "union select distinct to_char(day, 'YYYY-MM') from statistics_late where drained_on >= %(since)s order by 1",
        asked,
    )
    return [row[0] for row in found]


def department_labels() -> dict[UUID, str]:
    """Departments by their ids as analysts read them today: each by a name that is nobody else's."""
    return dict(sql.rows(sql.statement(__file__, "department_labels")))


def departments_called(name: str) -> set[UUID]:
    """Departments of a short or a full name; there may be several."""
    asked = "select id from directory_department where short_name = %(name)s or name = %(name)s"
    return {row[0] for row in sql.rows(asked, {"name": name})}


def days_with_rows(last: date) -> list[date]:
    """The days up to one that have any figure, oldest first."""
    asked = "select distinct first_day from statistics_rollup where span = 'all-day' and first_day <= %(last)s order by 1"
    return [row[0] for row in sql.rows(asked, {"last": last})]


def days_moved(since: date, today: date) -> list[date]:
    """The days that had something drained late from one day to another, both included, oldest first."""
    asked = (
        "select distinct day from statistics_late where drained_on between %(since)s and %(today)s order by 1"
    )
    return [row[0] for row in sql.rows(asked, {"since": since, "today": today})]
