"""Reads of opinions: what a department is asked, one question as either side sees it, what is due."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from yichuang.cases.flow.reviewers import OPINION_OPEN, REVIEWER_FACTS, OpinionState, Stance
from yichuang.cases.models import Opinion, ReviewerNote
from yichuang.cases.queries.one import CaseRow, load
from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.paging import PAGE, Page, cut, day_part, decode, id_part
from yichuang.workdays.queries import calendar
from yichuang.workdays.rules import due_date


def opinions_page(
    *, by: Actor, text: str = "", closed: bool = False, after: str = "", size: int = PAGE
) -> Page[Opinion]:
    """What the actor's departments are asked: the open by due day, the closed by the newest. One statement."""
    found = _asked(by, text, closed)
    key = decode(after, parts=2)
    if key is not None:
        day, last = day_part(key[0]), id_part(key[1])
        found = found.filter(Q(pk__lt=last) if closed else Q(due_on__gt=day) | Q(due_on=day, pk__gt=last))
    rows = list(found[: size + 1])
    return cut(rows, size=size, key=lambda one: (one.due_on.isoformat(), str(one.pk)), after=after)


def opinions(*, by: Actor, text: str = "", closed: bool = False) -> Iterator[Opinion]:
    """The same list whole, for a file. One statement."""
    return _asked(by, text, closed).iterator(chunk_size=500)


def _asked(by: Actor, text: str, closed: bool) -> QuerySet[Opinion]:
    by.require(Capability.CASE_OPINE)
    found = Opinion.objects.all()
    if by.scope_departments is not None:
        found = found.filter(department_id__in=by.scope_departments)
    if text:
        found = found.filter(Q(case_number__icontains=text) | Q(item_name__icontains=text))
    if closed:
        return found.exclude(state__in=OPINION_OPEN).order_by("-id")
    return found.filter(state__in=OPINION_OPEN).order_by("due_on", "id")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its case, as somebody sees it: the asked department to answer, the lead to remind and to rule."""

    opinion: Opinion
    case: CaseRow
    may_answer: bool
    is_lead: bool
    overdue: bool
    due_why: tuple[str, ...]
    notes: tuple["Note", ...]

    @property
    def may_rule(self) -> bool:
        """Whether the lead may rule on it now."""
        late = self.opinion.state in OPINION_OPEN and self.overdue
        return self.is_lead and (late or self.opinion.stance == Stance.DISAGREE)

    @property
    def is_open(self) -> bool:
        """Whether an answer may still come."""
        return self.opinion.state in OPINION_OPEN

    @property
    def state(self) -> OpinionState:
        """How it stands."""
        return OpinionState(self.opinion.state)


@dataclass(frozen=True, slots=True)
class Note:
    """One happening with the words that were typed."""

    label: str
    at: datetime
    by_name: str
    words: Mapping[str, Any]


def opinion(opinion_id: UUID, *, by: Actor, today: date) -> Asked:
    """One question, for the asked department and for those who see the case. Raises Missing for everybody else.

    Another department's staff need no right to search cases for it, and get none by it.
    """
    found = Opinion.objects.filter(pk=opinion_id).first()
    # A question that is not there is looked for as long as one that is somebody else's.
    row = load(found.case_id if found else opinion_id)
    if found is None or row is None:
        raise Missing
    asked = by.can(Capability.CASE_OPINE) and by.reaches(found.department_id) and by.kind == "staff"
    lead = by.kind == "staff" and row.visible_to(by)
    if not asked and not lead:
        raise Missing
    days = calendar()
    return Asked(
        opinion=found,
        case=row,
        may_answer=asked and found.state in OPINION_OPEN,
        is_lead=lead and by.can(Capability.CASE_CONSULT),
        overdue=found.due_on < today,
        due_why=due_date(days, found.asked_on, found.days).explanation,
        notes=notes_of(opinion_id),
    )


def notes_of(subject_id: UUID) -> tuple[Note, ...]:
    """What happened to an opinion, a review or a survey, the newest first, with its words."""
    return tuple(
        Note(REVIEWER_FACTS.get(note.fact, note.fact), note.at, note.by_name, json.loads(note.body))
        for note in ReviewerNote.objects.filter(subject_id=subject_id).order_by("-seq")
    )


def silent_since(today: date) -> list[UUID]:
    """Questions whose day has passed and whose silence is not recorded yet, the earliest first."""
    found = Opinion.objects.filter(state=OpinionState.ASKED, due_on__lt=today)
    return list(found.order_by("due_on", "id").values_list("pk", flat=True))
