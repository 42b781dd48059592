"""What is missing or wrong in a filing: told once and whole, or mended at the counter."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.commands.step import Ask, Change, Ready, Stepped, begin, finish
from yichuang.cases.flow import Action, State
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid

LONGEST_RESPONSE_DAYS = 60
# Where a line is mended: a material of the checklist, a field of the form, or nowhere in particular.
_TARGET = re.compile(r"((material|field):[a-z][a-z0-9_]{0,63})?")


def ask_correction(
    case_id: UUID, *, lines: Sequence[Mapping[str, str]], respond_by: date, newly_shown: str = "", by: Actor,
    at: datetime, key: str, seen: int | None = None,
) -> Stepped:  # fmt: skip
    """Tell the applicant once and completely what is missing (行政许可法 art. 32 item 4).

    Each line is {"material", "problem", "requirement"}, and may have "sample" (an example in words) and "target":
    where it is mended, "material:<code>" or "field:<code>" of the guide. A second time needs `newly_shown`: what only
    the answer has shown. Raises Invalid for no lines, an empty line, or a response date that is past or too far.
    """
    kept = [
        {name: str(value).strip() for name, value in line.items()}
        for line in lines
        if any(str(value).strip() for value in line.values())
    ]
    _check_lines(kept)
    words = {"lines": kept, "respond_by": respond_by, "newly_shown": newly_shown.strip()}
    ask = Ask(Action.ASK_CORRECTION, by, at, key, seen, None, words)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    row = ready.case
    check_not_silent(ready)
    _check_respond_by(respond_by, ready.day)
    if row.corrections and not newly_shown.strip():
        raise Invalid(
            "此件已一次性告知过补正。",
            how="只有补正后才发现的新问题可以再次告知，请写明新发现的情况。",
            fields={"newly_shown": "请写明补正材料新反映出的问题"},
        )
    new = replace(row, corrections=row.corrections + 1)
    data = {"lines": len(kept), "respond_by": respond_by, "times": new.corrections}
    return finish(ask, ready, Change(new, data, work_due_on=respond_by))


def correct_on_spot(
    case_id: UUID, *, what: str, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """Keep what the applicant has put right at the counter (行政许可法 art. 32 item 3): no correction notice, and the
    day by which acceptance is answered stays. Raises Invalid without words."""
    if not what.strip():
        raise Invalid(
            "请写明更正了什么。",
            fields={"what": "请写明当场更正的内容，例如：法定代表人当场补签，联系电话由申请人当面改正"},
        )
    ask = Ask(Action.CORRECT_ON_SPOT, by, at, key, seen, None, {"what": what.strip()})
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    return finish(ask, ready, Change(ready.case, {}, ready.case.work_due_on, keeps_holder=True))


def _check_lines(lines: Sequence[Mapping[str, str]]) -> None:
    wrong: dict[str, str] = {}
    if not lines:
        wrong["lines"] = "请至少列出一项需要补正的内容"
    for position, line in enumerate(lines):
        if not line.get("material", "").strip() or not line.get("requirement", "").strip():
            wrong[f"lines-{position}"] = f"第 {position + 1} 项请写明材料名称和补正要求"
        elif not _TARGET.fullmatch(line.get("target", "")):
            wrong[f"lines-{position}"] = f"第 {position + 1} 项请从列出的材料或填写项中选择"
    if wrong:
        raise Invalid("补正告知的内容不完整，请按提示修改。", fields=wrong)


def _check_respond_by(respond_by: date, today: date) -> None:
    if not today < respond_by <= today + timedelta(days=LONGEST_RESPONSE_DAYS):
        raise Invalid(
            "补正截止日有误。",
            fields={"respond_by": f"补正截止日应在今天之后、{LONGEST_RESPONSE_DAYS} 天以内"},
        )


def check_not_silent(ready: Ready) -> None:
    """Raise Conflict where the days to answer are over: the law has accepted the application (art. 32 item 4)."""
    row = ready.case
    if row.state == State.RECEIVED and rules.silent(
        ready.calendar, row.received_on, ready.day, row.acceptance_rule
    ):
        raise Conflict(
            "收到材料已超过 5 个工作日，依法自收到之日起即为受理，不能再告知补正。",
            how="请受理此件；审查中发现的问题在审查环节处理（行政许可法第三十二条）。",
        )


def check_not_corrected(ready: Ready, ground: str) -> None:
    """Nobody is turned away for want of a correction that was not asked for, or whose day has not passed (art. 32)."""
    row = ready.case
    if ground == "not_corrected":
        check_not_silent(ready)
    waiting = row.state == State.CORRECTING and row.work_due_on is not None and ready.day <= row.work_due_on
    if ground == "not_corrected" and (not row.corrections or waiting):
        raise Invalid(
            "还不能以未补正为由结束此件。", how="应当先一次性告知补正，并等到补正截止日以后。",
            fields={"ground": "尚未告知补正，或者补正截止日还没有过"},
        )  # fmt: skip
