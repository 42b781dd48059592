"""What was read from one printed report, and its exact shape as JSON."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

Json = dict[str, object]


class Unreadable(ValueError):
    """The file is no text that could be a report; the message says why, in Chinese."""


class Scope(StrEnum):
    """What span a figure covers. WEEK is the period of the report, whatever its length."""

    WEEK = "week"
    YEAR_TO_DATE = "year_to_date"
    TO_DATE = "to_date"


@dataclass(frozen=True)
class Period:
    """The days the report covers, both included."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Figure:
    """One printed number with its measure; 万 and 亿 are expanded, percentages keep their printed value.

    `scope_text` keeps the printed words of the span (本周, 上周, 本月); `approximate` is true for 余, 约, 近.
    """

    scope: Scope
    type: str | None
    measure: str
    as_of: date | None
    value: Decimal
    unit: str | None
    sentence: str
    scope_text: str | None = None
    approximate: bool = False

    def as_json(self) -> Json:
        return {
            "scope": self.scope.value,
            "type": self.type,
            "measure": self.measure,
            "as_of": iso(self.as_of),
            "value": number(self.value),
            "unit": self.unit,
            "sentence": self.sentence,
            "scope_text": self.scope_text,
            "approximate": self.approximate,
        }


@dataclass(frozen=True)
class Section:
    """One heading and what stands under it; `departments` names, per item, those that head a clause of it."""

    level: int
    heading: str
    items: tuple[str, ...]
    departments: tuple[tuple[str, ...], ...] = ()

    def as_json(self) -> Json:
        return {
            "level": self.level,
            "heading": self.heading,
            "items": list(self.items),
            "departments": [list(names) for names in self.departments],
        }


@dataclass(frozen=True)
class Visit:
    """One head's duty visit; `on` is None where no single day is printed (近日, 本周)."""

    on: date | None
    on_text: str | None
    person: str
    post: str
    department: str | None

    def as_json(self) -> Json:
        return {
            "on": iso(self.on),
            "on_text": self.on_text,
            "person": self.person,
            "post": self.post,
            "department": self.department,
        }


@dataclass(frozen=True)
class Inspection:
    """One heading of the hall inspection and its result, without the final 。"""

    heading: str
    result: str

    def as_json(self) -> Json:
        return {"heading": self.heading, "result": self.result}


@dataclass(frozen=True)
class Disagreement:
    """A stated figure that does not follow from the other figures of the report."""

    sentence: str
    stated: Decimal
    computed: Decimal
    why: str

    def as_json(self) -> Json:
        return {
            "sentence": self.sentence,
            "stated": number(self.stated),
            "computed": number(self.computed),
            "why": self.why,
        }


@dataclass(frozen=True)
class Unplaced:
    """A line of the file (counted from 1) that found no place."""

    line: int
    text: str

    def as_json(self) -> Json:
        return {"line": self.line, "text": self.text}


@dataclass(frozen=True)
class ReadReport:
    """Everything read from one file. What the file does not print is None or empty, never guessed."""

    file: str = ""
    title: str | None = None
    heading: str | None = None
    year: int | None = None
    number: int | None = None
    total_number: int | None = None
    issuer: str | None = None
    issued_on: date | None = None
    period: Period = Period()
    figures: tuple[Figure, ...] = ()
    sections: tuple[Section, ...] = ()
    visits: tuple[Visit, ...] = ()
    inspection: tuple[Inspection, ...] = ()
    distribution: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(("报", "送", "发")))
    copies: int | None = None
    disagreements: tuple[Disagreement, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether every line found its place and no figure contradicts another."""
        return not self.unplaced and not self.disagreements

    def as_json(self) -> Json:
        """The shape that other programs rely on; `title` and `heading` (of the whole text) are additions."""
        return {
            "file": self.file,
            "title": self.title,
            "heading": self.heading,
            "year": self.year,
            "number": self.number,
            "total_number": self.total_number,
            "issuer": self.issuer,
            "issued_on": iso(self.issued_on),
            "period": {"from": iso(self.period.first), "to": iso(self.period.last)},
            "figures": [each.as_json() for each in self.figures],
            "sections": [each.as_json() for each in self.sections],
            "visits": [each.as_json() for each in self.visits],
            "inspection": [each.as_json() for each in self.inspection],
            "distribution": dict(self.distribution),
            "copies": self.copies,
            "disagreements": [each.as_json() for each in self.disagreements],
            "unplaced": [each.as_json() for each in self.unplaced],
        }


def iso(day: date | None) -> str | None:
    """YYYY-MM-DD, or None."""
    return None if day is None else day.isoformat()


def number(value: Decimal) -> int | float:
    """A JSON number: whole values as integers, others with the printed places (64.29)."""
    return int(value) if value == value.to_integral_value() else float(value)
