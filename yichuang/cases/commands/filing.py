"""Filing: the last statement of intake's transaction opens the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from yichuang.cases import flow, rules
from yichuang.cases.flow import Channel
from yichuang.cases.queries import statement_text
from yichuang.journal.commands import ensure_partitions, fact_parameters
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar


@dataclass(frozen=True, slots=True)
class Opening:
    """What intake knows of a new case. `content` goes into the fact: codes and commitments, no personal data."""

    id: UUID
    item_id: UUID
    item_version_id: UUID
    item_name: str
    item_type: str
    handling_kind: str
    department_id: UUID
    department_code: str
    region: str
    channel: Channel
    applicant_id: UUID
    applicant_name: str
    statutory_days: int
    promised_days: int
    content: dict[str, Any]
    renews_expires_on: date | None = None
    confidentiality: int = 0


@dataclass(frozen=True, slots=True)
class Beside:
    """What an upper room writes in the very statement that opens the case, so that nothing is left to do under the number.

    `text`: its CTEs, over `opened` (the case) and `fact`; `said`: an expression that the statement gives back.
    """

    text: str
    said: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filed:
    """The receipt of a filing: its number, the hash under which the journal keeps it, and what the upper room asked for."""

    number: str
    hash: bytes
    said: str = ""


@cache
def _statement(text: str, said: str) -> str:
    """The statement of a filing with what stands beside it."""
    whole = statement_text("file")
    return whole.replace("/*beside*/", f", {text}").replace("/*said*/", f", {said}") if text else whole


def file(
    opening: Opening, *, by: Actor, at: datetime, key: str, key_hash: str, beside: Beside | None = None
) -> Filed | None:
    """Open a case inside the caller's transaction; None when the key has been used before.

    Then nothing was written, `beside` included; the caller takes back what it wrote before, and answers with what the key
    stands for. The number's row stays locked until the transaction ends: this is its last statement. Within five working days the window
    accepts, refuses or asks for correction (行政许可法 art. 32).
    """
    ensure_partitions(at)
    day = local_day(at)
    parameters = fact_parameters(flow.FILED, by=by, at=at, data=opening.content) | {
        "subject_kind": "case",
        "key": key,
        "key_hash": key_hash,
        "owner": by.signature,
        "day": day,
        "state": flow.STATE_AFTER_FILING,
        "series": f"case:{opening.region[:6]}:{opening.department_code}:{day.year}",
        "number_prefix": rules.number_prefix(opening.region, opening.department_code, day.year),
        "work_due_on": calendar().add(day, rules.ACCEPTANCE_DAYS),
    }
    for name in Opening.__slots__:
        if name not in ("content", "department_code"):
            parameters[name] = getattr(opening, name)
    more = beside or Beside("", "", {})
    row = sql.one(_statement(more.text, more.said), parameters | dict(more.parameters))
    return Filed(row[0], bytes(row[2]), str(row[3]) if beside else "") if row else None
