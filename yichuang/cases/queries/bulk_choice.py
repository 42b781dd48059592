"""Which cases a bulk act takes: a list's filters, ticked rows, pasted numbers; frozen to explicit cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from yichuang.cases.flow import WORK_LABELS
from yichuang.cases.flow.bulk_acts import KINDS, MOST_CASES, ActKind
from yichuang.cases.queries.queues import scope
from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Choice:
    """How cases are chosen, and that in words for people. Given ids or numbers are taken as they are, the rest narrows.

    `among`: at most these, of which those are chosen whose open work waits. `spans`: a campaign's cases, filed by an applicant from a day to a day (None: without end). Without ids and numbers only cases whose open work
    waits for this act are chosen.
    """

    words: str
    case_ids: Sequence[UUID] = ()
    numbers: Sequence[str] = ()
    item_ids: Sequence[UUID] = ()
    applicant_ids: Sequence[UUID] | None = None
    department_id: UUID | None = None
    filed_from: date | None = None
    filed_to: date | None = None
    overdue_on: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    mine: bool = False
    green: bool = False
    spans: Sequence[tuple[UUID, date, date | None]] | None = None
    among: Sequence[UUID] | None = None

    @property
    def named(self) -> bool:
        """Whether the cases are named one by one."""
        return bool(self.case_ids or self.numbers)


CONDITIONS = {
    "item_ids": "c.item_id = any(%(item_ids)s::uuid[])",
    "applicant_ids": "c.applicant_id = any(%(applicant_ids)s::uuid[])",
    "department_id": "w.department_id = %(department_id)s",
    "filed_from": "c.filed_on >= %(filed_from)s",
    "filed_to": "c.filed_on <= %(filed_to)s",
    "overdue_on": "w.due_on < %(overdue_on)s",
    "due_from": "w.due_on >= %(due_from)s",
    "due_to": "w.due_on <= %(due_to)s",
    "mine": "w.holder_id = %(me)s",
    "green": "c.green",
    "among": "c.id = any(%(among)s::uuid[])",
    "spans": "exists (select from unnest(%(who)s::uuid[], %(since)s::date[], %(until)s::date[]) s (who, since, until) "
    "where s.who = c.applicant_id and c.filed_on >= s.since and (s.until is null or c.filed_on <= s.until))",
}
# Given, they narrow even where they are empty: nobody's cases are none.
NARROW_EMPTY = ("applicant_ids", "spans", "among")


def chosen_cases(
    kind: ActKind, choice: Choice, *, by: Actor, limit: int = MOST_CASES
) -> tuple[str, dict[str, Any]]:
    """The statement that reads (case, its place in its history, department, confidentiality), at most `limit` + 1 rows.

    Only what the actor may see; by department, then the nearest date first.
    """
    by.require(Capability.CASE_SEARCH)
    conditions: list[str] = []
    parameters: dict[str, Any] = {"me": by.id, "limit": limit + 1}
    if choice.named:
        where, more = scope(by, "c")
        conditions = [where, "c.id = any(%(ids)s::uuid[])"]
        parameters["ids"] = [*choice.case_ids, *found_numbers(choice.numbers).values()]
    else:
        where, more = scope(by, "w")
        conditions = [where, "w.kind = any(%(kinds)s)"]
        parameters["kinds"] = [str(one) for one in KINDS[kind].work]
        for name, condition in CONDITIONS.items():
            value = getattr(choice, name)
            if value or (name in NARROW_EMPTY and value is not None):
                conditions.append(condition)
                parameters |= _given(name, value)
    join = "left join" if choice.named else "join"
    text = (
        f"select c.id, c.seq, c.department_id, c.confidentiality from cases_case c {join} cases_work w "  # noqa: S608
        f"on w.case_id = c.id where {' and '.join(conditions)} "
        "order by c.department_id, w.due_on, c.id limit %(limit)s"
    )
    return text, parameters | more


def _given(name: str, value: Any) -> dict[str, Any]:
    if name == "spans":
        return {part: [one[place] for one in value] for place, part in enumerate(("who", "since", "until"))}
    return {name: list(value) if isinstance(value, list | tuple) else value}


def found_numbers(numbers: Sequence[str]) -> dict[str, UUID]:
    """The ids behind case numbers, in one statement; what is no number of a case is left out."""
    if not numbers:
        return {}
    found = sql.rows(
        "select number, case_id from cases_number where number = any(%(numbers)s)", {"numbers": list(numbers)}
    )
    return dict(found)


def work_words(kind: ActKind) -> str:
    """Which open work an act takes, in words."""
    return "、".join(WORK_LABELS[one] for one in KINDS[kind].work)
