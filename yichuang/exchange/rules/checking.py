"""Whether a system may report what a line says, and whether it can be so. Pure: what is known stands in `Reference`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from yichuang.exchange.flow import FORCEABLE, OLDEST_DAYS, UNNAMED, EventKind, Reason
from yichuang.exchange.rules.settle import Entry

OUTCOMES = ("granted", "denied")


@dataclass(frozen=True, slots=True)
class ItemRef:
    """An item that a system may report, with what figures need of it."""

    id: UUID
    code: str
    type: str
    department_id: UUID
    region: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What a system may report: items and departments by the codes that it may use (its own mapped ones too).

    `other_items`, `other_departments`: codes that exist and are not its own. `regions`: those for which it may report
    beside the region of an item; empty where it may for none. `numbered`: the source numbers what it reports, so that the same
    line again says nothing new; where our numbers are made of moments (national tables) it may be meant anew.
    """

    system_id: UUID
    system_code: str
    limits: bool
    items: Mapping[str, ItemRef]
    departments: Mapping[str, UUID]
    other_items: frozenset[str] = frozenset()
    other_departments: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    by_code: Mapping[str, ItemRef] = field(default_factory=dict)
    numbered: bool = True


def checked(
    entry: Entry, reference: Reference, today: date, *, forced: bool = False
) -> tuple[Entry, list[Reason]]:
    """The entry in the platform's own codes, and why it cannot be taken; `forced`: a person takes what may be taken."""
    found: list[Reason] = []
    item = reference.items.get(entry.item)
    if entry.item == UNNAMED:
        found.append(Reason.NO_CASE_YET)
    elif item is None:
        found.append(Reason.FOREIGN_ITEM if entry.item in reference.other_items else Reason.UNKNOWN_ITEM)
    elif entry.item != item.code:
        entry = replace(entry, item=item.code)
    if entry.department:
        entry = _of_department(entry, reference, found)
    if entry.region and not (
        entry.region in reference.regions or (item is not None and entry.region == item.region)
    ):
        found.append(Reason.FOREIGN_REGION)
    if entry.kind is EventKind.DECIDED and entry.outcome not in OUTCOMES:
        found.append(Reason.UNKNOWN_OUTCOME)
    _check_day(entry.day, today, found)
    if forced:
        found = [one for one in found if one not in FORCEABLE]
    return entry, found


def _check_day(day: date, today: date, found: list[Reason]) -> None:
    if day > today:
        found.append(Reason.FUTURE)
    elif day < today - timedelta(days=OLDEST_DAYS):
        found.append(Reason.TOO_OLD)


def _of_department(entry: Entry, reference: Reference, found: list[Reason]) -> Entry:
    """The entry with the id of the department that it names."""
    department = reference.departments.get(entry.department)
    if department is None:
        known = entry.department in reference.other_departments
        found.append(Reason.FOREIGN_DEPARTMENT if known else Reason.UNKNOWN_DEPARTMENT)
        return entry
    return replace(entry, department=str(department))
