"""What stands beside the steps of a case: opinions, expert reviews, surveys and materials to come, for its page and its steps."""

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.flow import State
from yichuang.cases.flow.reviewers import (
    OPINION_OPEN,
    STANCE_LABELS,
    SURVEY_OPEN,
    OpinionState,
    ReviewState,
    Stance,
    SurveyState,
)
from yichuang.cases.queries.dates_checks import pause_of
from yichuang.cases.queries.one import CaseRow
from yichuang.cases.queries.pending import guide_materials, may_follow
from yichuang.cases.rules.checks import REVIEW, SURVEY
from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.workdays.queries import calendar

__all__ = ["Beside", "ReviewersPanel", "beside", "blocks", "guide_materials", "missing", "panel"]

EVERYTHING = """/*one plan*/
select coalesce((select json_agg(json_build_array(o.id, d.short_name, o.state, o.stance, o.due_on, o.ruling <> '') order by o.asked_on, o.key)
                 from cases_opinion o join directory_department d on d.id = o.department_id
                 where o.case_id = %(id)s), '[]')::text,
       coalesce((select json_agg(json_build_array(r.id, r.field, r.state, r.wanted, r.due_on,
                                   (select count(*) from cases_review_seat s where s.review_id = r.id and s.state = 'answered'))
                                 order by r.id)
                 from cases_expert_review r where r.case_id = %(id)s), '[]')::text,
       coalesce((select json_agg(json_build_array(s.id, s.planned_on, s.place, s.state, s.conform, cardinality(s.signed), s.due_on) order by s.id)
                 from cases_survey s where s.case_id = %(id)s), '[]')::text,
       coalesce((select json_agg(json_build_array(p.id, p.name, p.promised_on, p.received_on) order by p.promised_on, p.id)
                 from cases_pending p where p.case_id = %(id)s), '[]')::text
"""


@dataclass(frozen=True, slots=True)
class OpinionLine:
    """A question to a department, in one line."""

    id: UUID
    department: str
    state: OpinionState
    stance: str
    due_on: date
    ruled: bool

    @property
    def answer(self) -> str:
        """What was answered, or how the question stands."""
        return STANCE_LABELS[Stance(self.stance)] if self.stance else self.state.label

    @property
    def is_open(self) -> bool:
        """Whether an answer may still come."""
        return self.state in OPINION_OPEN

    @property
    def blocks(self) -> bool:
        """Whether nothing can be proposed before it is answered, withdrawn or ruled on."""
        return not self.ruled and (self.is_open or self.stance == Stance.DISAGREE)


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """An expert review, in one line: how many of the wanted have answered."""

    id: UUID
    field: str
    state: ReviewState
    wanted: int
    due_on: date
    heard: int


@dataclass(frozen=True, slots=True)
class SurveyLine:
    """A survey, in one line."""

    id: UUID
    planned_on: date
    place: str
    state: SurveyState
    conform: bool | None
    signed: int
    due_on: date


@dataclass(frozen=True, slots=True)
class PendingLine:
    """A material to come, or come."""

    id: UUID
    name: str
    promised_on: date
    received_on: date | None


@dataclass(frozen=True, slots=True)
class Beside:
    """All four kinds of one case."""

    opinions: tuple[OpinionLine, ...]
    reviews: tuple[ReviewLine, ...]
    surveys: tuple[SurveyLine, ...]
    pending: tuple[PendingLine, ...]


@dataclass(frozen=True, slots=True)
class ReviewersPanel:
    """What the case page shows of them, and what this actor may begin now."""

    beside: Beside
    may_consult: bool
    may_accept_pending: bool
    may_receive: bool
    blocks: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show and nothing to begin."""
        some = self.beside.opinions or self.beside.reviews or self.beside.surveys or self.beside.pending
        return not (some or self.may_consult or self.may_accept_pending)


def beside(case_id: UUID) -> Beside:
    """Opinions, reviews, surveys and materials to come of a case. One statement; no permission is checked here."""
    row = sql.one(EVERYTHING, {"id": case_id})
    assert row is not None
    opinions, reviews, surveys, pending = (json.loads(text) for text in row)
    return Beside(
        tuple(OpinionLine(UUID(i), n, OpinionState(s), a, _day(d), ruled) for i, n, s, a, d, ruled in opinions),
        tuple(ReviewLine(UUID(i), f, ReviewState(s), w, _day(d), heard) for i, f, s, w, d, heard in reviews),
        tuple(SurveyLine(UUID(i), _day(d), p, SurveyState(s), c, signed, _day(u)) for i, d, p, s, c, signed, u in surveys),
        tuple(PendingLine(UUID(i), n, _day(d), _day(r) if r else None) for i, n, d, r in pending),
    )  # fmt: skip


def _day(text: Any) -> date:
    return date.fromisoformat(text)


def panel(row: CaseRow, *, by: Actor) -> ReviewersPanel:
    """The panel of the case page. One statement, one more at the counter before acceptance."""
    found = _paused(beside(row.id), row)
    examined = row.state in (State.REVIEW, State.SPECIAL)
    may_accept = row.state == State.RECEIVED and by.can(Capability.CASE_ACCEPT)
    return ReviewersPanel(
        beside=found,
        may_consult=examined and by.can(Capability.CASE_CONSULT),
        may_accept_pending=may_accept and bool(may_follow(row)),
        may_receive=examined and by.can(Capability.CASE_SUPPLY),
        blocks=_sentences(found) if examined else (),
    )


def _paused(found: Beside, row: CaseRow) -> Beside:
    """The same, with the last days that the pause sets which lasts for this very work (行政许可法 art. 45)."""
    until, ground = pause_of(row, calendar())
    return replace(
        found,
        reviews=tuple(
            replace(one, due_on=rules.within_pause(one.due_on, REVIEW, ground, until))
            for one in found.reviews
        ),
        surveys=tuple(
            replace(one, due_on=rules.within_pause(one.due_on, SURVEY, ground, until))
            for one in found.surveys
        ),
    )


def blocks(case_id: UUID) -> tuple[str, ...]:
    """What has to be settled before anything is proposed or decided, each in a sentence; empty where nothing is.

    Silence is no consent and disagreement is not passed over: each needs an answer, or the lead's ruling with reasons.
    """
    return _sentences(beside(case_id))


def _sentences(found: Beside) -> tuple[str, ...]:
    said = []
    for opinion in found.opinions:
        if opinion.blocks and opinion.is_open:
            said.append(
                f"{opinion.department}还没有答复意见，应于 {opinion.due_on} 前答复：到期仍未答复的，请作出裁定；不再需要的，请撤回。"
            )
        elif opinion.blocks:
            said.append(f"{opinion.department}不同意，请先对这一意见作出裁定并写明理由。")
    said += [
        f"「{review.field}」专家评审还没有形成结论（已收到 {review.heard}／{review.wanted} 位意见）。"
        for review in found.reviews
        if review.state == ReviewState.OPEN
    ]
    said += [
        f"{survey.planned_on} 的现场核查还没有完成确认。"
        for survey in found.surveys
        if survey.state in SURVEY_OPEN
    ]
    return tuple(said)  # fmt: skip


def missing(case_id: UUID) -> tuple[str, ...]:
    """The materials still to come, each with its promised day: they block the decision alone (容缺受理)."""
    return tuple(
        f"{one.name}（承诺 {one.promised_on} 前补交）"
        for one in beside(case_id).pending
        if one.received_on is None
    )
