"""Examination level by level: who proposes, who agrees, what is sent back."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.commands.settled import check_settled
from yichuang.cases.commands.step import Ask, Asking, Change, Plan, Ready, Stepped, begin, carry_out, finish
from yichuang.cases.flow import BY_ACTION, LEVEL_LABELS, WORK_LABELS, Action, Outcome, WorkKind, capability_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid

# What a send-back points at: the opinion, a section of the form, or a material, by its code in the guide.
OPINION_PART = "opinion"
_PART = re.compile(r"opinion|(section|material):[a-z][a-z0-9_]{0,63}")


def propose(
    case_id: UUID,
    *,
    outcome: Outcome,
    opinion: str,
    by: Actor,
    at: datetime,
    key: str,
    seen: int | None = None,
) -> Stepped:
    """The first level (初审): an opinion with what is proposed; the next level of the item goes on with it."""
    plan = proposal_plan(Asking(by, at, key, seen), outcome=outcome, opinion=opinion)
    return carry_out(case_id, plan)


def proposal_plan(who: Asking, *, outcome: Outcome, opinion: str) -> Plan:
    """An opinion before it is given. Raises Invalid without outcome or words."""
    if outcome not in (Outcome.GRANTED, Outcome.DENIED) or not opinion.strip():
        raise Invalid("审查意见不完整。", fields={"opinion": "请选择拟准予或拟不予，并写明审查意见"})
    words, content = {"opinion": opinion.strip()}, {"outcome": outcome}

    def judge(ready: Ready) -> Change:
        if ready.case.handling.levels:
            stands_at(ready, WorkKind.REVIEW)
        check_settled(ready)
        return replace(_up(ready, WorkKind.REVIEW, content), as_read=True)

    ask = Ask(Action.PROPOSE, who.by, who.at, who.key, who.seen, words=words, internal=True, content=content)
    return Plan(ask, judge)


def endorse(
    case_id: UUID, *, opinion: str, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """The second level (复审) agrees, in words. Raises Conflict for whoever stands for the first level already."""
    return _agree(case_id, Action.ENDORSE, WorkKind.SECOND, opinion, (by, at, key, seen))


def countersign(
    case_id: UUID, *, opinion: str, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """A second person signs beside the head (会签), in words. Raises Conflict for whoever stands for a lower level."""
    return _agree(case_id, Action.COUNTERSIGN, WorkKind.COUNTERSIGN, opinion, (by, at, key, seen))


def _agree(
    case_id: UUID, action: Action, level: WorkKind, opinion: str, who: tuple[Actor, datetime, str, int | None]
) -> Stepped:
    if not opinion.strip():
        raise Invalid(
            f"{LEVEL_LABELS[level]}意见不完整。",
            fields={"opinion": "请写明意见，例如：材料属实，同意初审意见"},
        )
    by, at, key, seen = who
    ask = Ask(action, by, at, key, seen, None, {"opinion": opinion.strip()}, internal=True)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    stands_at(ready, level)
    check_signer(ready, by, level)
    return finish(ask, ready, _up(ready, level, {}))


def _up(ready: Ready, level: WorkKind, data: Mapping[str, Any]) -> Change:
    """The next level opens; what is not the last has no holder yet."""
    return Change(ready.case, data, work=rules.following(ready.case.handling.levels, level))


def stands_at(ready: Ready, level: WorkKind) -> None:
    """Raise Conflict unless the case waits at this level: levels are taken in their order, none is left out."""
    open_work = ready.case.work_kind
    if open_work != level:
        where = WORK_LABELS[WorkKind(open_work)] if open_work else "无待办"
        sequence = " → ".join(LEVEL_LABELS[one] for one in rules.levels_of(ready.case.handling.levels))
        raise Conflict(
            f"此件目前为「{where}」，还不能办理「{LEVEL_LABELS[level]}」。",
            how=f"这个事项逐级办理：{sequence}，前一级办完后再办下一级。",
        )


def check_signer(ready: Ready, actor: Actor, level: WorkKind) -> None:
    """Raise Conflict where whoever acts, or is stood in for, has signed a lower level of this round (谁审查、谁不决定)."""
    action = {WorkKind.SECOND: Action.ENDORSE, WorkKind.COUNTERSIGN: Action.COUNTERSIGN}
    right = capability_of(BY_ACTION[action.get(level, Action.DECIDE)], ready.case.work_kind)
    absent = actor.stands_for.get(right)
    names = {actor.signature: "您"} | (
        {f"staff:{absent.account_id}": f"您代理的{absent.name}"} if absent else {}
    )
    found = rules.clash(ready.case.facts, level, names.keys())
    if found is None:
        return
    if found.level == WorkKind.REVIEW:
        did, do = "对此件提出审查意见", "决定" if level == WorkKind.DECIDE else LEVEL_LABELS[level]
    else:
        did, do = f"对此件作出{LEVEL_LABELS[found.level]}意见", LEVEL_LABELS[level]
    raise Conflict(
        f"{names[found.signature]}已{did}，不能由同一人{do}。", how="请由另一位有权限的同事办理这一级。"
    )


def send_back(
    case_id: UUID, *, ground: str, reason: str, to: str = WorkKind.REVIEW, part: str = OPINION_PART, by: Actor,
    at: datetime, key: str, seen: int | None = None,
) -> Stepped:  # fmt: skip
    """Send a case back to a lower level, with the coded reason, the part that is meant, and words.

    `to`: the level. `part`: "opinion", "section:<code>" or "material:<code>" of the guide. Raises Invalid for what is
    missing or no lower level of this item, Conflict where nothing has been proposed.
    """
    wrong = {}
    if not reason.strip():
        wrong["reason"] = "请写明要求，例如：请核实取水口坐标后重新提出意见"
    if not _PART.fullmatch(part):
        wrong["part"] = "请选择退回的是哪一部分"
    if wrong:
        raise Invalid("请写明退回重审的理由。", fields=wrong)
    content = {"to": str(to), "part": part}
    ask = Ask(
        Action.SEND_BACK,
        by,
        at,
        key,
        seen,
        ground,
        {"reason": reason.strip()},
        internal=True,
        content=content,
    )
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    lower = rules.lower_levels(ready.case.handling.levels, ready.case.work_kind)
    if not lower:
        raise Conflict("此件还没有审查意见，不能退回重审。", how="请先由审查岗位提出意见。")
    if to not in lower:
        offered = "、".join(LEVEL_LABELS[level] for level in lower)
        raise Invalid("只能退回前面的环节。", fields={"to": f"请从这些环节中选择：{offered}"})
    return finish(ask, ready, Change(ready.case, content, work=WorkKind(to)))
