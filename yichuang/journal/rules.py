"""Pure arithmetic of the journal: a fact's hash, and the Merkle root and chain of seals."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

GENESIS = "0" * 64


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
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    lines = [
        prev.hex(),
        str(subject_id),
        str(seq),
        place,
        kind,
        stamp,
        actor,
        ground or "",
        number or "",
        data,
    ]
    return hashlib.sha256("\n".join(lines).encode()).digest()


def merkle_root(leaves: Sequence[bytes]) -> str:
    """The root of a batch in hexadecimal, as in RFC 6962: leaves and nodes are hashed under different prefixes."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    return _root([hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]).hex()


def _root(level: list[bytes]) -> bytes:
    while len(level) > 1:
        paired = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)
        ]
        level = paired + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def chain(previous: str, number: int, root: str, leaves: int) -> str:
    """The head of the journal after a seal: SHA-256 over the head before it and the seal."""
    return hashlib.sha256(f"{previous}\n{number}\n{root}\n{leaves}".encode()).hexdigest()
