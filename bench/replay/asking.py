"""What people ask of a loaded year, drawn at random: figures, and pages of the cases behind them. The same seed draws the same."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from bench.replay.plan import FIRST
from bench.replay.printed import GROUPS, LAST
from yichuang.kernel import paging
from yichuang.kernel.keys import lowest
from yichuang.kernel.times import SHANGHAI

SEED = 2022
KINDS = {"accepted": "reported.accepted", "concluded": "reported.decided", "instant": "reported.decided"}
MOST_PAGES = 20
LENGTHS = (1, 7, 31, 322)
"""A day, a week, a month, the year up to its last printed day."""


@dataclass(frozen=True, slots=True)
class Question:
    """One figure, and how far people read into its cases: pages after each other from its beginning, or (`jump`) from a place far inside."""

    measure: str
    group: str
    department: UUID | None
    first: date
    last: date
    pages: int
    jump: bool

    def after(self, departments: Sequence[UUID]) -> str:
        """The cursor with which reading begins: in the middle of the period, or at its beginning."""
        if not self.jump:
            return ""
        middle = self.first + (self.last - self.first) / 2
        body = self.department or sorted(departments, key=str)[len(departments) // 2]
        place = lowest(datetime.combine(middle, time(10), SHANGHAI))
        return paging.encode([str(middle), str(body), KINDS[self.measure], str(place)])


def questions(departments: Sequence[UUID], *, seed: int = SEED) -> Iterator[Question]:
    """One after the other without an end."""
    draw = random.Random(seed)  # noqa: S311 - which figures are looked at is no secret
    days = (LAST - FIRST).days + 1
    while True:
        length = draw.choice(LENGTHS)
        first = FIRST + timedelta(days=draw.randrange(days - length + 1))
        yield Question(
            draw.choice(sorted(KINDS)), draw.choice(("", *GROUPS)), draw.choice((None, *departments)),
            first, first + timedelta(days=length - 1), draw.randint(1, MOST_PAGES), draw.random() < 0.5,
        )  # fmt: skip


def quantile(found: Sequence[float], part: float) -> float:
    """The nearest rank: the smallest that so large a part does not exceed; 0 of nothing."""
    ordered = sorted(found)
    return ordered[max(0, -(-int(part * 1000) * len(ordered) // 1000) - 1)] if ordered else 0.0
