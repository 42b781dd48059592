"""What another calendar would do to the dates of open cases, without doing it."""

from dataclasses import dataclass
from datetime import date

from yichuang.cases.queries.one import load, running_after
from yichuang.cases.queries.recount import DATE_LABELS, recounted, stored
from yichuang.cases.queries.recount_beside import beside_moves
from yichuang.workdays.rules import Calendar


@dataclass(frozen=True, slots=True)
class Move:
    """An open case whose date another calendar would move, or make final; `date_label` says which date."""

    number: str
    item_name: str
    before: date
    after: date | None
    final: bool
    date_label: str = DATE_LABELS["due"]


def would_move(calendar: Calendar, *, since: date | None) -> list[Move]:
    """The open cases due on or after a day whose dates the calendar would change, by number. Nothing is written."""
    found = []
    for case_id in running_after(since):
        row = load(case_id)
        now, then = (stored(row), recounted(row, calendar)) if row else (None, None)
        if row is None or now is None or then is None or now == then or now.work_due_on is None:
            continue
        final = now.provisional and not then.provisional
        label = DATE_LABELS[now.which]
        found.append(Move(row.number, row.item_name, now.work_due_on, then.work_due_on, final, label))
    found += [
        Move(one.number, one.item_name, one.before, one.after, final=False, date_label=DATE_LABELS[one.which])
        for one in beside_moves(calendar, since)
    ]
    return sorted(found, key=lambda move: move.number)
