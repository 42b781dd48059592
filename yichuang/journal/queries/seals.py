"""Reads of seals: the newest head, a page of them, one checked, and what still waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yichuang.journal.queries.facts import GONE
from yichuang.journal.rules import GENESIS, chain, merkle_root
from yichuang.kernel import sql


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal: how far the journal is closed."""

    number: int
    chain: str
    at: datetime | None


def head() -> Head:
    """The newest seal; number 0 before the first."""
    row = sql.one("/*one plan*/ select number, chain, at from journal_seal order by number desc limit 1")
    return Head(*row) if row else Head(number=0, chain=GENESIS, at=None)


def chain_at(number: int) -> str | None:
    """The head of the journal after a seal; None where there is no such seal."""
    row = sql.one("select chain from journal_seal where number = %(number)s", {"number": number})
    return str(row[0]) if row else None


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


def sealed_of_kinds(number: int, kinds: Sequence[str], *, but_keys: str) -> list[tuple[UUID, int, str]]:
    """The facts of a seal that are of some kinds, in its order: (subject_id, seq, kind); without those whose key begins with `but_keys`."""
    found = sql.rows(
        "select l.subject_id, l.seq, f.kind from journal_leaf l "
        "join journal_fact f on f.subject_id = l.subject_id and f.seq = l.seq "
        "where l.seal_number = %(number)s and f.kind = any(%(kinds)s::text[]) "
        "and (f.key is null or not starts_with(f.key, %(but_keys)s)) order by l.position",
        {"number": number, "kinds": list(kinds), "but_keys": but_keys},
    )
    return [(row[0], row[1], row[2]) for row in found]


@dataclass(frozen=True, slots=True)
class CheckedSeal:
    """A seal with what it should be: the root over its leaves and the chain over the seal before it, computed again.

    `facts_sound`: every leaf still has its fact, with the hash that was sealed.
    """

    number: int
    at: datetime
    leaves: int
    algorithm: str
    root: str
    chain: str
    root_sound: bool
    chain_sound: bool
    facts_sound: bool


def checked_seal(number: int) -> CheckedSeal | None:
    """One seal, its root and its place in the chain computed again; None where there is no such seal."""
    row = sql.one(
        "select s.number, s.at, s.leaves, s.root, s.chain, b.chain, s.algorithm from journal_seal s "
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
    root_sound = len(hashes) == row[2] and merkle_root([bytes(leaf[0]) for leaf in hashes], row[6]) == row[3]
    chain_sound = chain(before, number, row[3], row[2], at=row[1], algorithm=row[6]) == row[4]
    facts_sound = all(leaf == fact for leaf, fact in hashes)
    return CheckedSeal(number, row[1], row[2], row[6], row[3], row[4], root_sound, chain_sound, facts_sound)


# Told by the index, as in the statistics' `queue.sql`: the table is full of what has been taken by now.
WAITING = """/*one plan*/ select count(*) from (
    select from journal_fresh order by subject_id, seq limit (select 2000000000)) f"""


def waiting() -> int:
    """How many facts the drain has not taken yet."""
    row = sql.one(WAITING)
    return int(row[0]) if row else 0
