"""What the applicant does to the own case."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.commands.step import Ask, Change, Stepped, begin, finish, stopped
from yichuang.cases.flow import Action, Outcome
from yichuang.kernel.actor import Actor


def answer_correction(
    case_id: UUID, *, note: str, content: Mapping[str, Any], by: Actor, at: datetime, key: str,
    seen: int | None = None, sent: str = "",
) -> Stepped:  # fmt: skip
    """Answer a correction notice; the window has five working days again. `content` is intake's: codes and hashes.

    `sent` is the hash of all that was sent beside the note: the key stands for both.
    """
    words = {"note": note.strip()} if note.strip() else {}
    ask = Ask(
        Action.ANSWER_CORRECTION, by, at, key, seen, None, words, content={"sent": sent} if sent else {}
    )
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    due = ready.calendar.add(ready.day, rules.ACCEPTANCE_DAYS)
    return finish(ask, ready, Change(ready.case, content, due))


def withdraw(
    case_id: UUID, *, reason: str = "", by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """Withdraw before the decision; the case ends and does not count as 办结."""
    ask = Ask(Action.WITHDRAW, by, at, key, seen, None, {"reason": reason.strip()} if reason.strip() else {})
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    new = replace(stopped(ready.case), closed_on=ready.day, outcome=Outcome.WITHDRAWN)
    return finish(ask, ready, Change(new))
