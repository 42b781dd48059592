"""The engine: one read, pure decisions, one statement. Every row of the flow table goes through here."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NoReturn
from uuid import UUID

from django.db import DataError, IntegrityError, connection, transaction
from psycopg.errors import DivisionByZero

from yichuang.cases import flow, rules
from yichuang.cases.flow import Action, State, Transition, WorkKind
from yichuang.cases.queries import (
    CaseRow,
    load,
    load_visible,
    statement_text,
    taken_ahead,
    visible_row,
)
from yichuang.journal.commands import fact_parameters
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar
from yichuang.workdays.rules import Calendar

CLOCK_COLUMNS = (
    "accepted_on", "decided_on", "closed_on", "extended_days", "due_on", "statutory_due_on", "provisional",
    "paused_on", "days_left", "statutory_days_left", "corrections", "green", "pending_open",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants done: the action with its ground, its words and the version that was on the screen.

    `words` are free text typed by people; they are kept beside the fact, which holds only their commitment.
    `content` is what else was chosen: the key stands for all of it together.
    """

    action: Action
    by: Actor
    at: datetime
    key: str
    seen: int | None = None
    ground: str | None = None
    words: Mapping[str, Any] = field(default_factory=dict)
    internal: bool = False
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key_hash(self) -> str:
        """What the client key stands for: who asks for what, with which words."""
        body = [self.action, self.ground, self.words, self.by.signature]
        return canonical.digest(canonical.text([*body, self.content] if self.content else body))


@dataclass(frozen=True, slots=True)
class Change:
    """What a step makes of a case: its new columns, the fact's data, the next piece of work (`work`: not the table's).

    `as_read`: it was judged by what stands beside the case as well, and is taken only while nothing new has begun there.
    """

    row: CaseRow
    data: Mapping[str, Any] = field(default_factory=dict)
    work_due_on: date | None = None
    holder_id: UUID | None = None
    holder_name: str = ""
    keeps_holder: bool = False
    document: str = ""
    figures: bool = False
    work: WorkKind | None = None
    as_read: bool = False


@dataclass(frozen=True, slots=True)
class Stepped:
    """The place that the step took in the case's history, and the number of its document."""

    case_id: UUID
    seq: int
    document_number: str | None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A step that may be taken: the case as read, the table's row, the day and the calendar it is judged by."""

    case: CaseRow
    transition: Transition
    day: date
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a step, when, under which key, and which version was on the screen."""

    by: Actor
    at: datetime
    key: str
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was judged and is to be written."""

    ask: Ask
    ready: Ready
    change: Change


@dataclass(frozen=True, slots=True)
class Plan:
    """A step before it is taken: who asks for what, and what it makes of a case that is ready for it.

    One plan serves one case and many: `judge` holds every rule of the action, and raises where the case does not meet it.
    """

    ask: Ask
    judge: Callable[[Ready], Change]


def carry_out(case_id: UUID, plan: Plan) -> Stepped:
    """Take a step: read once, judge, write once. Raises what `begin` and the action's own rules raise."""
    ask = plan.ask
    before = taken_ahead(case_id, ask.key)
    ready = begin(case_id, ask) if before is None else admit(visible_row(before, ask.by), ask)
    return ready if isinstance(ready, Stepped) else finish(ask, ready, plan.judge(ready))


def begin(case_id: UUID, ask: Ask) -> Ready | Stepped:
    """Read once and check everything that does not depend on the action; a repeated key yields its receipt.

    A key is answered before anything else is judged: what has happened once is a receipt, whatever came after it.
    Raises Missing (not there or not yours), Refused (capability), Conflict (key, state or version), Invalid (ground, day).
    """
    return admit(load_visible(case_id, by=ask.by, key=ask.key), ask)


def admit(row: CaseRow | None, ask: Ask) -> Ready | Stepped:
    """What `begin` checks, of a case that was read already: with the step's key, so that a repeat is recognised."""
    transition = flow.BY_ACTION[ask.action]
    if row is None or not row.visible_to(ask.by):
        raise Missing("没有找到这个办件，或者您无权查看。", how="请核对办件编号。")
    if transition.automatic and ask.by.kind != "system":
        raise Refused("这一步由平台到时自动办理。", how="不需要任何人操作，请等待平台处理。")
    ask.by.require(flow.capability_of(transition, row.work_kind))
    if row.key_used is not None:
        return _replay(row.id, ask, row.key_used)
    if row.state not in transition.sources or ask.seen not in (None, row.seq):
        _moved_on(row)
    if transition.grounds is not None and ask.ground not in transition.grounds:
        raise Invalid(
            f"请选择{transition.label}的法定情形。",
            fields={"ground": "只能从列出的法定情形中选择：" + "、".join(transition.grounds.values())},
        )
    day = local_day(ask.at)
    if day < row.latest_day:
        raise Invalid(f"办理日期 {day} 早于此件上一步的日期 {row.latest_day}。", how="请核对业务时钟后重试。")
    return Ready(row, transition, day, calendar())


def _replay(case_id: UUID, ask: Ask, found: tuple[int, str | None, str | None]) -> Stepped:
    if found[1] != ask.key_hash:
        raise Conflict("同一提交标识已用于另一内容。", how="请刷新页面后重新提交。")
    return Stepped(case_id, found[0], found[2], replayed=True)


def _moved_on(row: CaseRow) -> NoReturn:
    holder = f"，现由{row.work_holder_name}经办" if row.work_holder_name else ""
    beside = "，有意见、评审或者核查尚未办结" if row.awaited else ""
    raise Conflict(
        f"办件 {row.number} 已经变化：目前为「{State(row.state).label}」{holder}{beside}。",
        how="您填写的内容没有丢失，请返回复制后刷新页面，按最新情况办理。",
    )


def finish(ask: Ask, ready: Ready, change: Change) -> Stepped:
    """Write once: the case, its fact, its words, its work and the queue, or nothing at all."""
    parameters = step_parameters(ask, ready, change)
    try:
        # One statement is all or nothing by itself; inside somebody's transaction it must not spoil what went before.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            row = sql.one(statement_text("step"), parameters)
    except (DataError, IntegrityError) as error:
        latest = load(ready.case.id, ask.key)
        if latest is not None and latest.key_used is not None:
            return _replay(latest.id, ask, latest.key_used)
        if latest is None or not isinstance(error.__cause__, LOST):
            raise
        _moved_on(latest)
    assert row is not None
    return Stepped(ready.case.id, row[0], row[2])


# Somebody else moved the case between our read and our write: the statement has failed and left nothing.
LOST = DivisionByZero


def finish_all(steps: Sequence[Step]) -> bool:
    """Write judged steps of different cases together, or none of them: False where one of the cases moved meanwhile.

    Each is the statement of `finish`; what is saved is a savepoint a step.
    """
    try:
        with transaction.atomic():
            for step in steps:
                sql.one(statement_text("step"), step_parameters(step.ask, step.ready, step.change))
    except (DataError, IntegrityError):
        return False
    return True


def step_parameters(ask: Ask, ready: Ready, change: Change) -> dict[str, Any]:
    """What `step.sql` is told of a step that was judged."""
    new, transition = change.row, ready.transition
    salt = secrets.token_hex(16) if ask.words else None
    by, stood_for = in_whose_place(ask.by, flow.capability_of(transition, ready.case.work_kind))
    data = dict(change.data) | stood_for
    if salt is not None:
        data["words"] = canonical.commitment(salt, ask.words)
    to = flow.target(transition, State(ready.case.state))
    work = change.work or _next_work(ready, to)
    document = change.document or transition.document
    parameters = fact_parameters(transition.fact, by=by, at=ask.at, data=data)
    parameters |= {name: getattr(new, name) for name in CLOCK_COLUMNS}
    parameters |= {
        "subject_kind": "case",
        "id": new.id,
        "from": ready.case.state,
        "to": to,
        "seq": ready.case.seq,
        "row_version": ready.case.row_version if change.as_read else None,
        "prev_hash": ready.case.last_hash,
        "ground": ask.ground,
        "key": ask.key,
        "key_hash": ask.key_hash,
        "case_days_used": new.days_used,
        "case_outcome": new.outcome,
        "case_promptness": new.promptness,
        "internal": ask.internal,
        "body": canonical.text(ask.words) if salt is not None else None,
        "salt": salt,
        "work_kind": work,
        "work_due_on": change.work_due_on or new.due_on,
        "holder_id": change.holder_id,
        "holder_name": change.holder_name,
        "keeps_holder": change.keeps_holder,
    }
    if change.figures:
        parameters |= {
            "outcome": new.outcome,
            "promptness": new.promptness,
            "days_used": new.days_used,
            "limit_days": new.statutory_days + new.extended_days,
        }
    return parameters | _document_number(document, ready)


def in_whose_place(actor: Actor, capability: str) -> tuple[Actor, dict[str, str]]:
    """The actor with both names, and who is absent, where the right to act is only held in somebody's place."""
    absent = actor.stands_for.get(capability)
    if absent is None:
        return actor, {}
    return replace(actor, name=f"{actor.name}（代{absent.name}）"), {"for": str(absent.account_id)}


def _next_work(ready: Ready, to: State) -> WorkKind | str | None:
    if to not in flow.OPEN_STATES:
        return None
    return ready.transition.work or ready.case.work_kind


def _document_number(document: str, ready: Ready) -> dict[str, Any]:
    """Official documents are numbered gaplessly per department, kind and year: 川水许受〔2026〕12号."""
    if not document:
        return {"series": None, "number_prefix": "", "number_suffix": ""}
    year = ready.day.year
    word = f"{ready.case.document_word}{flow.DOCUMENT_WORDS[document]}"
    return {
        "series": f"document:{ready.case.department_id}:{document}:{year}",
        "number_prefix": f"{word}〔{year}〕",
        "number_suffix": "号",
    }


def with_clock(ready: Ready, row: CaseRow, facts: rules.ClockFacts) -> CaseRow:
    """The case with what the clock says after the facts."""
    clock = rules.read_clock(ready.calendar, facts)
    return replace(
        row,
        due_on=clock.due_on,
        statutory_due_on=clock.statutory_due_on,
        provisional=clock.provisional,
        paused_on=clock.paused_on,
        days_left=clock.days_left,
        statutory_days_left=clock.statutory_days_left,
    )


def stopped(row: CaseRow) -> CaseRow:
    """The case with its clock at rest: nothing is due any more, nothing is held."""
    return replace(
        row, due_on=None, statutory_due_on=None, provisional=False, paused_on=None, days_left=None,
        statutory_days_left=None,
    )  # fmt: skip
