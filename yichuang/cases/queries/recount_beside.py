"""The stored last days of opinions, expert reviews and surveys counted again by a calendar, without writing anything."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.flow import State
from yichuang.cases.queries.dates_checks import OPINION, Line, check_of, lines_of
from yichuang.cases.queries.one import CaseRow, load
from yichuang.kernel import sql
from yichuang.workdays.rules import Calendar

WAITING = """
select case_id from cases_opinion where state = 'asked' and (%(since)s::date is null or due_on >= %(since)s)
union
select case_id from cases_expert_review where state = 'open' and (%(since)s::date is null or due_on >= %(since)s)
union
select case_id from cases_survey where state in ('planned', 'recorded') and (%(since)s::date is null or due_on >= %(since)s)
order by 1
"""


@dataclass(frozen=True, slots=True)
class BesideMove:
    """An open opinion, review or survey whose last day a calendar moves; `which`: its kind, as in DATE_LABELS."""

    which: str
    id: UUID
    case_id: UUID
    number: str
    item_name: str
    before: date
    after: date


def beside_moves(calendar: Calendar, since: date | None) -> list[BesideMove]:
    """What a calendar does to the last days, on or after a day, of what stands beside the steps of open cases."""
    found = []
    for (case_id,) in sql.rows(WAITING, {"since": since}):
        row = load(case_id)
        if row is None or row.state not in (State.REVIEW, State.SPECIAL):
            continue
        lines = lines_of(row)
        for one in lines:
            after = recounted_line(row, one, lines, calendar)
            if after is not None and after != one.due_on and (since is None or one.due_on >= since):
                found.append(
                    BesideMove(one.kind, one.id, row.id, row.number, row.item_name, one.due_on, after)
                )
    return found


def recounted_line(row: CaseRow, one: Line, lines: list[Line], calendar: Calendar) -> date | None:
    """The last day of one line by a calendar; None where it has ended or rests on no number of days."""
    if not one.is_open or one.kind == "pending":
        return None
    if one.kind == OPINION:
        return None if one.is_silent else calendar.add(one.day, one.days or 0)
    return rules.check_due(calendar, check_of(row, one, lines))
