"""A question of an analyst as a statement: only the table's own expressions, and every value as a parameter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from yichuang.statistics.flow.analysis import DIMENSION, MEASURE


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted, by what, when, and of what. `departments`: None for whoever sees every department.

    A department is named by its id here and in the answer: two may be called alike, and both may be called otherwise tomorrow.
    """

    measure: str
    dimensions: tuple[str, ...]
    first: date
    last: date
    only: Mapping[str, str] = field(default_factory=dict)
    departments: tuple[UUID, ...] | None = None


def by_department(asked: Asked) -> bool:
    """Whether the answer goes by departments in any way: who may see it, what it is grouped by, what it is narrowed to."""
    return asked.departments is not None or "department" in (*asked.dimensions, *asked.only)


def statement(asked: Asked, *, rows: int) -> tuple[str, list[object]]:
    """The statement over the monthly files and its parameters. Raises KeyError for a name that the tables do not have."""
    measure = MEASURE[asked.measure]
    grouped = [DIMENSION[code] for code in asked.dimensions]
    places = ", ".join(str(place) for place in range(1, len(grouped) + 1))
    given: list[object] = [asked.first, asked.last]
    wheres = ["day between ? and ?", f"kind in ({_marks(measure.verbs, given)})"]
    for code, value in sorted(asked.only.items()):
        wheres.append(f"{DIMENSION[code].expression} = ?")
        given.append(value)
    if asked.departments is not None:
        wheres.append(f"department_id in ({_marks([*map(str, asked.departments)] or [''], given)})")
    columns = [f"{one.expression} as {one.code}" for one in grouped]
    source = f"facts where {' and '.join(wheres)}"
    if measure.part:
        source = _histogram(columns, [one.code for one in grouped], source)
        columns = [f'"{one.code}"' for one in grouped]
    text = f"select {', '.join([*columns, f'{measure.expression} as value'])} from {source}"  # noqa: S608 - the tables' own words
    if grouped:
        text += f" group by {places} order by {places}"
    return f"{text} limit {rows + 1:d}", given


def _histogram(columns: Sequence[str], names: Sequence[str], source: str) -> str:
    """For each group and number of days how many there are, so many or fewer, and in all; what was taken back is gone."""
    places = ", ".join(str(place) for place in range(1, len(columns) + 2))
    each = (
        f"select {', '.join([*columns, 'days_used'])}, "  # noqa: S608 - the tables' own words
        f"coalesce(sum(quantity) filter (where days_used is not null), 0) as n from {source} group by {places}"
    )
    partition = f"partition by {quoted} " if (quoted := ", ".join(f'"{name}"' for name in names)) else ""
    return (
        f"(select *, sum(n) over ({partition}order by days_used) as seen, "  # noqa: S608 - the tables' own words
        f"sum(n) over ({partition.strip()}) as whole from ({each}) each) spread"
    )


def _marks(values: Sequence[str], given: list[object]) -> str:
    given.extend(values)
    return ", ".join("?" for _ in values)


def months(first: date, last: date) -> list[str]:
    """The months that a period touches, as their files are named."""
    found, month = [], first.replace(day=1)
    while month <= last:
        found.append(f"{month:%Y-%m}")
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return found
