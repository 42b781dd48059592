"""Pure functions of ratings: the token of an address, counts by level, shares, what is within the limit."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from yichuang.feedback.flow.ratings import HIGH, LOW, FollowState, Level, Served

MAC_BYTES = 8
_LENGTH = 1 + 16 + MAC_BYTES
_MARKS = {Served.CASE: b"c", Served.ACT: b"a"}
TENTH = Decimal("0.1")


def rate_token(secret: str, served: Served, subject: UUID) -> str:
    """The address of one service's rating: its id and a proof of 64 bits, no personal data, derived and not stored."""
    proof = hmac.new(secret.encode(), f"rate:{served}:{subject}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(_MARKS[served] + subject.bytes + proof[:MAC_BYTES]).decode().rstrip("=")


def read_token(secret: str, token: str) -> tuple[Served, UUID] | None:
    """What a token names; None for one that was not made with the secret."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _LENGTH:
        return None
    served = next((each for each, mark in _MARKS.items() if mark == raw[:1]), None)
    subject = UUID(bytes=raw[1:17])
    if served is None or not hmac.compare_digest(
        rate_token(secret, served, subject).encode(), token.encode()
    ):
        return None
    return served, subject


@dataclass(frozen=True, slots=True)
class Count:
    """Ratings by level, best first."""

    levels: tuple[int, int, int, int, int]

    @property
    def total(self) -> int:
        """All ratings."""
        return sum(self.levels)

    @property
    def good(self) -> int:
        """The upper three levels (国办发〔2019〕51号)."""
        return sum(self.levels[level - 1] for level in HIGH)

    @property
    def low(self) -> int:
        """The lower two."""
        return sum(self.levels[level - 1] for level in LOW)

    @property
    def good_share(self) -> Decimal | None:
        """好评率 in percent with one place; None where nothing was rated."""
        return percent(self.good, self.total)


def percent(part: int, whole: int) -> Decimal | None:
    """A share in percent, one place, half up; None of nothing."""
    return (Decimal(part) * 100 / whole).quantize(TENTH, ROUND_HALF_UP) if whole else None


def tally(rows: Iterable[tuple[int, int]]) -> Count:
    """Counts from (level, number)."""
    found = dict.fromkeys(Level, 0)
    for level, number in rows:
        found[Level(level)] += number
    best, good, fair, poor, worst = (found[level] for level in Level)
    return Count((best, good, fair, poor, worst))


@dataclass(frozen=True, slots=True)
class Followed:
    """The days of one follow-up, as far as the limits ask."""

    state: FollowState
    contact_due_on: date
    finish_due_on: date
    contacted_on: date | None
    finished_on: date | None

    def overdue(self, today: date) -> bool:
        """Whether something that is still to be done should have been done before today."""
        if self.finished_on is not None:
            return False
        late_contact = self.contacted_on is None and self.contact_due_on < today
        return late_contact or self.finish_due_on < today

    @property
    def kept(self) -> bool:
        """Whether it was finished and every day was kept; a void one owes no contact."""
        if self.finished_on is None or self.finished_on > self.finish_due_on:
            return False
        contact = self.contacted_on or (self.finished_on if self.state is FollowState.VOID else None)
        return contact is not None and contact <= self.contact_due_on


@dataclass(frozen=True, slots=True)
class Kept:
    """How the limits of follow-ups were kept: `due` are those finished or overdue, so nothing that still runs."""

    due: int
    kept: int
    open: int
    overdue: int

    @property
    def share(self) -> Decimal | None:
        """按期回访率 in percent."""
        return percent(self.kept, self.due)


def kept_of(rows: Sequence[Followed], today: date) -> Kept:
    """Count how the limits were kept, as of a day."""
    late = sum(row.overdue(today) for row in rows)
    finished = sum(row.finished_on is not None for row in rows)
    return Kept(finished + late, sum(row.kept for row in rows), len(rows) - finished, late)
