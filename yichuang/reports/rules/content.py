"""What editors put into a report: items under headings, visits, inspection results, the imprint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news. A line break begins a new paragraph; `contribution` is whence it came, if from one."""

    id: str
    text: str
    contribution: str = ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The paragraphs without blank ones."""
        return tuple(line.strip() for line in self.text.splitlines() if line.strip())


@dataclass(frozen=True, slots=True)
class VisitEntry:
    """One head's duty visit. `on` is None where the day is only known in words (近日)."""

    id: str
    on: date | None
    on_text: str
    person: str
    post: str
    department: str
    body: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the version that is kept."""
        return {
            "id": self.id, "on": self.on, "on_text": self.on_text, "person": self.person, "post": self.post,
            "department": self.department, "body": self.body,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imprint:
    """The foot of the document: who gets it, how many copies are printed."""

    distribution: Mapping[str, str] = field(default_factory=dict)
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that is written, as opposed to counted."""

    items: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    visits: tuple[VisitEntry, ...] = ()
    inspection: Mapping[str, str] = field(default_factory=dict)
    imprint: Imprint = Imprint()

    def of(self, section: str) -> tuple[Item, ...]:
        """The items under a heading."""
        return self.items.get(section, ())

    def texts(self) -> tuple[tuple[str, str], ...]:
        """Every text that may hold numbers, as (its id, its words): news, what visits say, inspection results."""
        return (
            *((item.id, item.text) for found in self.items.values() for item in found),
            *((visit_text(visit.id), visit.body) for visit in self.visits),
            *((inspection_text(key), result) for key, result in self.inspection.items()),
        )

    def as_json(self) -> dict[str, Any]:
        """For the version that is kept."""
        return {
            "items": items_json(self.items),
            "visits": [visit.as_json() for visit in self.visits],
            "inspection": dict(self.inspection),
            "distribution": dict(self.imprint.distribution),
            "copies": self.imprint.copies,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Content":
        """The content that `as_json` described."""
        visits = tuple(
            VisitEntry(**{**row, "on": date.fromisoformat(row["on"]) if row["on"] else None})
            for row in data["visits"]
        )
        imprint = Imprint(data["distribution"], data["copies"])
        return cls(items_of(data["items"]), visits, data["inspection"], imprint)


def visit_text(visit_id: str) -> str:
    """The id under which the words of a visit are a text."""
    return f"visit:{visit_id}"


def inspection_text(key: str) -> str:
    """The id under which an inspection result is a text."""
    return f"inspection:{key}"


def items_json(items: Mapping[str, tuple[Item, ...]]) -> dict[str, list[dict[str, str]]]:
    """Items by section, plain."""
    return {
        key: [{"id": item.id, "text": item.text, "contribution": item.contribution} for item in found]
        for key, found in items.items()
        if found
    }


def items_of(data: Mapping[str, Any]) -> dict[str, tuple[Item, ...]]:
    """Items by section, from what `items_json` gave."""
    return {key: tuple(Item(**row) for row in found) for key, found in data.items()}
