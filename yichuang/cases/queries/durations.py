"""How long each step takes, per department and per officer: from the same facts as the clock, nothing is measured twice.

A step belongs to the period in which it ended, and to whoever ended it. Time while the clock stood (特别程序) and the
applicant's own time (补正) is nobody's.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.flow import LEVEL_LABELS
from yichuang.cases.queries.queues import reach
from yichuang.cases.rules.steps import ACCEPT, BREAKS, CLOSES, CORRECT, DELIVER, HELD
from yichuang.catalogue.rules.handling import read_handling
from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.workdays.queries import calendar

STEPS = {ACCEPT: "受理"} | {str(kind): label for kind, label in LEVEL_LABELS.items()} | {DELIVER: "送达"}
NOBODYS = frozenset({HELD, CORRECT})


@dataclass(frozen=True, slots=True)
class StepTime:
    """One step of one case that ended in the period: by whom, in how many working days, and what was promised for it."""

    case_id: UUID
    number: str
    item_name: str
    step: str
    department_id: UUID | None
    officer: str
    officer_name: str
    began_on: date
    ended_on: date
    days: int
    promised: int | None
    confidentiality: int

    @property
    def label(self) -> str:
        """The step in Chinese."""
        return STEPS[self.step]

    @property
    def late(self) -> bool:
        """Whether it took longer than the guide promises for this step."""
        return self.promised is not None and self.days > self.promised


@dataclass(frozen=True, slots=True)
class Taken:
    """Steps of one kind summed up: how many, their working days together, the longest, those over their own limit."""

    count: int
    days: int
    longest: int
    late: int

    @property
    def mean(self) -> Decimal:
        """Working days on average, to one decimal place, half up."""
        return (Decimal(self.days) / self.count).quantize(Decimal("0.1"), ROUND_HALF_UP)


_FACTS = """
with ended as (
    select distinct f.subject_id from journal_fact f
    where f.day between %(first)s and %(last)s and f.kind = any(%(closing)s) and {where}
      and (%(department)s::uuid is null or f.department_id = %(department)s)
)
select c.id, c.number, c.item_name, c.confidentiality,
       (select (v.elements -> 'handling')::text from catalogue_guideversion v where v.id = c.item_version_id),
       f.kind, f.day, f.actor, f.actor_name, f.department_id, f.data::json ->> 'to'
from ended join cases_case c on c.id = ended.subject_id
join journal_fact f on f.subject_id = c.id
where f.kind = any(%(kinds)s) and f.day <= %(last)s
order by c.id, f.seq
"""


def step_times(first: date, last: date, *, by: Actor, department: UUID | None = None) -> list[StepTime]:
    """Every step that ended in a period, of the departments that the actor reaches. One statement."""
    by.require(Capability.FIGURES_READ)
    where, parameters = reach(by, "f")
    closing = sorted({*CLOSES, *BREAKS})
    found = sql.rows(
        _FACTS.replace("{where}", where),
        parameters
        | {
            "first": first, "last": last, "department": department, "closing": closing,
            "kinds": ["case.filed", *closing],
        },
    )  # fmt: skip
    reached = by.scope_departments
    return [
        step
        for _, rows in groupby(found, key=lambda row: row[0])
        for step in _of_case(list(rows))
        if first <= step.ended_on
        and (department is None or step.department_id == department)
        and (reached is None or step.department_id in reached)
    ]


def _of_case(rows: list[tuple[object, ...]]) -> Iterator[StepTime]:
    case_id, number, item_name, confidentiality, written = rows[0][:5]
    handling = read_handling(json.loads(str(written)) if written else None)
    names = {row[7]: row[8] for row in rows}
    facts = [
        rules.Happened(str(row[5]), _day(row[6]), str(row[7]), str(row[9] or ""), str(row[10] or ""))
        for row in rows
    ]
    for span in rules.spans(facts, handling.levels):
        # The applicant ends a step by withdrawing; that is no work of the office.
        if span.step in NOBODYS or span.actor.startswith("applicant:"):
            continue
        yield StepTime(
            UUID(str(case_id)), str(number), str(item_name), span.step,
            UUID(span.department) if span.department else None, span.actor, str(names[span.actor]), span.start,
            span.end, rules.worked_days(calendar(), span), handling.days_of(span.step), int(str(confidentiality)),
        )  # fmt: skip


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def summed(steps: Iterable[StepTime], *, officers: bool = False) -> dict[tuple[str, str, str], Taken]:
    """The steps summed up by (department, officer, step); the officer is empty unless `officers`."""
    parts: dict[tuple[str, str, str], list[StepTime]] = defaultdict(list)
    for step in steps:
        parts[str(step.department_id or ""), step.officer if officers else "", step.step].append(step)
    order = list(STEPS)
    return {
        key: Taken(
            len(held),
            sum(one.days for one in held),
            max(one.days for one in held),
            sum(one.late for one in held),
        )
        for key, held in sorted(parts.items(), key=lambda pair: (*pair[0][:2], order.index(pair[0][2])))
    }


def behind(
    steps: Iterable[StepTime], *, by: Actor, step: str = "", officer: str = "", late: bool = False
) -> list[StepTime]:
    """The cases behind a number, the longest first; those that the actor is not cleared for are left out."""
    by.require(Capability.FIGURES_READ)
    chosen = [
        one
        for one in steps
        if step in ("", one.step)
        and (not officer or one.officer == officer)
        and (one.late or not late)
        and by.cleared(one.confidentiality)
    ]
    return sorted(chosen, key=lambda one: (-one.days, one.number, one.ended_on))
