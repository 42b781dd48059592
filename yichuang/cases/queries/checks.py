"""Open surveys and expert reviews with their own last day: of one case, of a department, beside the rows of a queue."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.flow import LEVEL_LABELS, WorkKind
from yichuang.cases.flow.reviewers import ReviewState, SurveyState
from yichuang.cases.models import ExpertReview, Survey
from yichuang.cases.queries.one import CaseRow
from yichuang.cases.queries.queues import scope
from yichuang.cases.rules.checks import CONTENT_OF, REVIEW, SURVEY
from yichuang.catalogue.rules.handling import read_handling
from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.paging import PAGE, Page, cut, day_part, decode, id_part
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar
from yichuang.workdays.rules import Calendar

CHECK_LABELS = {REVIEW: "专家评审", SURVEY: "现场核查"}


def review_check(
    row: CaseRow, field: str, day: date, days: int | None, *, made: ExpertReview | None = None
) -> rules.Check:
    """What the last day of a review rests on; `made`: it stands already, and only those before it count. One statement."""
    found = ExpertReview.objects.filter(case_id=row.id, field=field)
    earlier = (found.filter(pk__lt=made.pk) if made else found).order_by("pk")
    known = [(local_day(one.drawn_at), one.state == ReviewState.CLOSED) for one in earlier]
    fixed = made.due_on if made and days is None else None
    promised = row.handling.days_of(REVIEW)
    return rules.Check(REVIEW, day, rules.begun(known, day), days, fixed, promised)


def survey_check(row: CaseRow, day: date, planned_on: date, *, made: Survey | None = None) -> rules.Check:
    """What the last day of a survey rests on. One statement."""
    found = Survey.objects.filter(case_id=row.id)
    earlier = (found.filter(pk__lt=made.pk) if made else found).order_by("pk")
    known = [(one.arranged_on, one.state == SurveyState.CLOSED) for one in earlier]
    return rules.Check(SURVEY, day, rules.begun(known, day), None, planned_on, row.handling.days_of(SURVEY))


# The pause that lasts binds the work that is its content: its ground and the day told in writing, kept on the open work.
_PAUSED = """
case when c.state = 'special' and
    (select f.ground from journal_fact f where f.subject_id = c.id and f.kind = 'case.paused' order by f.seq desc limit 1)
    = %(ground_{kind})s then w.due_on end
"""
_OPEN = f"""
select '{REVIEW}' as kind, r.id, r.case_id, r.field as what, array[]::uuid[] as officers, '' as people,
       least(r.due_on, {_PAUSED.format(kind=REVIEW)}) as due_on
from cases_expert_review r join cases_case c on c.id = r.case_id join cases_work w on w.case_id = c.id
where r.state = 'open' and c.state in ('review', 'special') and {{where}}
union all
select '{SURVEY}', s.id, s.case_id, s.place, s.officers, array_to_string(s.officer_names, '、'),
       least(s.due_on, {_PAUSED.format(kind=SURVEY)})
from cases_survey s join cases_case c on c.id = s.case_id join cases_work w on w.case_id = c.id
where s.state in ('planned', 'recorded') and c.state in ('review', 'special') and {{where}}
"""  # noqa: S608
GROUNDS = {f"ground_{kind}": ground for ground, kind in CONTENT_OF.items()}


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """A line of the list: which work on which case, for whom, until when."""

    kind: str
    id: UUID
    case_id: UUID
    what: str
    people: str
    due_on: date
    case_number: str
    item_name: str
    department_id: UUID

    @property
    def label(self) -> str:
        """现场核查 or 专家评审."""
        return CHECK_LABELS[self.kind]


def open_checks(
    *, by: Actor, text: str = "", mine: bool = False, overdue_on: date | None = None, after: str = "",
    size: int = PAGE,
) -> Page[OpenCheck]:  # fmt: skip
    """Surveys and reviews that have not ended, the earliest last day first. One statement, only what the actor may see.

    `mine`: surveys whose officer the actor is, and reviews of cases that the actor holds.
    """
    by.require(Capability.CASE_SEARCH)
    where, parameters = scope(by, "c")
    key = decode(after, parts=2)
    found = sql.rows(
        f"select o.kind, o.id, o.case_id, o.what, coalesce(nullif(o.people, ''), w.holder_name, ''), o.due_on, c.number, "  # noqa: S608
        f"c.item_name, c.department_id from ({_OPEN.format(where=where)}) o join cases_case c on c.id = o.case_id "
        "join cases_work w on w.case_id = c.id "
        "where (not %(mine)s or %(me)s::uuid = any(o.officers) or (o.kind = %(review)s and w.holder_id = %(me)s)) "
        "and (%(text)s = '' or strpos(c.number, upper(%(text)s)) > 0 or strpos(c.item_name, %(text)s) > 0) "
        "and (%(overdue)s::date is null or o.due_on < %(overdue)s) "
        "and (%(day)s::date is null or (o.due_on, o.id) > (%(day)s::date, %(last)s::uuid)) "
        "order by o.due_on, o.id limit %(limit)s",
        parameters | GROUNDS
        | {
            "mine": mine, "me": by.id, "review": REVIEW, "text": text, "overdue": overdue_on,
            "day": day_part(key[0]) if key else None, "last": id_part(key[1]) if key else None, "limit": size + 1,
        },
    )  # fmt: skip
    rows = [OpenCheck(*row) for row in found]
    return cut(rows, size=size, key=lambda one: (one.due_on.isoformat(), str(one.id)), after=after)


@dataclass(frozen=True, slots=True)
class StepMark:
    """The nearest step limit of a case in a queue: which step, and its last day."""

    label: str
    due_on: date


_MARKS = f"""{sql.ONE_PLAN}
select c.id, w.kind, (v.elements -> 'handling')::text,
       case when v.elements -> 'handling' ? 'step_limits' then
           (select coalesce(json_agg(json_build_array(f.kind, f.day, f.data::json, f.ground) order by f.seq), '[]')::text
            from journal_fact f where f.subject_id = c.id and f.kind = any(%(facts)s)) end,
       (select json_agg(json_build_array(o.kind, o.due_on))::text from ({_OPEN.format(where="true")}) o where o.case_id = c.id)
from cases_case c join cases_work w on w.case_id = c.id
left join catalogue_guideversion v on v.id = c.item_version_id
where c.id = any(%(ids)s) and c.state in ('review', 'special')
"""  # noqa: S608
STEP_FACTS = (
    "case.accepted", "case.proposed", "case.endorsed", "case.countersigned", "case.sent_back", "case.paused", "case.resumed",
)  # fmt: skip


def step_marks(case_ids: Sequence[UUID]) -> dict[UUID, StepMark]:
    """The nearest limit of a step for each of these cases that has one. One statement; no permission is checked here."""
    if not case_ids:
        return {}
    days = calendar()
    found = sql.rows(_MARKS, GROUNDS | {"ids": list(case_ids), "facts": list(STEP_FACTS)})
    marks = {row[0]: _nearest(row, days) for row in found}
    return {case_id: mark for case_id, mark in marks.items() if mark is not None}


def _nearest(row: tuple[Any, ...], days: Calendar) -> StepMark | None:
    _, work_kind, handling, facts, checks = row
    marks = [
        StepMark(CHECK_LABELS[kind], date.fromisoformat(day)) for kind, day in json.loads(checks or "[]")
    ]
    guide = read_handling(json.loads(handling) if handling else None)
    allowed = guide.days_of(work_kind)
    if allowed is not None and work_kind in {str(level) for level in LEVEL_LABELS}:
        told = [(kind, date.fromisoformat(day), *more) for kind, day, *more in json.loads(facts or "[]")]
        step = rules.opened(told, guide.levels)
        due = rules.level_due(days, step, allowed) if step else None
        if due is not None:
            marks.append(StepMark(LEVEL_LABELS[WorkKind(work_kind)], due))
    return min(marks, key=lambda mark: mark.due_on, default=None)
