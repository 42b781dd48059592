"""Reads of the journal: a subject's facts, the newest head, client keys."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from yichuang.journal.rules import GENESIS, chain, fact_hash, merkle_root, place
from yichuang.kernel import sql
from yichuang.kernel.times import local_day

# What stands in place of a fact that was sealed and is no longer there.
GONE = "fact.gone"


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


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal: how far the journal is closed."""

    number: int
    chain: str
    at: datetime | None


@cache
def append_fragment() -> str:
    """The SQL by which a hot statement of an upper room appends its fact."""
    return sql.statement(__file__, "append")


def facts_of(subject_id: UUID) -> list[FactRow]:
    """Every fact of a subject, oldest first."""
    found = sql.rows(
        "select seq, kind, at, day, actor, actor_name, ground, number, data, hash from journal_fact "
        "where subject_id = %(id)s order by seq",
        {"id": subject_id},
    )
    return [
        FactRow(seq, kind, at, day, actor, actor_name, ground, number, json.loads(data), bytes(hashed))
        for seq, kind, at, day, actor, actor_name, ground, number, data, hashed in found
    ]


def head() -> Head:
    """The newest seal; number 0 before the first."""
    row = sql.one("select number, chain, at from journal_seal order by number desc limit 1")
    return Head(*row) if row else Head(number=0, chain=GENESIS, at=None)


def client_key(key: str) -> tuple[UUID, str, str] | None:
    """(subject_id, body_hash, owner) of a key that has created something."""
    row = sql.one(
        "select subject_id, body_hash, owner from journal_client_key where key = %(key)s", {"key": key}
    )
    return (row[0], row[1], row[2]) if row else None


def seals(*, before: int | None = None, limit: int = 25) -> list[tuple[int, datetime, int, str, str]]:
    """Seals, newest first: (number, at, leaves, root, chain)."""
    return [
        (row[0], row[1], row[2], row[3], row[4])
        for row in sql.rows(
            "select number, at, leaves, root, chain from journal_seal "
            "where %(before)s::bigint is null or number < %(before)s order by number desc limit %(limit)s",
            {"before": before, "limit": limit},
        )
    ]


def sealed_facts(number: int) -> list[tuple[UUID, int, str, str]]:
    """The facts of a seal in its order: (subject_id, seq, subject_kind, kind); the kind is GONE where one was removed."""
    found = sql.rows(
        "select l.subject_id, l.seq, coalesce(f.subject_kind, ''), coalesce(f.kind, %(gone)s) from journal_leaf l "
        "left join journal_fact f on f.subject_id = l.subject_id and f.seq = l.seq "
        "where l.seal_number = %(number)s order by l.position",
        {"number": number, "gone": GONE},
    )
    return [(row[0], row[1], row[2], row[3]) for row in found]


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
        sound = seq == expected and bytes(prev) == before and again == bytes(stored) and day == local_day(at)
        sound = sound and (leaf is None or bytes(leaf) == bytes(stored))
        checked.append(CheckedFact(seq, kind, at, actor, ground, number, data, bytes(stored), seal, sound))
        before = bytes(stored)
    return checked


@dataclass(frozen=True, slots=True)
class CheckedSeal:
    """A seal with what it should be: the root over its leaves and the chain over the seal before it, computed again.

    `facts_sound`: every leaf still has its fact, with the hash that was sealed.
    """

    number: int
    at: datetime
    leaves: int
    root: str
    chain: str
    root_sound: bool
    chain_sound: bool
    facts_sound: bool


def checked_seal(number: int) -> CheckedSeal | None:
    """One seal, its root and its place in the chain computed again; None where there is no such seal."""
    row = sql.one(
        "select s.number, s.at, s.leaves, s.root, s.chain, b.chain from journal_seal s "
        "left join journal_seal b on b.number = s.number - 1 where s.number = %(number)s",
        {"number": number},
    )
    if row is None:
        return None
    hashes = sql.rows(
        "select l.hash, f.hash from journal_leaf l left join journal_fact f on f.subject_id = l.subject_id "
        "and f.seq = l.seq where l.seal_number = %(number)s order by l.position",
        {"number": number},
    )
    before = row[5] if row[5] is not None else (GENESIS if number == 1 else "")
    root_sound = len(hashes) == row[2] and merkle_root([bytes(leaf[0]) for leaf in hashes]) == row[3]
    chain_sound = chain(before, number, row[3], row[2]) == row[4]
    facts_sound = all(leaf == fact for leaf, fact in hashes)
    return CheckedSeal(number, row[1], row[2], row[3], row[4], root_sound, chain_sound, facts_sound)


def waiting() -> int:
    """How many facts the drain has not taken yet."""
    row = sql.one("select count(*) from journal_fresh")
    return int(row[0]) if row else 0
