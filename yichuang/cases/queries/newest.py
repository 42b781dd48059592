"""The newest cases, one way for every list: a look into the index for each department (or the item) and state, merged.

Each look is ordered and ends after a page, whatever stands behind it: a department with three million cases costs what one
with three costs, and a state that is rare is found without reading what is common. So that it is this index that is read whatever
the planner believes of the values, a look says where it goes as `along` does. A case's id carries the moment of its filing
(`filed_at`), so days of filing bound the ids too and leave out whole quarters; the day itself is asked all the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from yichuang.cases.flow import State
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import lowest, moment_of
from yichuang.kernel.times import SHANGHAI

EVERY_STATE = tuple(str(state) for state in State)
Permitted = tuple[str, Mapping[str, Any]]
# Beyond so many looks the newest quarter is tried before all of them: each look begins in every quarter that it may end in.
MANY_LOOKS = 16
NEAR = timedelta(days=100)
A_DAY = timedelta(days=1)
OF_APPLICANT = (("c.applicant_id", "%(scope_applicant)s::uuid"),)
OF_DEPARTMENTS = (("c.department_id", "d.id"), ("c.state", "s.state"))


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a list of cases is narrowed to; no state means every state. Both days of filing count."""

    states: tuple[str, ...] = ()
    item_id: UUID | None = None
    department_id: UUID | None = None
    green: bool = False
    filed_from: date | None = None
    filed_to: date | None = None


def newest(
    select: Callable[[str], str], narrowed: Narrowed, permitted: Permitted, *, by: Actor, before: UUID | None, size: int
) -> list[tuple[Any, ...]]:  # fmt: skip
    """At most `size` of the newest cases that the actor may see, those before a case.

    `select` puts the text of these cases, called `c`, into the whole statement; `permitted` is the room's scope for `c`.
    One statement; where there are very many departments, two more when the newest quarter does not fill the page.
    """
    where, given = permitted
    first, last = _bounds(narrowed, before)
    parameters = dict(given) | {"before": last, "first": first}
    # The looks alone say where in an index: an equation beside them would take its column out of their order.
    conditions = [f"({where}) is true", *_conditions(narrowed, parameters)]
    looks = _looks(narrowed, by, parameters)
    if len(looks) > MANY_LOOKS and (near := _near(first, last)) is not None:
        text = select(_text(looks, conditions, _ends(near, last), size))
        found = sql.rows(text, parameters | {"first": near})
        if len(found) >= size:
            return found
    return sql.rows(select(_text(looks, conditions, _ends(first, last), size)), parameters)


def _ends(first: UUID | None, last: UUID | None) -> list[str]:
    return [*(["c.id >= {first}"] if first else []), *(["c.id < {before}"] if last else [])]


@dataclass(frozen=True, slots=True)
class Looks:
    """Where the looks go: the tables whose every row is one look, what it asks for, how many there are; the columns of the index that
    leads there, each with its value in a look."""

    tables: str
    asks: tuple[str, ...]
    number: int
    keys: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return self.number


def _looks(narrowed: Narrowed, by: Actor, parameters: dict[str, Any]) -> Looks:
    """The own cases, those of an item, those of the departments reached; of everywhere without a state simply all."""
    states = narrowed.states or EVERY_STATE
    if by.kind == "applicant":
        return Looks("", _of_states(narrowed, parameters), 1, OF_APPLICANT)
    parameters["states"] = list(states)
    if narrowed.item_id is not None:
        parameters["item_id"] = narrowed.item_id
        keys = (("c.item_id", "%(item_id)s::uuid"), ("c.state", "s.state"))
        return Looks("unnest(%(states)s::text[]) s (state)", (), 1, keys)
    departments = _departments(narrowed, by)
    if departments is not None:
        parameters["departments"] = list(departments)
        tables = "unnest(%(departments)s::uuid[]) d (id) cross join unnest(%(states)s::text[]) s (state)"
        return Looks(tables, (), len(departments) * len(states), OF_DEPARTMENTS)
    if str(State.DELIVERED) in states and not narrowed.green:
        # Nearly all cases are delivered: the newest of all are met one after the other.
        return Looks("", _of_states(narrowed, parameters), 1)
    tables = "directory_department d cross join unnest(%(states)s::text[]) s (state)"
    return Looks(tables, (), MANY_LOOKS + 1, OF_DEPARTMENTS)


def _of_states(narrowed: Narrowed, parameters: dict[str, Any]) -> tuple[str, ...]:
    if not narrowed.states:
        return ()
    parameters["states"] = list(narrowed.states)
    return ("c.state = any(%(states)s)",)


def _departments(narrowed: Narrowed, by: Actor) -> Sequence[UUID] | None:
    """The departments to look into; None: everywhere."""
    reached = by.scope_departments
    if narrowed.department_id is None:
        return reached
    return [narrowed.department_id] if reached is None or narrowed.department_id in reached else []


def _conditions(narrowed: Narrowed, parameters: dict[str, Any]) -> list[str]:
    """What each row is asked beside its place in the index."""
    conditions = []
    if narrowed.green:
        conditions.append("c.green")
    if narrowed.department_id is not None:
        conditions.append("(c.department_id = %(department_id)s) is true")
        parameters["department_id"] = narrowed.department_id
    if narrowed.item_id is not None:
        conditions.append("(c.item_id = %(item_id)s) is true")
        parameters["item_id"] = narrowed.item_id
    for name, sign in (("filed_from", ">="), ("filed_to", "<=")):
        day = getattr(narrowed, name)
        if day is not None:
            conditions.append(f"c.filed_on {sign} %({name})s")
            parameters[name] = day
    return conditions


def _bounds(narrowed: Narrowed, before: UUID | None) -> tuple[UUID | None, UUID | None]:
    """The ids between which the cases are: from the days of filing, and from the page before. A day to spare would be read in vain:
    in a province fifty thousand cases, newest first."""
    first = lowest(_midnight(narrowed.filed_from)) if narrowed.filed_from else None
    last = lowest(_midnight(narrowed.filed_to) + A_DAY) if narrowed.filed_to else None
    ends = [one for one in (last, before) if one is not None]
    return first, min(ends, key=lambda one: one.int) if ends else None


def _midnight(day: date) -> datetime:
    """A day at which the calendar or the ids end is held within them."""
    return datetime.combine(min(max(day, date(1970, 1, 3)), date(9999, 12, 28)), time(), SHANGHAI)


def _near(first: UUID | None, last: UUID | None) -> UUID | None:
    """Where the newest quarter begins, before `last` or before the newest case; None where nothing is gained by it."""
    if last is None:
        row = sql.one("select id from cases_case order by id desc limit 1")
        if row is None:
            return None
        last = row[0]
    moment = moment_of(last) - NEAR
    if moment.year < 1971:
        return None
    near = lowest(moment)
    return near if first is None or near.int > first.int else None


def along(keys: Sequence[tuple[str, str]], size: int) -> tuple[list[str], str]:
    """What leads a look to one place of an index, and nowhere else: for each of its columns the value in the look, and the order in
    which at most `size` are wanted.

    Of equations the planner may believe that they fit every other row, and then goes along the primary key, the newest first, to stop
    when enough were met: every row is read where that is untrue, of a department without cases beside one to which a hundred thousand
    were reported at once. So the first column is one of an array of one: the server goes by it as by an equation, but it is part of
    the order, which no other index has. Nor is all that fits read and sorted, however little the planner believes it to be: of how
    many are wanted it is told nothing, and then an order that begins at once is cheaper than one for which all must be read. As the
    index goes on with the id, a place far back is found at once, and where the ids end so does the look.
    """
    (first, value), *others = keys
    asked = [f"{first} = any(array[{value}])", *(f"{column} = {value}" for column, value in others)]
    return asked, f"order by {first}, c.id desc limit (select {size:d})"


def unguessed(name: str) -> str:
    """An id that is given, and that the planner does not look at.

    Between two ids that it knows it may believe that there is next to nothing, and then takes any index along which ids stand, though
    a file of thousands was filed there a minute ago: measured on 400,000 rows, a tenth of a day apart.
    """
    return f"(select %({name})s::uuid)"


def _text(looks: Looks, conditions: Sequence[str], ends: Sequence[str], size: int) -> str:
    keys, order = along(looks.keys, size) if looks.keys else ([], f"order by c.id desc limit {size:d}")
    names = {name: unguessed(name) if looks.keys else f"%({name})s::uuid" for name in ("first", "before")}
    asked = [*looks.asks, *conditions, *keys, *(one.format(**names) for one in ends)]
    look = f"select c.* from cases_case c where {' and '.join(asked)} {order}"  # noqa: S608
    if not looks.tables:
        return f"({look}) c"
    return (
        f"(select c.* from {looks.tables} cross join lateral ({look}) c "  # noqa: S608
        f"order by c.id desc limit {size:d}) c"
    )
