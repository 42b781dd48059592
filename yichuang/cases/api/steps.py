"""Every step of the office for machines, as JSON with the names of the forms."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from yichuang.cases import commands, flow
from yichuang.cases.commands import Stepped
from yichuang.cases.commands.pending import Promise, accept_pending
from yichuang.cases.commands.procedures import Basis, HearingDays
from yichuang.cases.flow import Action, Outcome
from yichuang.cases.queries import CaseRow, by_number, number_along, visible
from yichuang.kernel.api import (
    KEY,
    Reader,
    answer,
    idempotency_key,
    machine,
    problem_answer,
    read_body,
    sent_key,
)
from yichuang.kernel.errors import Conflict, Missing
from yichuang.kernel.sql import Along
from yichuang.kernel.web import Request, signed_in

BODY_LIMIT = 1 << 20
MOST_LINES = 60
# What Django's own rule for the addresses of one case takes for the number.
OF_A_CASE = re.compile(r"/api/v1/cases/([^/]+)(?:/([^/]+))?")
# Steps whose command begins with the engine's own read.
READ_AHEAD = frozenset({"accept", "propose", "decide", "deliver"})
NOT_THERE = "没有找到这个办件，或者您无权查看。"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field that a step takes: its name, its kind (text, whole, day, uuid, outcome, lines, promises), and what it says."""

    name: str
    kind: str
    says: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step as machines take it: the command, its fields, and how the fields become what the command takes."""

    command: Callable[..., Stepped | None]
    parameters: tuple[Parameter, ...] = ()
    build: Callable[[dict[str, Any]], dict[str, Any]] = lambda given: given
    keyed: bool = True


def _need(name: str, says: str, kind: str = "text") -> Parameter:
    return Parameter(name, kind, says, required=True)


def _may(name: str, says: str, kind: str = "text") -> Parameter:
    return Parameter(name, kind, says)


OUTCOME = _need("outcome", "结果：granted 准予，denied 不予", "outcome")
LINE = ("material", "problem", "requirement", "sample", "target")


def _pause(given: dict[str, Any]) -> dict[str, Any]:
    """Another law's article, and the days of a hearing, are values of their own."""
    law, article = given.pop("law"), given.pop("article")
    days = {name: given.pop(name) for name in ("told_on", "asked_on", "notified_on", "held_on")}
    if law or article:
        given["basis"] = Basis(law, article)
    if any(days.values()):
        given["hearing"] = HearingDays(**days)
    return given


def _accept(case_id: UUID, *, pending: list[Promise] | None = None, **who: Any) -> Stepped:
    """Accept, or accept with materials to follow (容缺受理)."""
    return accept_pending(case_id, pending, **who) if pending else commands.accept(case_id, **who)


STEPS: dict[str, Step] = {
    Action.CORRECT_ON_SPOT: Step(commands.correct_on_spot, (_need("what", "当场更正的内容"),)),
    Action.ACCEPT: Step(
        _accept, (_may("pending", "容缺材料：code 材料编码，promised_on 承诺补交日", "promises"),)
    ),
    Action.ASK_CORRECTION: Step(
        commands.ask_correction,
        (
            _need("lines", "补正事项：material 材料，problem 问题，requirement 要求", "lines"),
            _need("respond_by", "补正截止日", "day"),
            _may("newly_shown", "再次补正时，补正材料新反映出的问题"),
        ),
    ),
    Action.REFUSE_ACCEPTANCE: Step(
        commands.refuse_acceptance,
        (
            _need("ground", "法定情形"),
            _need("reason", "理由"),
            _may("where_instead", "应当向哪个行政机关申请"),
        ),
    ),
    Action.PROPOSE: Step(commands.propose, (OUTCOME, _need("opinion", "审查意见"))),
    Action.ENDORSE: Step(commands.endorse, (_need("opinion", "复审意见"),)),
    Action.COUNTERSIGN: Step(commands.countersign, (_need("opinion", "会签意见"),)),
    Action.SEND_BACK: Step(
        commands.send_back,
        (
            _need("ground", "退回情形"),
            _need("reason", "退回理由"),
            _may("to", "退回到哪一级"),
            _may("part", "退回哪一部分"),
        ),
    ),
    Action.HAND_OVER: Step(
        commands.hand_over, (_need("to", "转交给谁（账号编号）", "uuid"), _need("reason", "转交原因"))
    ),
    Action.EXPEDITE: Step(commands.expedite, (_need("reason", "急事急办的理由"),)),
    Action.PAUSE: Step(
        commands.pause,
        (
            _need("ground", "特别程序的法定情形"),
            _need("expected_days", "预计所需工作日", "whole"),
            _may("note", "说明"),
            _may("law", "所依据的其他法律、法规"),
            _may("article", "条款"),
            _may("told_on", "告知听证权利日", "day"),
            _may("asked_on", "申请听证日", "day"),
            _may("notified_on", "听证通知日", "day"),
            _may("held_on", "听证日", "day"),
        ),
        _pause,
    ),
    Action.RESUME: Step(
        commands.resume, (_may("result", "特别程序的结果"), _may("overrun_reason", "超过预计时间的原因"))
    ),
    Action.EXTEND: Step(
        commands.extend,
        (
            _need("days", "延长的工作日", "whole"),
            _need("reason", "延长理由"),
            _may("ground", "法定情形"),
            _may("approver", "批准的政府负责人"),
            _may("approval", "批准文件"),
        ),
    ),
    Action.DECIDE: Step(commands.decide, (OUTCOME, _may("reason", "理由"))),
    Action.DELIVER: Step(
        commands.deliver, (_need("method", "送达方式"), _need("receiver", "签收人"))
    ),
    Action.TERMINATE: Step(commands.terminate, (_need("ground", "终结情形"), _need("reason", "理由"))),
    Action.WITHDRAW: Step(commands.withdraw, (_may("reason", "撤回原因"),)),
    "claim": Step(commands.claim, keyed=False),
    "release": Step(commands.release, keyed=False),
}  # fmt: skip


def _outcome(body: Reader, one: Parameter) -> Outcome | None:
    value = body.choice(one.name, (Outcome.GRANTED, Outcome.DENIED))
    return Outcome(value) if value in (Outcome.GRANTED, Outcome.DENIED) else None


def _lines(body: Reader, one: Parameter) -> list[dict[str, str]]:
    found = []
    for line in body.lines(one.name, limit=MOST_LINES):
        found.append({name: line.text(name, limit=500) for name in LINE if name in line.data})
        line.close()
    return found


def _whole(body: Reader, one: Parameter) -> int:
    """-1 where absent: the command says what is allowed."""
    found = body.whole(one.name)
    return -1 if found is None else found


def _promises(body: Reader, one: Parameter) -> list[Promise]:
    found = []
    for line in body.lines(one.name, limit=MOST_LINES):
        found.append(Promise(line.text("code", required=True, limit=64), line.day("promised_on")))
        line.close()
    return found


READ: dict[str, Callable[[Reader, Parameter], Any]] = {
    "text": lambda body, one: body.text(one.name, required=one.required, limit=2000),
    "whole": _whole,
    "day": lambda body, one: body.day(one.name) if one.required or body.data.get(one.name) else None,
    "uuid": lambda body, one: body.uuid(one.name),
    "outcome": _outcome,
    "lines": _lines,
    "promises": _promises,
}


def _given(step: Step, body: Reader) -> dict[str, Any]:
    """What the command takes; fields that are optional and absent are left to the command's own defaults."""
    given: dict[str, Any] = {}
    for one in step.parameters:
        value = READ[one.kind](body, one)
        if one.required and value is None:
            body.wrong.setdefault(one.name, "不能为空")
        if one.required or one.name in body.data or step.build is _pause:
            given[one.name] = value
        body.known.add(one.name)
    body.done()
    return step.build(given)


@dataclass(frozen=True, slots=True)
class AskedAlong:
    """The number of a case that stands in an address, how it is read in the token's own question, and the step's key."""

    number: str
    along: Along
    key: str


def asked_along(request: HttpRequest) -> AskedAlong | None:
    """What a request to the JSON door is about, where that is a case. What its step decides by is read with it.

    Every number costs the same, one that is there and one that is not.
    """
    named = OF_A_CASE.fullmatch(request.path_info)
    if named is None or not _can_be(named[1]):
        return None
    key = sent_key(request)
    read = request.method == "POST" and named[2] in READ_AHEAD and KEY.fullmatch(key)
    return AskedAlong(named[1], number_along(named[1], key if read else ""), key)


def _can_be(number: str) -> bool:
    return len(number) <= 64 and "\x00" not in number


def case_id_of(request: Request, number: str) -> UUID:
    """The case behind a number of an address, mostly read with the token already. Raises Missing."""
    along = getattr(request, "along", None)
    if along is not None and along[0] == number:
        found: UUID | None = along[1]
    else:
        found = by_number(number) if _can_be(number) else None
    if found is None:
        raise Missing(NOT_THERE, how="请核对办件编号。")
    return found


@machine
@signed_in
@require_POST
def act(request: Request, number: str, action: str) -> HttpResponse:
    """Take one step. The same key and body yield the same answer; a case that has moved on is told with where it stands."""
    step = STEPS.get(action)
    if step is None:
        raise Missing("没有这个操作。", how="可用的操作见 /api/v1/openapi.json。")
    key = idempotency_key(request)
    body = Reader(read_body(request, limit=BODY_LIMIT))
    seen = body.whole("seen")
    given = _given(step, body)
    case_id = case_id_of(request, number)
    common: dict[str, Any] = {"by": request.by, "at": request.at}
    if step.keyed:
        common |= {"key": key, "seen": seen}
    try:
        done = step.command(case_id, **given, **common)
    except Conflict as problem:
        return problem_answer(problem, current=standing(visible(case_id, by=request.by)))
    return answer(_after(case_id, action, done, number, request))


def _after(case_id: UUID, action: str, done: Stepped | None, number: str, request: Request) -> dict[str, Any]:
    """Where the step has led. A row of the table with one target says it; what keeps the state is looked up."""
    moved = flow.BY_ACTION.get(Action(action)) if action in set(Action) else None
    number = number.strip().upper()
    if done is None or moved is None or moved.action in flow.KEEPS_STATE:
        row = visible(case_id, by=request.by)
        seq = done.seq if done else row.seq
        return stepped(number, row.state, seq, done)
    return stepped(number, str(moved.target), done.seq, done)


def stepped(number: str, state: str, seq: int, done: Stepped | None) -> dict[str, Any]:
    """Where a case stands after a step, as every step answers."""
    return {
        "case_no": number,
        "state": state,
        "seq": seq,
        "document_number": done.document_number if done else None,
        "replayed": done.replayed if done else False,
    }


def standing(row: CaseRow) -> dict[str, Any]:
    """What a conflict tells of the case: where it stands now."""
    return {"state": row.state, "seq": row.seq, "holder": row.work_holder_name or None}
