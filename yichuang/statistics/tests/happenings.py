"""Facts of cases put straight into the journal, and the same figures counted by hand from the list of them."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from yichuang.journal import commands as journal
from yichuang.journal.queries import append_fragment
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI, local_day
from yichuang.statistics.rules import Cell, Used

DEPARTMENTS = (UUID(int=1001), UUID(int=1002), UUID(int=1003))
ITEMS = (UUID(int=2001), UUID(int=2002))
TYPES = ("01", "01", "20", "20", "02", "05", "10", "11", "19", "21", "30")
EXTENSIONS = ("11", "12", "13", "14", "15", "16", "17", "18", "19", "21", "22", "99")
KINDS = (
    "case.filed", "case.accepted", "case.decided", "case.decided", "case.delivered", "case.refused", "case.withdrawn",
    "case.terminated", "case.paused", "case.correction_asked",
)  # fmt: skip
PROMPT = ("instant", "early", "on_time", "late")


@dataclass(frozen=True)
class Happening:
    """One fact with everything that a figure can ask of it."""

    at: datetime
    kind: str
    department: UUID = DEPARTMENTS[0]
    item_type: str = "01"
    item: UUID | None = ITEMS[0]
    promptness: str | None = None
    days_used: int | None = None
    limit_days: int | None = None
    subject_kind: str = "case"

    @property
    def day(self) -> date:
        """The day on which it counts."""
        return local_day(self.at)

    @property
    def group(self) -> str:
        """Its group, looked up by hand (GB/T 39046 appendix A)."""
        nine = {"02", "03", "04", "05", "06", "07", "08", "09", "10"}
        named = {"01": "licence", "20": "public_service"}
        return named.get(self.item_type, "other_nine" if self.item_type in nine else "extension")


def moment(day: date, hour: int = 10) -> datetime:
    """An hour of a day in Shanghai."""
    return datetime.combine(day, time(hour), SHANGHAI)


def enter(happening: Happening, subject: UUID | None = None) -> UUID:
    """Append the fact as a hot statement of an upper room does, with the dimensions of figures."""
    at, whose = happening.at, subject or uuid7(happening.at)
    journal.ensure_partitions(at)
    parameters = journal.fact_parameters(happening.kind, by=SYSTEM, at=at, data={})
    parameters |= dict.fromkeys(("ground", "key", "key_hash", "series", "number_prefix", "number_suffix"))
    parameters |= {
        "subject_id": whose,
        "subject_kind": happening.subject_kind,
        "department_id": happening.department,
        "item_id": happening.item,
        "item_type": happening.item_type,
        "region": "510000000000",
        "channel": "2",
        "number_width": 1,
        "promptness": happening.promptness,
        "days_used": happening.days_used,
        "limit_days": happening.limit_days,
    }
    text = sql.statement(journal.__file__, "record", (("append", append_fragment()),))
    assert sql.one(text, parameters) is not None
    return whose


def invent(chance: random.Random, first: date, last: date) -> Happening:
    """A fact of any kind on any day of a period."""
    kind = chance.choice(KINDS)
    decided = kind == "case.decided"
    return Happening(
        at=moment(first + timedelta(days=chance.randrange((last - first).days + 1)), chance.randrange(24)),
        kind=kind,
        department=chance.choice(DEPARTMENTS),
        item_type=chance.choice(TYPES),
        item=chance.choice(ITEMS),
        promptness=chance.choice(PROMPT) if decided else None,
        days_used=chance.randrange(40) if decided else None,
        limit_days=chance.choice((0, 5, 20, 45)) if decided else None,
    )


def half_up(value: Fraction, places: int) -> Decimal:
    """Rounded by whole numbers: add a half, cut off."""
    scaled = (value * 10**places + Fraction(1, 2)).__floor__()
    return Decimal(scaled).scaleb(-places)


def by_hand(found: Iterable[Happening]) -> dict[str, Decimal | int | None]:
    """Every measure of a list of facts, each written out, none taken from the table of measures."""
    facts = list(found)

    def of(*kinds: str) -> list[Happening]:
        return [fact for fact in facts if fact.kind in kinds]

    decided = of("case.decided")
    how = {name: len([fact for fact in decided if fact.promptness == name]) for name in PROMPT}
    early, on_time = how["instant"] + how["early"], how["instant"] + how["early"] + how["on_time"]
    used = sorted(fact.days_used for fact in decided if fact.days_used is not None)
    limits = [fact.limit_days for fact in decided if fact.limit_days is not None]
    many = len(decided)
    return {
        "received": len(of("case.filed")),
        "accepted": len(of("case.accepted")),
        "concluded": many,
        "delivered": len(of("case.delivered")),
        "refused": len(of("case.refused")),
        "terminated": len(of("case.withdrawn", "case.terminated")),
        "instant": how["instant"],
        "early": early,
        "on_time": on_time,
        "late": how["late"],
        "early_share": half_up(Fraction(early * 100, many), 2) if many else None,
        "on_time_share": half_up(Fraction(on_time * 100, many), 2) if many else None,
        "mean_days": half_up(Fraction(sum(used), many), 1) if many else None,
        "mean_limit": half_up(Fraction(sum(limits), many), 1) if many else None,
        "median_days": Decimal(used[-(-many // 2) - 1]) if many else None,
        "p90_days": Decimal(used[-(-many * 9 // 10) - 1]) if many else None,
    }


def as_cells(found: Iterable[Happening]) -> tuple[list[Cell], list[Used]]:
    """The facts one by one as cells of the arithmetic."""
    facts = list(found)
    cells = [Cell(fact.kind, fact.promptness or "", 1) for fact in facts]
    used = [
        Used(fact.days_used, fact.limit_days, 1)
        for fact in facts
        if fact.days_used is not None and fact.limit_days is not None
    ]
    return cells, used
