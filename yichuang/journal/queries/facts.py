"""Reads of facts: a subject's own, checked for an auditor, and what a client key has created."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from yichuang.journal.rules import fact_hash, place
from yichuang.kernel import sql
from yichuang.kernel.times import local_day

# What stands in place of a fact that was sealed and is no longer there.
GONE = "fact.gone"
# What departments' systems report counts on the day of which they tell, not on the day on which it came.
REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact as pages and clocks read it; `data` is parsed."""

    seq: int
    kind: str
    at: datetime
    day: date
    actor: str
    actor_name: str
    ground: str | None
    number: str | None
    data: dict[str, Any]
    hash: bytes


@cache
def append_fragment() -> str:
    """The SQL by which a hot statement of an upper room appends its fact."""
    return sql.statement(__file__, "append")


def facts_of(subject_id: UUID) -> list[FactRow]:
    """Every fact of a subject, oldest first."""
    found = sql.rows(
        "/*one plan*/ select seq, kind, at, day, actor, actor_name, ground, number, data, hash from journal_fact "
        "where subject_id = %(id)s order by seq",
        {"id": subject_id},
    )
    return [
        FactRow(seq, kind, at, day, actor, actor_name, ground, number, json.loads(data), bytes(hashed))
        for seq, kind, at, day, actor, actor_name, ground, number, data, hashed in found
    ]


def client_key(key: str) -> tuple[UUID, str, str] | None:
    """(subject_id, body_hash, owner) of a key that has created something."""
    row = sql.one(
        "/*one plan*/ select subject_id, body_hash, owner from journal_client_key where key = %(key)s",
        {"key": key},
    )
    return (row[0], row[1], row[2]) if row else None


@dataclass(frozen=True, slots=True)
class CheckedFact:
    """A fact as an auditor reads it: its text as stored, the seal that covers it, and whether it is sound.

    `sound` is computed again from the stored fields: the hash fits them, it continues the fact before, its number
    is the next one, its day is the day of its time, and the leaf under the seal (if it has been sealed) is the same
    hash. A fact that was sealed and removed is there with the kind GONE, its leaf's hash and no time.
    """

    seq: int
    kind: str
    at: datetime | None
    actor: str
    ground: str | None
    number: str | None
    data: str
    hash: bytes
    seal: int | None
    sound: bool


def checked_facts(subject_id: UUID) -> list[CheckedFact]:
    """Every fact of a subject, oldest first, each hash computed again; those that only a seal still knows included."""
    found = sql.rows(
        "select coalesce(f.seq, l.seq), f.kind, f.at, f.actor, f.ground, f.number, f.data, f.day, f.prev_hash, f.hash, f.subject_kind, f.department_id, f.key, f.key_hash, "
        "l.seal_number, l.hash from (select * from journal_fact where subject_id = %(id)s) f "
        "full join (select * from journal_leaf where subject_id = %(id)s) l on l.seq = f.seq order by 1",
        {"id": subject_id},
    )
    checked = []
    before = b""
    for expected, (
        seq,
        kind,
        at,
        actor,
        ground,
        number,
        data,
        day,
        prev,
        stored,
        *where,
        seal,
        leaf,
    ) in enumerate(found, start=1):
        if stored is None:
            before = bytes(leaf)
            checked.append(CheckedFact(seq, GONE, None, "", None, None, "", before, seal, sound=False))
            continue
        again = fact_hash(bytes(prev), subject_id, seq, place(*where), kind, at, actor, ground, number, data)
        sound = (
            seq == expected
            and bytes(prev) == before
            and again == bytes(stored)
            and _on_its_day(where[0], day, at, data)
        )
        sound = sound and (leaf is None or bytes(leaf) == bytes(stored))
        checked.append(CheckedFact(seq, kind, at, actor, ground, number, data, bytes(stored), seal, sound))
        before = bytes(stored)
    return checked


def _on_its_day(subject_kind: str, day: date, at: datetime, data: str) -> bool:
    """Whether a fact counts on the day on which it must: that of its moment; of what was reported, the day it tells of."""
    if subject_kind == REPORTED:
        return bool(json.loads(data).get("on") == day.isoformat())
    return day == local_day(at)
