"""The Merkle tree of a seal (RFC 6962 §2.1): its root, and the path by which one leaf is proved to be under it.

Every hash comes from OpenSSL by its name: SHA-256, or SM3 (GB/T 32905) where the installation must use it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

SHA256 = "sha256"
SM3 = "sm3"
ALGORITHMS = (SHA256, SM3)


def digest(algorithm: str, data: bytes) -> bytes:
    """The hash of some bytes by a named algorithm. Raises ValueError for one that the format does not know."""
    if algorithm == SHA256:
        return hashlib.sha256(data).digest()
    if algorithm not in ALGORITHMS:
        raise ValueError(f"{algorithm!r} is no hash of this format")
    return hashlib.new(algorithm, data).digest()


def merkle_root(leaves: Sequence[bytes], algorithm: str = SHA256) -> str:
    """The root of a batch in hexadecimal: leaves and nodes are hashed under different prefixes."""
    if not leaves:
        return digest(algorithm, b"").hex()
    return _climb([_leaf(algorithm, leaf) for leaf in leaves], algorithm)[-1][0].hex()


def _leaf(algorithm: str, leaf: bytes) -> bytes:
    return digest(algorithm, b"\x00" + leaf)


def _node(algorithm: str, left: bytes, right: bytes) -> bytes:
    return digest(algorithm, b"\x01" + left + right)


def _climb(level: list[bytes], algorithm: str) -> list[list[bytes]]:
    """Every level of the tree, the leaves' hashes first, the root alone last; an odd one out goes up as it is."""
    levels = [level]
    while len(level) > 1:
        paired = [_node(algorithm, level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + ([level[-1]] if len(level) % 2 else [])
        levels.append(level)
    return levels


@dataclass(frozen=True, slots=True)
class Step:
    """One neighbour on the way up: its hash, and whether it stands to the left."""

    left: bool
    hash: str


def audit_path(leaves: Sequence[bytes], position: int, algorithm: str = SHA256) -> tuple[Step, ...]:
    """The neighbours that lead from a leaf to the root, lowest first. Raises IndexError where there is no such leaf."""
    if not 0 <= position < len(leaves):
        raise IndexError(position)
    path = []
    for level in _climb([_leaf(algorithm, leaf) for leaf in leaves], algorithm)[:-1]:
        neighbour = position ^ 1
        if neighbour < len(level):
            path.append(Step(left=neighbour < position, hash=level[neighbour].hex()))
        position //= 2
    return tuple(path)


def climbs_to(leaf: bytes, path: Sequence[Step], algorithm: str = SHA256) -> str:
    """The root (hexadecimal) to which a leaf leads by a path; equal to the seal's root where the proof holds."""
    found = _leaf(algorithm, leaf)
    for step in path:
        other = bytes.fromhex(step.hash)
        found = _node(algorithm, other, found) if step.left else _node(algorithm, found, other)
    return found.hex()
