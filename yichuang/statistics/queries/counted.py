"""The cases behind a counted figure, as far as the actor may see them."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from yichuang.kernel import paging, sql
from yichuang.kernel import scope as kernel
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.paging import Page
from yichuang.statistics.flow import GROUPS, MEASURES, Form

_CASE_MEASURES = {measure.code: measure for measure in MEASURES}


@dataclass(frozen=True, slots=True)
class CountedCase:
    """A case behind a figure, with the day on which it counts."""

    id: UUID
    number: str
    item_name: str
    department_id: UUID
    day: date
    outcome: str | None
    promptness: str | None
    days_used: int | None


def counted_cases(
    measure: str, *, by: Actor, first_day: date, last_day: date, group: str = "", department: UUID | None = None,
    after: str = "", size: int = paging.PAGE,
) -> Page[CountedCase]:  # fmt: skip
    """The cases behind a counted figure, by the facts that were counted; only those that the actor may see.

    Raises Invalid for a measure that counts nothing or an unknown group.
    """
    found = _CASE_MEASURES.get(measure)
    if found is None or (group and group not in GROUPS):
        raise Invalid("没有这个统计项。", how="请从统计表中点击数字进入。")
    counted = _CASE_MEASURES[found.of] if found.form == Form.SHARE else found
    kinds = list(counted.kinds) or ["case.decided"]
    cursor = paging.decode(after, parts=2)
    rows = sql.rows(
        "select c.id, c.number, c.item_name, f.department_id, f.day, "
        "case when f.kind = 'case.decided' then c.outcome end, case when f.kind = 'case.decided' then c.promptness end, "
        "case when f.kind = 'case.decided' then c.days_used end from journal_fact f join cases_case c on c.id = f.subject_id "
        "where f.day between %(first)s and %(last)s and f.kind = any(%(kinds)s) "
        "and (%(scope)s::uuid[] is null or c.department_id = any(%(scope)s)) "
        "and c.confidentiality <= %(clearance)s "
        "and (%(department)s::uuid is null or f.department_id = %(department)s) "
        "and (%(promptness)s::text[] is null or c.promptness = any(%(promptness)s)) "
        "and c.item_type = any(%(types)s) "
        "and (%(day)s::date is null or (f.day, c.id) > (%(day)s::date, %(last_id)s::uuid)) "
        "order by f.day, c.id limit %(limit)s",
        scope(by)
        | {
            "first": first_day,
            "last": last_day,
            "kinds": kinds,
            "department": department,
            "promptness": list(counted.promptness) or None,
            "types": TYPES_OF[group] if group else [code for codes in TYPES_OF.values() for code in codes],
            "day": paging.day_part(cursor[0]) if cursor else None,
            "last_id": paging.id_part(cursor[1]) if cursor else None,
            "limit": size + 1,
        },
    )
    return paging.cut(
        [CountedCase(*row) for row in rows], size=size, key=lambda r: (str(r.day), str(r.id)), after=after
    )


TYPES_OF = {
    "licence": ["01"],
    "public_service": ["20"],
    "other_nine": [f"{n:02d}" for n in range(2, 11)],
}


def scope(by: Actor) -> dict[str, Any]:
    """Whose cases may be listed: those of the departments reached, up to the actor's clearance; nobody else sees any."""
    return kernel.scope(by)
