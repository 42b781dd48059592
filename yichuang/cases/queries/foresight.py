"""What another calendar would do to the running due dates, without doing it."""

from dataclasses import dataclass
from datetime import date

from yichuang.cases import rules
from yichuang.cases.queries.one import load, running_after
from yichuang.workdays.rules import Calendar


@dataclass(frozen=True, slots=True)
class Move:
    """A running case whose due date another calendar would move, or make final."""

    number: str
    item_name: str
    before: date
    after: date | None
    final: bool


def would_move(calendar: Calendar, *, since: date | None) -> list[Move]:
    """The running cases due on or after a day whose dates the calendar would change, by number. Nothing is written."""
    found = []
    for case_id in running_after(since):
        row = load(case_id)
        if row is None or row.accepted_on is None or row.due_on is None:
            continue
        clock = rules.read_clock(calendar, row.clock_facts())
        now = (row.due_on, row.statutory_due_on, row.provisional)
        if (clock.due_on, clock.statutory_due_on, clock.provisional) != now:
            final = row.provisional and not clock.provisional
            found.append(Move(row.number, row.item_name, row.due_on, clock.due_on, final))
    return sorted(found, key=lambda move: move.number)
