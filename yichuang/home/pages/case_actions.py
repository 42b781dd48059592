"""From a posted form to one command: one small reader for every action that the case page offers."""

from collections.abc import Callable
from datetime import date
from itertools import zip_longest
from typing import Any, TypedDict
from uuid import UUID

from yichuang.cases import commands
from yichuang.cases.commands import Stepped
from yichuang.cases.commands.procedures import Basis, HearingDays
from yichuang.cases.flow import Action, Outcome
from yichuang.catalogue.rules.guide import Guide
from yichuang.home.pages.case_corrections import target_name
from yichuang.home.pages.case_view import parts
from yichuang.intake.queries import read_application
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.web import Request, clean_text, post_key, posted_uuid

HEARING_DAYS = ("told_on", "asked_on", "notified_on", "held_on")
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
    """Lines of target or name, problem, requirement and sample; a target is called what the item's guide calls it."""
    names = ("target", "material", "problem", "requirement", "sample")
    columns = [[clean_text(v, limit=500) for v in request.POST.getlist(name)] for name in names]
    lines = [dict(zip(names, values, strict=True)) for values in zip_longest(*columns, fillvalue="")]
    if any(line["target"] for line in lines):
        guide = _guide(case_id)
        lines = [
            line | {"material": target_name(line["target"], guide) or line["material"]} for line in lines
        ]
    return commands.ask_correction(
        case_id, lines=lines, respond_by=day(request, "respond_by"), newly_shown=text(request, "newly_shown"),
        **common(request),
    )  # fmt: skip


def _guide(case_id: UUID) -> Guide | None:
    found = read_application(case_id)
    return found.guide if found else None


def send_back(request: Request, case_id: UUID) -> Stepped:
    """To which level, for which coded reason, which part, in words. Only a part that the item's guide has is taken."""
    part = text(request, "part")
    if part not in dict(parts(_guide(case_id))):
        part = ""
    return commands.send_back(
        case_id, ground=text(request, "ground"), reason=text(request, "reason"), to=text(request, "to"), part=part,
        **common(request),
    )  # fmt: skip


def optional_day(request: Request, name: str) -> date | None:
    """A day that may be left empty. Raises Invalid for what is no day."""
    return day(request, name) if request.POST.get(name, "").strip() else None


def pause(request: Request, case_id: UUID) -> Stepped:
    """The ground with the time it needs; another law by name; the days of a hearing."""
    known = [optional_day(request, name) for name in HEARING_DAYS]
    return commands.pause(
        case_id, ground=text(request, "ground"), expected_days=whole(request, "expected_days"),
        note=text(request, "note"), basis=Basis(text(request, "law"), text(request, "article")),
        hearing=HearingDays(*known) if any(known) else None,
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
    Action.ENDORSE: lambda r, i: commands.endorse(i, opinion=text(r, "opinion"), **common(r)),
    Action.COUNTERSIGN: lambda r, i: commands.countersign(i, opinion=text(r, "opinion"), **common(r)),
    Action.SEND_BACK: send_back,
    Action.EXPEDITE: lambda r, i: commands.expedite(i, reason=text(r, "reason"), **common(r)),
    Action.CORRECT_ON_SPOT: lambda r, i: commands.correct_on_spot(i, what=text(r, "what"), **common(r)),
    Action.HAND_OVER: hand_over,
    Action.PAUSE: pause,
    Action.RESUME: lambda r, i: commands.resume(
        i, result=text(r, "result"), overrun_reason=text(r, "overrun_reason"), **common(r)
    ),
    Action.EXTEND: lambda r, i: commands.extend(
        i,
        ground=text(r, "ground"),
        days=whole(r, "days"),
        reason=text(r, "reason"),
        approver=text(r, "approver"),
        approval=text(r, "approval"),
        **common(r),
    ),
    Action.DECIDE: lambda r, i: commands.decide(i, outcome=outcome(r), reason=text(r, "reason"), **common(r)),
    Action.DELIVER: lambda r, i: commands.deliver(
        i, method=text(r, "method"), receiver=text(r, "receiver"), **common(r)
    ),
    Action.TERMINATE: lambda r, i: commands.terminate(
        i, ground=text(r, "ground"), reason=text(r, "reason"), **common(r)
    ),
}
