"""Pure functions of complaints: the follow code, how limits were kept."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from yichuang.feedback.rules.ratings import percent


def complaint_code(secret: str, complaint_id: UUID) -> str:
    """The code with which somebody follows a complaint: 10 signs, 50 bits, derived and not stored."""
    mac = hmac.new(secret.encode(), f"complaint:{complaint_id}".encode(), hashlib.sha256).digest()
    return base64.b32encode(mac)[:10].decode()


@dataclass(frozen=True, slots=True)
class Answered:
    """How replies stood to their limits: of those received, how many were answered, in time, and are overdue."""

    received: int
    answered: int
    in_time: int
    overdue: int

    @property
    def share(self) -> Decimal | None:
        """按期答复率 in percent: of those answered or overdue."""
        return percent(self.in_time, self.answered + self.overdue)


def answered_of(rows: Iterable[tuple[date, date | None, bool]], today: date) -> Answered:
    """Count from (due day, day of the last reply or ending, still unanswered)."""
    received = answered = in_time = overdue = 0
    for due_on, done_on, unanswered in rows:
        received += 1
        if unanswered:
            overdue += due_on < today
        elif done_on is not None:
            answered += 1
            in_time += done_on <= due_on
    return Answered(received, answered, in_time, overdue)
