"""Open work by how near its date is: counted from the small table of open work, never from the cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from yichuang.cases.queries.open_work import departments_of, within
from yichuang.cases.queries.queues import WORK_OF_TAB, Tab
from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor


class Band(StrEnum):
    """How near the date is."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    LATER = "later"


BAND_LABELS = {
    Band.OVERDUE: "已超期",
    Band.TODAY: "今天到期",
    Band.SOON: "三个工作日内到期",
    Band.LATER: "期限宽裕",
}


# Each number is counted up to here and no further: what is shown as 10,000+ is not a figure but a mountain.
MOST = 10_000
TODAY, SOON = "%(today)s::date", "%(soon)s::date"
IN_HAND, WAITING = WORK_OF_TAB[Tab.IN_HAND], WORK_OF_TAB[Tab.WAITING]
COUNTED = (
    (IN_HAND, within(last=TODAY, before_last=True)),
    (IN_HAND, within(TODAY, TODAY)),
    (IN_HAND, within(TODAY, SOON, after_first=True)),
    (IN_HAND, within(SOON, after_first=True)),
    (WAITING, within()),
)


def _count(looks: str, kinds: Sequence[str], asked: str) -> str:
    """A bounded count: in the index of each department and kind, until enough are found."""
    listed = ", ".join(f"('{kind}')" for kind in kinds)
    return (
        f"(select count(*) from (select from {looks} cross join (values {listed}) k (kind) cross join lateral "  # noqa: S608
        f"(select from cases_work w where {asked} limit {MOST + 1}) w "
        f"limit {MOST + 1}) n)"
    )


@dataclass(frozen=True, slots=True)
class Risk:
    """Pieces of open work by band, and those whose clock stands still."""

    bands: dict[Band, int]
    waiting: int


def by_risk(*, by: Actor, today: date, soon: date, department: UUID | None = None) -> Risk:
    """Work in hand by how near its date is; `soon` is the last day of the third band. One statement.

    Work that waits for others (补正, 特别程序) is counted apart. Only of the departments that the actor reaches.
    """
    by.require(Capability.CASE_SEARCH)
    parameters: dict[str, Any] = {"today": today, "soon": soon}
    looks = departments_of(department, by, parameters) or "directory_department d"
    columns = ", ".join(_count(looks, kinds, asked) for kinds, asked in COUNTED)
    found = sql.one(f"select {columns}", parameters)
    assert found is not None
    return Risk(dict(zip(Band, found, strict=False)), found[-1])
