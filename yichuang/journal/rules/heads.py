"""Heads: how each seal hangs on the one before it, and the words that are signed when it leaves the house."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yichuang.journal.rules.hashing import stamp
from yichuang.journal.rules.merkle import SHA256, digest
from yichuang.kernel import canonical

# The name of this journal, in every head that leaves the house.
CHAIN = "yichuang"
GENESIS = "0" * 64


def chain(
    previous: str, number: int, root: str, leaves: int, *, at: datetime, algorithm: str = SHA256
) -> str:
    """The head of the journal after a seal: the hash over the head before it and everything that the seal says."""
    lines = ["yichuang-seal-1", previous, str(number), algorithm, stamp(at), str(leaves), root]
    return digest(algorithm, "\n".join(lines).encode()).hex()


def head_message(number: int, algorithm: str, at: datetime, head: str) -> bytes:
    """The bytes that the witness key signs for a head."""
    return "\n".join(["yichuang-head-1", CHAIN, str(number), algorithm, stamp(at), head]).encode()


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as it stands under a head."""

    key_id: str
    algorithm: str
    value: str


def head_line(
    number: int, at: datetime, leaves: int, algorithm: str, root: str, head: str, signed: Signed
) -> str:
    """The line of JSON that leaves the house for a head."""
    return canonical.text(head_fields(number, at, leaves, algorithm, root, head, signed))


def head_fields(
    number: int, at: datetime, leaves: int, algorithm: str, root: str, head: str, signed: Signed
) -> dict[str, Any]:
    """What a head says to the outside, by name; the same in files, at the address of heads and in a proof."""
    return {
        "chain": CHAIN,
        "number": number,
        "at": stamp(at),
        "leaves": leaves,
        "algorithm": algorithm,
        "root": root,
        "hash": head,
        "signature": {"key_id": signed.key_id, "algorithm": signed.algorithm, "value": signed.value},
    }
