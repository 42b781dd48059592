"""The cases behind a counted figure, as far as the actor may see them.

The coarse grain says where they stand (day, department, source) and how many there are; of the facts no more is read than the
cells that fill a page. So a page costs the same however many cases the figure counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from yichuang.kernel import paging, sql
from yichuang.kernel import scope as kernel
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.paging import Page
from yichuang.statistics.flow import GROUPS, MEASURES, Form, Measure
from yichuang.statistics.queries.cells import CASE, REPORTED
from yichuang.statistics.queries.cells import text as shared

_CASE_MEASURES = {measure.code: measure for measure in MEASURES}
SLOTS = {
    "received": "received", "accepted": "accepted", "concluded": "instant + early + on_time + late + unjudged",
    "delivered": "delivered", "refused": "refused", "terminated": "withdrawn + terminated", "instant": "instant",
    "early": "instant + early", "on_time": "instant + early + on_time", "late": "late",
}  # fmt: skip
LISTS = {CASE: "counted_case", REPORTED: "counted_reported"}
"""Which statement lists the cases of a source; a source without one is counted and not listed."""
MASS = "20"
"""Public services: nineteen of twenty reported cases. Who asks for others finds few of them in a day's facts."""
KEPT_DAYS = {"reported.accepted": "accepted_on", "reported.decided": "decided_on"}
"""Where a reported case keeps the day of an event; of every other kind that counts it is the day on which it was closed."""
BEFORE_ALL = UUID(int=0)
# Ranges, for of them the index judges by itself; then what is meant exactly.
JUDGED = "c.promptness <> '' and c.promptness between %(promptest)s and %(tardiest)s and c.promptness = any(%(promptness)s::text[])"
MOST_CELLS = 64
"""So many cells are looked into at once; a page that few of them fill asks for more."""
WINDOWS = (7, 28, 112)
"""Days are looked through in growing stretches: a page of a common figure is found in the first week."""


@dataclass(frozen=True, slots=True)
class CountedCase:
    """A case behind a figure, with the day on which it counts and the kind of the fact that was counted."""

    id: UUID
    number: str
    item_name: str
    department_id: UUID
    day: date
    outcome: str | None
    promptness: str | None
    days_used: int | None
    kind: str = ""

    @property
    def source(self) -> str:
        """Handled by the platform, or reported to it."""
        return self.kind.partition(".")[0]


@dataclass(frozen=True, slots=True)
class _Cell:
    """A day, department and kind of fact that has some of the cases; `after`: the case with which the page before ended.

    One kind each, so that a cell is one stretch of the index in the order of the cases. `count` is that of all kinds.
    """

    day: date
    department_id: UUID
    kind: str
    count: int
    after: UUID | None = None

    @property
    def source(self) -> str:
        """Who handles its cases."""
        return self.kind.partition(".")[0]


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
    search = _Search(_asked(found, group, department, by), first_day, last_day, size)
    rows = search.rows(_place(after))
    return paging.cut(
        rows,
        size=size,
        key=lambda r: (str(r.day), str(r.department_id), r.kind, str(r.id)),
        after=after,
    )


def _asked(found: Measure, group: str, department: UUID | None, by: Actor) -> dict[str, Any]:
    """What both statements are asked: the measure's kinds and promptness, the types, the departments that may have something."""
    counted = _CASE_MEASURES[found.of] if found.form == Form.SHARE else found
    code = counted.code if counted.form == Form.COUNT else "concluded"
    limits = scope(by)
    types = TYPES_OF[group] if group else [one for codes in TYPES_OF.values() for one in codes]
    judged = list(counted.promptness) or None
    return limits | {
        "slot": code,
        "kinds": list(_CASE_MEASURES[code].kinds),
        "promptness": judged,
        "promptest": min(judged or [""]),
        "tardiest": max(judged or [""]),
        "types": types,
        "lowest": min(types),
        "highest": max(types),
        "departments": [department] if department else _reached(limits["scope"]),
    }


def _reached(departments: list[UUID] | None) -> list[UUID] | None:
    """The departments under which cases of the reader's own may have been counted: those from which items passed included."""
    if departments is None:
        return None
    before = sql.rows(
        "select distinct from_department_id from cases_transfer where executed_at is not null "
        "and to_department_id = any(%(to)s::uuid[])",
        {"to": departments},
    )
    return [*departments, *(row[0] for row in before)]


def _place(after: str) -> tuple[_Cell, UUID] | None:
    cursor = paging.decode(after, parts=4)
    if cursor is None:
        return None
    day, department = paging.day_part(cursor[0]), paging.id_part(cursor[1])
    last = paging.id_part(cursor[3])
    return _Cell(day, department, cursor[2], 0, last), last


@dataclass(frozen=True, slots=True)
class _Search:
    """One page's way through the cells of a period."""

    asked: dict[str, Any]
    first: date
    last: date
    size: int

    def rows(self, place: tuple[_Cell, UUID] | None) -> list[CountedCase]:
        """As many cases as fill the page, and one more where there is one."""
        found: list[CountedCase] = []
        at = None
        start = self.first
        if place is not None:
            at, start = place[0], max(self.first, place[0].day)
            if self.first <= at.day <= self.last:
                found += self._cases(
                    [at, *self._kinds(at.day, at.department_id, at.source, 0, beyond=at.kind)]
                )
        for first, last in self._windows(start):
            while len(found) <= self.size and (cells := self._cells(first, last, at)):
                chosen = self._enough(cells, self.size + 1 - len(found))
                found += self._cases(chosen)
                at = chosen[-1]
        return found[: self.size + 1]

    def _windows(self, start: date) -> list[tuple[date, date]]:
        found = []
        for days in (*WINDOWS, (self.last - self.first).days + 1):
            end = min(self.last, start + timedelta(days=days - 1))
            if start <= end:
                found.append((start, end))
            start = end + timedelta(days=1)
        return found

    def _cells(self, first: date, last: date, at: _Cell | None) -> list[_Cell]:
        more = {
            "first": first, "last": last, "most": MOST_CELLS, "after_day": at and at.day,
            "after_department": at and at.department_id, "after_source": at and at.source,
        }  # fmt: skip
        found = sql.rows(_cells_text(self.asked["slot"]), self.asked | more)
        return [cell for row in found for cell in self._kinds(*row)]

    def _kinds(
        self, day: date, department: UUID, source: str, count: int, *, beyond: str = ""
    ) -> list[_Cell]:
        """A cell as one for each kind of fact that the measure counts of its source, in order."""
        kinds = sorted(
            kind for kind in self.asked["kinds"] if kind.startswith(f"{source}.") and kind > beyond
        )
        return [_Cell(day, department, kind, count) for kind in kinds]

    @staticmethod
    def _enough(cells: Sequence[_Cell], wanted: int) -> list[_Cell]:
        """The first cells that have so many pieces, with all kinds of the last one; all where they have fewer."""
        chosen: list[_Cell] = []
        for cell in cells:
            same = chosen and _where(chosen[-1]) == _where(cell)
            if wanted <= 0 and not same:
                break
            chosen.append(cell)
            wanted -= cell.count if cell.source in LISTS and not same else 0
        return chosen

    def _cases(self, cells: Sequence[_Cell]) -> list[CountedCase]:
        found: list[tuple[int, CountedCase]] = []
        for source in LISTS:
            mine = [(place, cell) for place, cell in enumerate(cells) if cell.source == source]
            if mine:
                asked = self.asked | {
                    "days": [cell.day for _, cell in mine],
                    "departments": [cell.department_id for _, cell in mine],
                    "cell_kinds": [cell.kind for _, cell in mine],
                    "afters": [cell.after or BEFORE_ALL for _, cell in mine],
                    "places": [place for place, _ in mine],
                    "limit": self.size + 1,
                }
                rows = sql.rows(self._list(source, mine[0][1].kind), asked)
                found += [(place, _listed(row, cells[place].kind)) for place, *row in rows]
        return [case for _, case in sorted(found, key=lambda pair: pair[0])]

    def _list(self, source: str, kind: str) -> str:
        """The statement that lists a source's cases: by the facts, or by the cases where few of a cell's facts are wanted."""
        if source != REPORTED:
            return shared(LISTS[source])
        judged = self.asked["promptness"]
        if not judged and MASS in self.asked["types"]:
            return shared(LISTS[source])
        return _seldom_text(KEPT_DAYS.get(kind, "closed_on"), judged=bool(judged))


def _where(cell: _Cell) -> tuple[date, UUID, str]:
    return cell.day, cell.department_id, cell.source


def _listed(row: Sequence[Any], kind: str) -> CountedCase:
    case_id, number, item, department, day, outcome, promptness, used = row
    return CountedCase(case_id, number, item, department, day, outcome, promptness, used, kind)


@cache
def _seldom_text(day: str, *, judged: bool) -> str:
    seldom = JUDGED if judged else f"c.item_type <> '{MASS}'"
    return shared("counted_seldom").replace("/*day*/", day).replace("/*seldom*/", seldom)


@cache
def _cells_text(code: str) -> str:
    return shared("counted_cells").replace("/*slot*/", SLOTS[code])


TYPES_OF = {
    "licence": ["01"],
    "public_service": ["20"],
    "other_nine": [f"{n:02d}" for n in range(2, 11)],
}


def scope(by: Actor) -> dict[str, Any]:
    """Whose cases may be listed: those of the departments reached, up to the actor's clearance; nobody else sees any."""
    return kernel.scope(by)
