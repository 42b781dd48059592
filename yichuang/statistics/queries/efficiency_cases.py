"""The cases behind a claim of efficiency, as far as the actor may see them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.paging import Page
from yichuang.statistics.flow.efficiency import CLAIM, ONLINE_CHANNELS, PROJECT_CLASS_FIELD, Basis
from yichuang.statistics.queries.counted import scope


@dataclass(frozen=True, slots=True)
class ClaimedCase:
    """A case behind a claim: days used and allowed in working days, `trips` counted from its facts."""

    id: UUID
    number: str
    item_name: str
    department_id: UUID
    day: date
    filed_on: date
    decided_on: date | None
    delivered_on: date | None
    channel: str
    days_used: int | None
    limit_days: int
    project_class: str | None
    trips: int

    @property
    def natural_days(self) -> int | None:
        """Calendar days from filing to delivery."""
        return None if self.delivered_on is None else (self.delivered_on - self.filed_on).days

    @property
    def ahead(self) -> int | None:
        """Working days by which it was ahead of its statutory limit."""
        return None if self.days_used is None or self.decided_on is None else self.limit_days - self.days_used


@dataclass(frozen=True, slots=True)
class Behind:
    """Which claim somebody clicked on, and of what."""

    claim: str
    first: date
    last: date
    department: UUID | None = None
    item: UUID | None = None
    project_class: str = ""
    ahead: int | None = None


def claimed_cases(asked: Behind, *, by: Actor, after: str = "", size: int = paging.PAGE) -> Page[ClaimedCase]:
    """The cases behind a claim, a page at a time. One statement.

    Raises Invalid for an unknown claim, or one that rests on guides and not on cases.
    """
    claim = CLAIM.get(asked.claim)
    if claim is None or claim.basis == Basis.GUIDES:
        raise Invalid("没有这个效能数字。", how="请从办理效能页中点击数字进入。")
    cursor = paging.decode(after, parts=2)
    rows = sql.rows(
        sql.statement(__file__, "efficiency_cases"),
        scope(by)
        | {
            "basis": str(claim.basis),
            "first": asked.first,
            "last": asked.last,
            "department": asked.department,
            "item": asked.item,
            "field": PROJECT_CLASS_FIELD,
            "early": claim.code == "early_share",
            "online": list(ONLINE_CHANNELS) if claim.code == "online_filed" else None,
            "project_class": asked.project_class or None,
            "ahead": asked.ahead,
            "day": paging.day_part(cursor[0]) if cursor else None,
            "last_id": paging.id_part(cursor[1]) if cursor else None,
            "limit": size + 1,
        },
    )
    found = [ClaimedCase(*row) for row in rows]
    return paging.cut(found, size=size, key=lambda row: (str(row.day), str(row.id)), after=after)
