"""Webhooks: what may be asked for, what is sent, when a failed post is tried again."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from yichuang.cases.flow import FILED, TRANSITIONS
from yichuang.exchange.flow import EVENTS, SUBJECT

AT_ONCE = 100
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
GIVES_UP_AFTER = timedelta(days=3)
SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins, no secret
# What reviewers do among themselves concerns nobody outside.
INNER = frozenset(
    {
        "case.corrected_on_spot",
        "case.handed_over",
        "case.proposed",
        "case.endorsed",
        "case.countersigned",
        "case.sent_back",
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """One sealed fact as it is told: no personal data, no words, the place where its proof is found."""

    seal: int
    position: int
    kind: str
    subject_kind: str
    subject_id: UUID
    seq: int
    number: str | None
    department: str | None
    day: date
    at: datetime
    hash: str

    @property
    def place(self) -> str:
        """Where it stands in the journal: the same for ever, so a receiver knows what it has."""
        return f"{self.seal}-{self.position}"


def kinds() -> Mapping[str, str]:
    """What may be asked for: kinds of facts with their names, of cases and of reported cases."""
    own = {row.fact: row.label.removesuffix("此件") for row in TRANSITIONS if row.fact not in INNER}
    reported = {f"{SUBJECT}.{kind}": f"报送{way.label}" for kind, way in EVENTS.items() if way.leads_to}
    return {FILED: "收件", **own, **reported}


def envelope(webhook_id: UUID, facts: Sequence[Told]) -> dict[str, Any]:
    """What is posted: facts in the order of the seals. The identifier is that of the first place: a repeat has the same."""
    return {
        "type": "facts",
        "id": message_id(webhook_id, facts),
        "events": [
            {
                "id": fact.place, "type": fact.kind, "at": fact.at, "day": fact.day,
                "subject": {"kind": fact.subject_kind, "id": fact.subject_id, "seq": fact.seq, "number": fact.number},
                "department": fact.department, "hash": fact.hash, "seal": fact.seal, "position": fact.position,
            }
            for fact in facts
        ],
    }  # fmt: skip


def message_id(webhook_id: UUID, facts: Sequence[Told]) -> str:
    """The identifier of a post, equal in every try: where its facts begin and how many there are."""
    first = facts[0].place if facts else "ping"
    return f"{webhook_id}.{first}.{len(facts)}"


def secret(key: str, webhook_id: UUID, secret_no: int) -> bytes:
    """The bytes that sign, derived from the installation's key; another number, another secret."""
    return hmac.new(key.encode(), f"webhook:{webhook_id}:{secret_no}".encode(), hashlib.sha256).digest()


def secret_text(value: bytes) -> str:
    """A secret as receivers enter it."""
    return SECRET_PREFIX + base64.b64encode(value).decode()


def pause_after(failures: int) -> timedelta:
    """How long to wait after the n-th failure in a row: 30 s, 1, 2, 4 … minutes, six hours at most."""
    return min(FIRST_PAUSE * (1 << min(failures - 1, 20)), LONGEST_PAUSE)
