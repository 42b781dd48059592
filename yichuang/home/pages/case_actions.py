"""From a posted form to one command: one small reader for every action that the case page offers."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypedDict
from uuid import UUID

from yichuang.cases import commands
from yichuang.cases.commands import Stepped
from yichuang.cases.flow import Action, Outcome
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.web import Request, clean_text, post_key, posted_uuid

Handler = Callable[[Request, UUID], Stepped]


class Common(TypedDict):
    """What every step takes."""

    by: Actor
    at: Any
    key: str
    seen: int | None


def common(request: Request) -> Common:
    """Actor, time, client key and the version that was on the screen."""
    seen = whole(request, "seen")
    return {
        "by": request.by,
        "at": request.at,
        "key": post_key(request),
        "seen": seen if seen >= 0 else None,
    }


def text(request: Request, name: str) -> str:
    """A text field without control characters."""
    return clean_text(request.POST.get(name, ""))


def whole(request: Request, name: str) -> int:
    """A whole number, -1 where it is none: the command says what is allowed."""
    raw = request.POST.get(name, "").strip()
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 6 else -1


def outcome(request: Request) -> Outcome:
    """The chosen outcome. Raises Invalid where none was chosen."""
    raw = request.POST.get("outcome", "")
    if raw not in (Outcome.GRANTED, Outcome.DENIED):
        raise Invalid("还没有选择结果。", fields={"outcome": "请选择准予或者不予"})
    return Outcome(raw)


def day(request: Request, name: str) -> date:
    """A day. Raises Invalid for what is no day."""
    try:
        return date.fromisoformat(request.POST.get(name, ""))
    except ValueError as error:
        raise Invalid("日期格式有误。", fields={name: "请按 2022-05-13 的格式填写"}) from error


def ask_correction(request: Request, case_id: UUID) -> Stepped:
    """Lines of material, problem and requirement."""
    names = ("material", "problem", "requirement")
    columns = [[clean_text(v, limit=500) for v in request.POST.getlist(name)] for name in names]
    lines = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=False)]
    return commands.ask_correction(
        case_id, lines=lines, respond_by=day(request, "respond_by"), newly_shown=text(request, "newly_shown"),
        **common(request),
    )  # fmt: skip


def hand_over(request: Request, case_id: UUID) -> Stepped:
    """To whom, and why."""
    to = posted_uuid(request, "to")
    if to is None:
        raise Invalid("请选择转交给谁。", fields={"to": "请选择一位同事"})
    return commands.hand_over(case_id, to=to, reason=text(request, "reason"), **common(request))


HANDLERS: dict[Action, Handler] = {
    Action.ACCEPT: lambda r, i: commands.accept(i, **common(r)),
    Action.ASK_CORRECTION: ask_correction,
    Action.REFUSE_ACCEPTANCE: lambda r, i: commands.refuse_acceptance(
        i,
        ground=text(r, "ground"),
        reason=text(r, "reason"),
        where_instead=text(r, "where_instead"),
        **common(r),
    ),
    Action.PROPOSE: lambda r, i: commands.propose(
        i, outcome=outcome(r), opinion=text(r, "opinion"), **common(r)
    ),
    Action.SEND_BACK: lambda r, i: commands.send_back(i, reason=text(r, "reason"), **common(r)),
    Action.HAND_OVER: hand_over,
    Action.PAUSE: lambda r, i: commands.pause(
        i,
        ground=text(r, "ground"),
        expected_days=whole(r, "expected_days"),
        note=text(r, "note"),
        **common(r),
    ),
    Action.RESUME: lambda r, i: commands.resume(i, result=text(r, "result"), **common(r)),
    Action.EXTEND: lambda r, i: commands.extend(
        i, days=whole(r, "days"), reason=text(r, "reason"), **common(r)
    ),
    Action.DECIDE: lambda r, i: commands.decide(i, outcome=outcome(r), reason=text(r, "reason"), **common(r)),
    Action.DELIVER: lambda r, i: commands.deliver(
        i, method=text(r, "method"), receiver=text(r, "receiver"), **common(r)
    ),
    Action.TERMINATE: lambda r, i: commands.terminate(
        i, ground=text(r, "ground"), reason=text(r, "reason"), **common(r)
    ),
}
