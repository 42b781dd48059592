"""Filing: the last statement of intake's transaction opens the case."""

from dataclasses import dataclass
from datetime import date, datetime
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
class Filed:
    """The receipt of a filing: its number, and the hash under which the journal keeps it."""

    number: str
    hash: bytes


def file(opening: Opening, *, by: Actor, at: datetime, key: str, key_hash: str) -> Filed | None:
    """Open a case inside the caller's transaction; None when the key has been used before.

    The caller must then roll back and answer with what the key stands for. Within five working days the window
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
    row = sql.one(statement_text("file"), parameters)
    return Filed(number=row[0], hash=bytes(row[2])) if row else None
