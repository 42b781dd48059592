"""Pages of open work by due day: a look into the index for each department and kind of work, merged; counts that end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from yichuang.cases.flow import OPEN_STATES
from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor

Place = tuple[date, UUID]
Permitted = tuple[str, Mapping[str, Any]]
# An item with more open cases than this is met so often on the way along the due days that nothing is sorted for it.
FEW = 2000
COLUMNS = "w.department_id, w.kind"
STATES = [str(state) for state in OPEN_STATES]


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a queue; it lives in the address."""

    item_id: UUID | None = None
    department_id: UUID | None = None
    mine: bool = False
    overdue_on: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    green: bool = False


def page(
    columns: str, kinds: Sequence[str], filters: Filters, permitted: Permitted, *, by: Actor, after: Place | None, size: int
) -> list[tuple[Any, ...]]:  # fmt: skip
    """At most `size` rows of open work after a place, by due day; `permitted` is the room's scope for cases `c`.

    `columns` are of the case `c` and its work `w`, the case's id first. What is confidential for the actor is read and left
    out, so a page takes one statement, and another one only where that left it short.
    """
    where, given = permitted
    parameters = dict(given) | {"kinds": list(kinds)}
    conditions = _conditions(filters, by, parameters)
    if filters.green or (filters.item_id is not None and _is_rare(filters.item_id)):
        text = _by_case(columns, where, conditions, after, size)
        return [row[:-2] for row in sql.rows(text, parameters | _cursor(after))]
    kept: list[tuple[Any, ...]] = []
    while True:
        text = _by_due_day(columns, where, conditions, filters, by, parameters, after, size)
        found = sql.rows(text, parameters | _cursor(after))
        kept += [row[:-2] for row in found if row[0] is not None]
        if len(found) < size or len(kept) >= size:
            return kept[:size]
        after = (found[-1][-2], found[-1][-1])


def counted(by: Actor) -> dict[str, int]:
    """Pieces of open work by kind, of the departments that staff reach: exact up to the most that is counted.

    Whatever is confidential counts too. One statement.
    """
    parameters: dict[str, Any] = {}
    looks = departments_of(None, by, parameters) or "directory_department d"
    most = paging.MOST_COUNTED + 1
    found = sql.rows(
        f"{sql.ONE_PLAN} select k.kind, (select count(*) from (select from "  # noqa: S608
        f"{looks} cross join lateral (select from cases_work w where {within()} limit {most:d}) w "
        f"limit {most:d}) n) from (values ('accept'), ('review'), ('second'), ('countersign'), ('decide'), ('deliver'), "
        "('correct'), ('resume')) k (kind)",
        parameters,
    )
    return {kind: number for kind, number in found if number}


def _conditions(filters: Filters, by: Actor, parameters: dict[str, Any]) -> list[str]:
    """What the work itself is asked."""
    asked = {
        "w.department_id = %(department_id)s": filters.department_id,
        "w.due_on < %(overdue_on)s": filters.overdue_on,
        "w.due_on >= %(due_from)s": filters.due_from,
        "w.due_on <= %(due_to)s": filters.due_to,
        "w.holder_id = %(me)s": (by.id or UUID(int=0)) if filters.mine else None,
        "c.item_id = %(item_id)s": filters.item_id,
        "c.green": True if filters.green else None,
    }
    conditions = []
    for text, value in asked.items():
        if value is not None:
            conditions.append(text)
            if "%(" in text:
                parameters[text.partition("%(")[2].partition(")")[0]] = value
    return conditions


def _is_rare(item_id: UUID) -> bool:
    row = sql.one(
        f"{sql.ONE_PLAN} select count(*) from (select from cases_case c where c.item_id = %(item)s and c.state = any(%(open)s) "  # noqa: S608
        f"limit {FEW + 1}) n",
        {"item": item_id, "open": STATES},
    )
    return row is None or row[0] <= FEW


def _cursor(after: Place | None) -> dict[str, Any]:
    return {"due": after[0], "last": after[1]} if after else {}


def _after(after: Place | None) -> list[str]:
    return ["(w.due_on, w.case_id) > (%(due)s::date, %(last)s::uuid)"] if after else []


def _by_case(columns: str, where: str, conditions: Sequence[str], after: Place | None, size: int) -> str:
    """From the few open cases of an item, or the few urgent ones, to their work."""
    states = ", ".join(f"'{state}'" for state in STATES)
    asked = [where, *conditions, *_after(after), f"c.state in ({states})", "w.kind = any(%(kinds)s)"]
    return (
        f"{sql.ONE_PLAN} select {columns}, w.due_on, w.case_id from cases_case c join cases_work w on w.case_id = c.id "  # noqa: S608
        f"where {' and '.join(asked)} order by w.due_on, w.case_id limit {size:d}"
    )


def _by_due_day(
    columns: str, where: str, conditions: Sequence[str], filters: Filters, by: Actor, parameters: dict[str, Any],
    after: Place | None, size: int,
) -> str:  # fmt: skip
    """Along the due days. The case is read for the page alone, unless an item is asked for that is met often."""
    joined = "join cases_case c on c.id = w.case_id " if filters.item_id is not None else ""
    looks = None if filters.mine else departments_of(filters.department_id, by, parameters)
    if looks is None:
        asked = [*conditions, *_after(after)]
        reached = by.scope_departments
        if reached is not None:
            asked.append("w.department_id = any(%(departments)s)")
            parameters["departments"] = list(reached)
        asked.append("w.kind = any(%(kinds)s)")
    else:
        looks += " cross join unnest(%(kinds)s::text[]) k (kind)"
        span, covered = _spanned(filters, after)
        asked = [one for one in conditions if one not in covered] + [span]
    order = "w.due_on, w.case_id" if looks is None else f"{COLUMNS}, w.due_on, w.case_id"
    look = f"select w.* from cases_work w {joined}where {' and '.join(asked)} order by {order} limit {size:d}"  # noqa: S608
    if looks is not None:
        look = (
            f"select w.* from {looks} cross join lateral ({look}) w "  # noqa: S608
            f"order by w.due_on, w.case_id limit {size:d}"
        )
    return (
        f"{sql.ONE_PLAN} select {columns}, w.due_on, w.case_id from ({look}) w left join cases_case c on c.id = w.case_id and {where} "  # noqa: S608
        "order by w.due_on, w.case_id"
    )


def within(first: str = "", last: str = "", *, after_first: bool = False, before_last: bool = False) -> str:
    """The work `w` of a look's department `d` and kind `k`, as a range of rows of the index that has them in this order.

    `first` and `last`: days (or a day with a case) at which it begins and ends, both counted unless told otherwise. Equations would
    say the same, but then the planner chooses by what it believes of the values, and reads all open work where it is wrong:
    after a file of a hundred thousand filings for one department every other one has fewer than it believes.
    """
    low = f"({COLUMNS}{_day(first)}) {'>' if after_first else '>='} (d.id, k.kind{_value(first)})"
    high = f"({COLUMNS}{_day(last)}) {'<' if before_last else '<='} (d.id, k.kind{_value(last)})"
    return f"{low} and {high}"


def _day(value: str) -> str:
    return "".join(
        f", {column}"
        for column, _ in zip(("w.due_on", "w.case_id"), value.split(", "), strict=False)
        if value
    )


def _value(value: str) -> str:
    return f", {value}" if value else ""


def _spanned(filters: Filters, after: Place | None) -> tuple[str, set[str]]:
    """Where a look of a queue begins and ends, and the conditions that are said by it."""
    first, last, covered = "", "", {"w.department_id = %(department_id)s"}
    if after:
        first = "%(due)s::date, %(last)s::uuid"
    elif filters.due_from:
        first = "%(due_from)s::date"
        covered.add("w.due_on >= %(due_from)s")
    if filters.due_to:
        last = "%(due_to)s::date"
        covered.add("w.due_on <= %(due_to)s")
    elif filters.overdue_on:
        last = "%(overdue_on)s::date"
        covered.add("w.due_on < %(overdue_on)s")
    before_last = filters.overdue_on is not None and filters.due_to is None
    return within(first, last, after_first=after is not None, before_last=before_last), covered


def departments_of(wanted: UUID | None, by: Actor, parameters: dict[str, Any]) -> str | None:
    """The departments to look into; None where all are wanted, whose work has an order of its own."""
    reached: Sequence[UUID] | None = by.scope_departments
    if wanted is not None:
        reached = [wanted] if reached is None or wanted in reached else []
    if reached is None:
        return None
    parameters["departments"] = list(reached)
    return "unnest(%(departments)s::uuid[]) d (id)"
