"""Identifiers made by the platform: UUID version 7 from the business time, and client keys."""

import hashlib
import os
import uuid
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def uuid7(at: datetime) -> uuid.UUID:
    """A time-ordered id (RFC 9562) whose first 48 bits are the business time in milliseconds.

    Big tables are partitioned by ranges of these ids, so the time must be that of the subject's first fact.
    """
    return _uuid7(at, os.urandom(10))


def uuid7_of(at: datetime, *parts: object) -> uuid.UUID:
    """The time-ordered id of a moment that the same parts always yield: what happens twice meets its first row."""
    return _uuid7(at, hashlib.sha256("\n".join(map(str, parts)).encode()).digest()[:10])


def _uuid7(at: datetime, random: bytes) -> uuid.UUID:
    stamp, noise = _milliseconds(at), int.from_bytes(random, "big")
    value = (stamp & ((1 << 48) - 1)) << 80 | 0x7 << 76 | (noise >> 68 & 0xFFF) << 64 | 0b10 << 62
    return uuid.UUID(int=value | noise & ((1 << 62) - 1))


def lowest(at: datetime) -> uuid.UUID:
    """The smallest id of a millisecond: a bound of a partition."""
    return uuid.UUID(int=_milliseconds(at) << 80)


def moment_of(found: uuid.UUID) -> datetime:
    """The business time that an id made here carries, in whole milliseconds."""
    return EPOCH + (found.int >> 80) * MILLISECOND


def _milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970, without a float on the way: the next millisecond is always the next number."""
    return (at - EPOCH) // MILLISECOND


def parse_uuid(text: str) -> uuid.UUID | None:
    """The UUID that a link or a form holds, or None."""
    try:
        return uuid.UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None


def client_key() -> str:
    """A fresh key for a form: the browser sends it back, and the same key never acts twice."""
    return uuid.uuid4().hex
