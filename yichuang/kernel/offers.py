"""What a register offers to whoever writes about it: a sentence, the figures in it, and where the evidence stands."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OfferedFigure:
    """One number of an offered sentence, printed there exactly as `printed`.

    `code` names the register's measure (register.measure), `address` is the page that shows what was counted.
    """

    code: str
    label: str
    value: Decimal | int
    unit: str
    as_of: date
    printed: str
    address: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One sentence that a register offers.

    `key` is stable: the same row in the same state offers the same key. `topic` says under which kind of heading it
    belongs: environment, efficiency, work (政务工作动态), window (综窗), visits, inspection.
    `strength` ranks the sentences of one register: where it has many, the strongest are offered first.
    """

    key: str
    register: str
    topic: str
    text: str
    address: str
    day: date | None = None
    department_id: UUID | None = None
    department: str = ""
    figures: tuple[OfferedFigure, ...] = ()
    strength: Decimal | int = 0
