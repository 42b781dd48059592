"""What reviewers' work leaves behind: one fact on its own subject, its words beside it, and a key that acts once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from yichuang.cases.flow import State
from yichuang.cases.models import ReviewerNote
from yichuang.cases.queries import CaseRow, load, visible
from yichuang.journal.commands import NewFact, record
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict

IN_EXAMINATION = (State.REVIEW, State.SPECIAL)
LONGEST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that a page has checked and kept: its name, kind, SHA-256 and bytes."""

    name: str
    kind: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to one subject: its fact with data (no personal data) and the words that somebody typed."""

    subject_id: UUID
    subject_kind: str
    fact: str
    case_id: UUID
    department_id: UUID
    data: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)


def key_hash(by: Actor, *body: Any) -> str:
    """What a client key stands for: who does what, with which words."""
    return canonical.digest(canonical.text([*body, by.signature]))


def done_before(subject_id: UUID, key: str, body: str) -> bool:
    """Whether this very click has acted on the subject already. Raises Conflict where the key came with another content."""
    found = sql.one(
        "select key_hash from journal_fact where subject_id = %(id)s and key = %(key)s",
        {"id": subject_id, "key": key},
    )
    if found is not None and found[0] != body:
        raise Conflict("同一提交标识已用于另一内容。", how="请刷新页面后重新提交。")
    return found is not None


def leave(
    what: Happening, *, by: Actor, at: datetime, key: str | None = None, body: str | None = None
) -> int:
    """Append the fact, keep its words beside it. Runs inside the caller's transaction; the place in the chain."""
    salt = secrets.token_hex(16)
    data = {"case": str(what.case_id), **what.data}
    if what.words:
        data["words"] = canonical.commitment(salt, what.words)
    fact = NewFact(
        what.subject_id, what.subject_kind, what.fact, data, department_id=what.department_id, key=key, key_hash=body,
    )  # fmt: skip
    recorded = record(fact, by=by, at=at)
    ReviewerNote.objects.create(
        subject_id=what.subject_id, seq=recorded.seq, case_id=what.case_id, fact=what.fact,
        body=canonical.text(what.words), salt=salt, at=at, by_name=by.name,
    )  # fmt: skip
    return recorded.seq


def examined(case_id: UUID, *, by: Actor) -> CaseRow:
    """The case, while it is being examined. Raises Missing (not there or not theirs) and Conflict in any other state."""
    row = visible(case_id, by=by)
    _check_examined(row)
    return row


def hold(row: CaseRow) -> None:
    """Before something begins beside the case that has to be settled before its decision. Runs inside the caller's transaction.

    The row is written as it is: whoever has read the case before this cannot decide by that any more, and whoever is
    deciding at this moment is waited for. Raises Conflict where the case has left the examination meanwhile.
    """
    found = sql.execute(
        "update cases_case set seq = seq where id = %(id)s and state = any(%(states)s)",
        {"id": row.id, "states": [str(state) for state in IN_EXAMINATION]},
    )
    if not found:
        latest = load(row.id)
        assert latest is not None
        _check_examined(latest)


def _check_examined(row: CaseRow) -> None:
    if row.state not in IN_EXAMINATION:
        raise Conflict(
            f"办件 {row.number} 目前为「{State(row.state).label}」，不在审查中。",
            how="只有受理以后、作出决定以前可以办理，请刷新后查看最新情况。",
        )


def unchanged(seen: int, edit: int, what: str) -> None:
    """Raise Conflict where somebody has changed the thing since it was on the screen."""
    if seen != edit:
        raise Conflict(f"您打开之后，{what}已有变化。", how="您填写的内容还在页面上，请核对后再提交。")
