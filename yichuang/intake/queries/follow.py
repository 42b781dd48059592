"""Following a case: who may, where it stands, what happened, what can be done now."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings

from yichuang.cases import flow
from yichuang.cases import rules as case_rules
from yichuang.cases.flow import Action, ClockEffect, State
from yichuang.cases.queries import CaseRow, Event, by_number, timeline, visible, why
from yichuang.cases.queries import load as load_case
from yichuang.intake.rules.codes import read_code
from yichuang.intake.rules.standing import Situation, Standing, standing
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.notices.flow import NoticeKind
from yichuang.workdays.queries import calendar

ACCEPTANCE_WHY = (
    "规则：收到申请之日起 5 个工作日内决定是否受理；逾期不告知的，自收到申请材料之日起即为受理（行政许可法第三十二条）。",
)
DELIVERY_WHY = ("规则：作出准予许可决定之日起 10 个工作日内颁发、送达证件（行政许可法第四十四条）。",)


def case_by_code(number: str, code: str) -> UUID | None:
    """The case behind a number and its follow code; None where either is wrong, without saying which."""
    found = by_number(number)
    expected = case_rules.follow_code(settings.FOLLOW_SECRET, found or UUID(int=0))
    matches = hmac.compare_digest(expected.encode(), read_code(code).encode())
    return found if found and matches else None


def follower(case_id: UUID) -> Actor:
    """Somebody who has shown the follow code: reads this case as its applicant would, and can do nothing.

    Raises Missing where there is no such case.
    """
    row = load_case(case_id)
    if row is None:
        raise Missing
    return Actor(kind="applicant", name="凭编号查询", applicant_id=row.applicant_id)


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a correction notice."""

    material: str
    problem: str
    requirement: str
    sample: str = ""
    # Where it is mended: "material:<code>" or "field:<code>" of the guide; empty for what is neither.
    target: str = ""

    @property
    def wanted(self) -> str:
        """The requirement with its sample, as notices print it."""
        requirement = self.requirement.rstrip("。；")
        return f"{requirement}（例：{self.sample.rstrip('。；')}）" if self.sample else requirement


@dataclass(frozen=True, slots=True)
class Followed:
    """A case as its applicant follows it."""

    case: CaseRow
    standing: Standing
    events: list[Event]
    why: tuple[str, ...]
    acts: frozenset[Action]
    correction: tuple[Line, ...]
    respond_by: date | None

    @property
    def left(self) -> int | None:
        """Working days until the day that the sentence names; negative when it is past."""
        return self._left

    _left: int | None = None


def followed(case_id: UUID, *, by: Actor, today: date) -> Followed:
    """Everything the follow page shows. Raises Missing."""
    row = visible(case_id, by=by)
    events = timeline(row, by=by)
    asked = next((event for event in reversed(events) if event.kind == "case.correction_asked"), None)
    lines = correction_lines(asked.words if asked else {})
    said = standing(_situation(row, len(lines), today))
    left = calendar().between(today, said.by_day) if said.by_day else None
    acts = frozenset(one.action for one in flow.allowed(State(row.state)) if by.can(one.capability))
    return Followed(
        case=row,
        standing=said,
        events=events,
        why=_why(row, today),
        acts=acts,
        correction=lines if row.state == State.CORRECTING else (),
        respond_by=row.work_due_on if row.state == State.CORRECTING else None,
        _left=left,
    )


def correction_lines(words: Mapping[str, Any]) -> tuple[Line, ...]:
    """The items of a correction notice from the words of its fact."""
    return tuple(
        Line(**{name: str(line.get(name, "")) for name in Line.__slots__}) for line in words.get("lines", ())
    )


def notice_answered(case_id: UUID, key: str, *, by: Actor) -> tuple[Line, ...]:
    """The lines of the correction notice that a key answers: the newest, or, where the key was used, the one before its step.

    Empty where there was none. Raises Missing.
    """
    row = load_case(case_id, key)
    if row is None or not row.visible_to(by):
        raise Missing("没有找到这个办件，或者您无权查看。", how="请核对办件编号。")
    before = row.key_used[0] if row.key_used else row.seq + 1
    asked = [e for e in timeline(row, by=by) if e.kind == "case.correction_asked" and e.seq < before]
    return correction_lines(asked[-1].words if asked else {})


def _situation(row: CaseRow, lines: int, today: date) -> Situation:
    pauses = [ground for kind, _, _, ground, _ in row.facts if kind == "case.paused"]
    return Situation(
        state=State(row.state),
        department=row.department_short_name,
        today=today,
        due_on=row.due_on,
        work_due_on=row.work_due_on,
        provisional=row.provisional,
        days_left=row.days_left,
        outcome=row.outcome,
        pause_ground=pauses[-1] if pauses else "",
        correction_lines=lines,
        is_licence=row.item_type == "01",
    )


def _why(row: CaseRow, today: date) -> tuple[str, ...]:
    if row.state in (State.RECEIVED, State.CORRECTING):
        return ACCEPTANCE_WHY
    if row.state == State.DECIDED:
        return DELIVERY_WHY
    found = why(row, today=today) if row.state in (State.REVIEW, State.SPECIAL) else None
    return found.promised if found else ()


EFFECT_WORDS = {
    ClockEffect.START: "开始计时",
    ClockEffect.PAUSE: "暂停计时",
    ClockEffect.RESUME: "继续计时",
    ClockEffect.EXTEND: "期限延长",
    ClockEffect.STOP: "停止计时",
    ClockEffect.NONE: "",
}
EFFECTS = {row.fact: EFFECT_WORDS[row.clock] for row in flow.TRANSITIONS}
TONES = {
    "case.filed": "plain", "case.corrected_on_spot": "plain", "case.expedited": "action", "case.correction_asked": "warn", "case.correction_answered": "plain",
    "case.accepted": "good", "case.refused": "bad", "case.paused": "warn", "case.resumed": "action",
    "case.extended": "warn", "case.decided": "good", "case.delivered": "good", "case.withdrawn": "plain",
    "case.terminated": "bad", "case.recomputed": "plain", "case.transferred": "plain",
}  # fmt: skip
OUTCOMES = {str(outcome): label for outcome, label in flow.OUTCOME_LABELS.items()}


DOCUMENTS = {row.fact: row.document for row in flow.TRANSITIONS if row.document}


def document_name(event: Event, *, licence: bool) -> str:
    """What the document of an event is called, with its number; empty where it has none.

    A matter that is no licence is not decided as one.
    """
    kind = DOCUMENTS.get(event.kind, "")
    if kind == "decision":
        kind = f"decision_{event.data.get('outcome')}"
    label = flow.DOCUMENT_LABELS.get(kind, "")
    if not label or not event.number:
        return ""
    return f"{NoticeKind(label).title_for(licence=licence)} {event.number}"


def _line_text(line: Line) -> str:
    """One item of a correction notice: what, what is wrong with it, what is required."""
    problem = line.problem.rstrip("。；")
    return f"{line.material}：{f'存在问题：{problem}，' if problem else ''}补正要求：{line.wanted}"


def event_text(event: Event) -> str:
    """What an event says beyond its title, in one line: ground, words, outcome."""
    said = [event.ground]
    if event.kind == "case.decided":
        said.append(f"决定：{OUTCOMES.get(str(event.data.get('outcome')), '')}")
    if event.kind == "case.correction_asked":
        said.append("；".join(_line_text(line) for line in correction_lines(event.words)))
    if event.kind == "case.extended":
        said.append(f"延长 {event.data.get('days')} 个工作日")
    said += [str(event.words.get(name) or "") for name in ("note", "reason", "result", "newly_shown", "what")]
    if event.words.get("where_instead"):
        said.append(f"请向{event.words['where_instead']}申请")
    return "".join(part if part[-1] in "。！？；" else f"{part}。" for part in said if part)
