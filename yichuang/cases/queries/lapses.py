"""What silence is about to decide, and what it has decided today: applications unanswered, renewals undecided."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.flow import WORK_LABELS, State, WorkKind
from yichuang.cases.queries.one import CaseRow
from yichuang.cases.queries.queues import scope
from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.workdays.queries import calendar

Place = tuple[date, UUID]
WARNING_DAYS = 2
"""Working days before the law speaks in which the desk is warned."""
MOST = 500
UNDECIDED = (State.RECEIVED, State.CORRECTING, State.REVIEW, State.SPECIAL)


class LapseKind(StrEnum):
    """What silence leads to."""

    ACCEPTANCE = "acceptance"
    RENEWAL = "renewal"
    LATE_RENEWAL = "late_renewal"
    CORRECTING_RENEWAL = "correcting_renewal"


LAPSE_LABELS = {
    LapseKind.ACCEPTANCE: "将视为受理",
    LapseKind.RENEWAL: "将视为准予延续",
    LapseKind.LATE_RENEWAL: "逾期申请延续",
    LapseKind.CORRECTING_RENEWAL: "补正中到期",
}
LAPSE_REASONS = {
    LapseKind.ACCEPTANCE: "五日内未告知补正的，自收到申请材料之日起即为受理（行政许可法第三十二条）",
    LapseKind.RENEWAL: "有效期届满前未作决定的，视为准予延续（行政许可法第五十条）",
    LapseKind.LATE_RENEWAL: "申请晚于法定时间，届满不视为准予延续，请在届满前作出决定，以免许可中断",
    LapseKind.CORRECTING_RENEWAL: "等待申请人补正，届满不视为准予延续，请催促补正或者依法作出处理",
}


@dataclass(frozen=True, slots=True)
class Lapse:
    """A case for which silence will have an effect in law, and the last day on which somebody can act."""

    case_id: UUID
    number: str
    item_name: str
    applicant_name: str
    kind: LapseKind
    last_day: date
    days_left: int
    work: str
    holder_name: str

    @property
    def label(self) -> str:
        """What will happen, in short."""
        return LAPSE_LABELS[self.kind]

    @property
    def reason(self) -> str:
        """The rule behind it."""
        return LAPSE_REASONS[self.kind]


def unanswered(today: date, after: Place | None = None, size: int = 200) -> list[Place]:
    """Cases whose stored day to answer has passed, oldest first, from after a place; whether it is so, the rules say."""
    return _places(
        "select w.due_on, w.case_id from cases_work w where w.kind = 'accept' and w.due_on < %(today)s "
        "and (w.due_on, w.case_id) > (%(day)s::date, %(id)s::uuid) order by w.due_on, w.case_id limit %(size)s",
        today, after, size,
    )  # fmt: skip


def expired(today: date, after: Place | None = None, size: int = 200) -> list[Place]:
    """Undecided renewals whose licence has run out, oldest first, from after a place."""
    return _places(
        "select c.renews_expires_on, c.id from cases_case c where c.renews_expires_on < %(today)s "
        "and c.state in ('received', 'correcting', 'review', 'special') "
        "and (c.renews_expires_on, c.id) > (%(day)s::date, %(id)s::uuid) "
        "order by c.renews_expires_on, c.id limit %(size)s",
        today, after, size,
    )  # fmt: skip


def overrunning(today: date, after: Place | None = None, size: int = 200) -> list[Place]:
    """Special procedures that have outlasted the time told and of which that has not been noted yet."""
    return _places(
        "select w.due_on, w.case_id from cases_work w join cases_case c on c.id = w.case_id "
        "where w.kind = 'resume' and w.due_on < %(today)s "
        "and not exists (select 1 from journal_fact f where f.subject_id = w.case_id "
        "and f.kind = 'case.pause_overrun' and f.day > c.paused_on) "
        "and (w.due_on, w.case_id) > (%(day)s::date, %(id)s::uuid) order by w.due_on, w.case_id limit %(size)s",
        today, after, size,
    )  # fmt: skip


def _places(statement: str, today: date, after: Place | None, size: int) -> list[Place]:
    day, case_id = after or (date.min, UUID(int=0))
    return [
        (row[0], row[1])
        for row in sql.rows(statement, {"today": today, "day": day, "id": case_id, "size": size})
    ]


# Two ways lead here, each with an index of its own; asked for together ("or") all open work would be read.
_ABOUT = """
with near as (
    (select w.case_id from cases_work w join cases_case c on c.id = w.case_id
     where w.kind = 'accept' and w.due_on <= %(until)s and {where} and {asked} order by w.due_on, w.case_id limit %(most)s)
    union
    (select c.id from cases_case c join cases_work w on w.case_id = c.id
     where c.renews_expires_on <= %(until)s and c.state in ('received', 'correcting', 'review', 'special')
       and {where} and {asked} order by c.renews_expires_on, c.id limit %(most)s)
)
select c.id, c.number, c.item_name, c.applicant_name, c.state, c.filed_on, c.renews_expires_on, w.kind, w.due_on,
       w.holder_name,
       (select v.elements -> 'handling' ->> 'limit_rule' from catalogue_guideversion v where v.id = c.item_version_id)
from near join cases_case c on c.id = near.case_id join cases_work w on w.case_id = c.id
where c.state in ('received', 'correcting', 'review', 'special')
order by least(c.renews_expires_on, case when w.kind = 'accept' then w.due_on end), c.id
limit %(most)s
"""


def about_to_lapse(
    *, by: Actor, today: date, within: int = WARNING_DAYS, department: UUID | None = None
) -> list[Lapse]:
    """What silence will decide within some working days, and renewals that it will not save, the nearest first.

    What has lapsed already and waits for the platform's next minute is on the list too. Only what the actor may see;
    at most `MOST`. One statement: the day to answer is the one stored, which a new calendar moves with all the others.
    """
    by.require(Capability.CASE_SEARCH)
    where, parameters = scope(by, "w")
    until = calendar().add(today, within)
    asked = "true" if department is None else "w.department_id = %(department)s"
    found = sql.rows(
        _ABOUT.replace("{where}", where).replace("{asked}", asked),
        parameters | {"until": until, "department": department, "most": MOST},
    )
    lapses = [lapse for row in found for lapse in _read(row, today) if lapse.last_day <= until]
    return sorted(lapses, key=lambda lapse: (lapse.last_day, lapse.number))


def lapses_of(row: CaseRow, *, today: date) -> tuple[Lapse, ...]:
    """What silence would make of one case, whatever the day."""
    matter = Matter(
        row.id,
        row.number,
        row.item_name,
        row.applicant_name,
        row.state,
        row.work_kind or "",
        row.work_holder_name,
    )
    answer = rules.answer_by(calendar(), row.received_on, row.acceptance_rule)
    return _lapses(matter, answer, row.renewal, today)


@dataclass(frozen=True, slots=True)
class Matter:
    """What a line of the list says of its case."""

    id: UUID
    number: str
    item_name: str
    applicant_name: str
    state: str
    work_kind: str
    holder_name: str


def _read(row: tuple[Any, ...], today: date) -> tuple[Lapse, ...]:
    case_id, number, item, applicant, state, filed_on, expires_on, kind, due_on, holder, limit_rule = row
    matter = Matter(case_id, number, item, applicant, state, kind, holder)
    rule = rules.renewal_rule(limit_rule or "art42")
    renewal = rules.renewal(calendar(), expires_on, filed_on, rule) if expires_on else None
    return _lapses(matter, due_on, renewal, today)


def _lapses(matter: Matter, answer_by: date, renewal: rules.Renewal | None, today: date) -> tuple[Lapse, ...]:
    found: list[tuple[LapseKind, date]] = []
    if matter.state == State.RECEIVED:
        found.append((LapseKind.ACCEPTANCE, answer_by))
    if renewal is not None and matter.state in UNDECIDED:
        found.append((_renewal_kind(matter.state, renewal), renewal.expires_on))
    work = WORK_LABELS[WorkKind(matter.work_kind)] if matter.work_kind else ""
    return tuple(
        Lapse(
            matter.id, matter.number, matter.item_name, matter.applicant_name, kind, day,
            rules.days_left(calendar(), day, today) or 0, work, matter.holder_name,
        )
        for kind, day in found
    )  # fmt: skip


def _renewal_kind(state: str, renewal: rules.Renewal) -> LapseKind:
    if not renewal.in_time:
        return LapseKind.LATE_RENEWAL
    return LapseKind.CORRECTING_RENEWAL if state == State.CORRECTING else LapseKind.RENEWAL
