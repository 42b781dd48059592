"""The hash of a fact: which bytes, in which order. `docs/journal-format.md` says the same for other programs."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID


def stamp(at: datetime) -> str:
    """A moment as it is hashed and exported: UTC with microseconds, 2022-05-13T01:30:00.000000Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def place(subject_kind: str, department_id: UUID | None, key: str | None, key_hash: str | None) -> str:
    """Where a fact belongs and which client key it answers: one line of its hash, as `journal_place` makes it."""
    return f"{subject_kind} {department_id or ''} {key or ''} {key_hash or ''}"


def fact_hash(
    prev: bytes,
    subject_id: UUID,
    seq: int,
    place: str,
    kind: str,
    at: datetime,
    actor: str,
    ground: str | None,
    number: str | None,
    data: str,
) -> bytes:
    """The hash of a fact, field by field as the database's `journal_fact_hash` computes it."""
    lines = [
        prev.hex(),
        str(subject_id),
        str(seq),
        place,
        kind,
        stamp(at),
        actor,
        ground or "",
        number or "",
        data,
    ]
    return hashlib.sha256("\n".join(lines).encode()).digest()


def first_hash(
    subject_kind: str, department_id: UUID | None, kind: str, at: datetime, actor: str
) -> Callable[[str, str, str, str, str], str]:
    """The hash of the first facts of many subjects that share everything else, ready for (subject, key, hash of the
    key's body, number, data), in hexadecimal: the lines of `fact_hash`, with what they share spelled once.
    """
    shared = f"{subject_kind} {department_id or ''}"
    tail = f"{kind}\n{stamp(at)}\n{actor}\n"

    def of(subject_id: str, key: str, key_hash: str, number: str, data: str) -> str:
        lines = f"\n{subject_id}\n1\n{shared} {key} {key_hash}\n{tail}\n{number}\n{data}"
        return hashlib.sha256(lines.encode()).hexdigest()

    return of
