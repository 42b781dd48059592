"""Open work by how near its date is: counted from the small table of open work, never from the cases."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from yichuang.cases.queries.queues import WORK_OF_TAB, Tab, reach
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
    where, parameters = reach(by, "w")
    found = sql.one(
        "select count(*) filter (where w.kind = any(%(hand)s) and w.due_on < %(today)s), "  # noqa: S608
        "count(*) filter (where w.kind = any(%(hand)s) and w.due_on = %(today)s), "
        "count(*) filter (where w.kind = any(%(hand)s) and w.due_on > %(today)s and w.due_on <= %(soon)s), "
        "count(*) filter (where w.kind = any(%(hand)s) and (w.due_on is null or w.due_on > %(soon)s)), "
        "count(*) filter (where w.kind = any(%(waits)s)) "
        f"from cases_work w where {where} "
        "and (%(department)s::uuid is null or w.department_id = %(department)s)",
        parameters
        | {
            "today": today,
            "soon": soon,
            "department": department,
            "hand": list(WORK_OF_TAB[Tab.IN_HAND]),
            "waits": list(WORK_OF_TAB[Tab.WAITING]),
        },
    )
    assert found is not None
    return Risk(dict(zip(Band, found, strict=False)), found[-1])
