"""A form of the report as a value: the order of its head, its tree of sections, its words. The data is JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from yichuang.reports.flow import SectionKind

PLACEHOLDER = re.compile(r"\{([a-z0-9_.]+)\}")
DAYS = frozenset({"year_start", "first_day", "last_day"})
VISIT_FIELDS = frozenset({"when", "department", "post", "person", "list"})
EVERYBODY = "list"
"""A visit's wording with {list} tells all visits in one sentence."""
BY_DEPARTMENT = ".by_department"
"""Behind a figure's code: how it divides among departments, in words."""
CHARTS = {"trend": "每周受理、办结走势", "time": "各部门平均用时与法定时限"}
DISTRIBUTION = ("报", "送", "发")


@dataclass(frozen=True, slots=True)
class SectionSpec:
    """One heading of a form. `pattern` is the wording of figures and visits, the opening of an inspection."""

    key: str
    level: int
    kind: SectionKind
    heading: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class InspectionHeading:
    """One heading of the hall inspection, and the days on which it is asked for."""

    key: str
    heading: str
    valid_from: date | None = None
    valid_until: date | None = None

    def asked_on(self, day: date) -> bool:
        """Whether a report that ends on this day has the heading."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, slots=True)
class FormSpec:
    """A whole form. `offsets`: total number less number, by year; `opens`: whether new reports may use it."""

    code: str
    name: str
    opens: bool
    title: str
    heading: str
    issuer: str
    head: tuple[str, ...]
    item_level: int
    sections: tuple[SectionSpec, ...]
    inspection: tuple[InspectionHeading, ...]
    copies: int
    distribution: Mapping[str, str] = field(default_factory=dict)
    offsets: Mapping[int, int] = field(default_factory=dict)
    charts: tuple[str, ...] = ()

    def section(self, key: str) -> SectionSpec | None:
        """The section of a key."""
        return next((each for each in self.sections if each.key == key), None)

    def of_kind(self, kind: SectionKind) -> tuple[SectionSpec, ...]:
        """The sections of one kind, in the order of the form."""
        return tuple(each for each in self.sections if each.kind == kind)

    def inspection_on(self, day: date) -> tuple[InspectionHeading, ...]:
        """The headings of the inspection that a report ending on this day has."""
        return tuple(each for each in self.inspection if each.asked_on(day))


def parse_form(data: Mapping[str, Any]) -> FormSpec:
    """The form that the data describes.

    Raises ValueError where a key stands twice, a level jumps, or a wording names what it cannot say.
    """
    sections = tuple(
        SectionSpec(
            row["key"], row["level"], SectionKind(row["kind"]), row["heading"], row.get("pattern", "")
        )
        for row in data["sections"]
    )
    _check(sections)
    return FormSpec(
        code=data["code"],
        name=data["name"],
        opens=data["opens"],
        title=data["title"],
        heading=data["heading"],
        issuer=data["issuer"],
        head=tuple(data["head"]),
        item_level=data["item_level"],
        sections=sections,
        inspection=tuple(
            InspectionHeading(row["key"], row["heading"], _day(row["from"]), _day(row["until"]))
            for row in data["inspection"]
        ),
        copies=data["copies"],
        distribution={label: data["distribution"].get(label) or "" for label in DISTRIBUTION},
        charts=tuple(each for each in CHARTS if each in data.get("charts", ())),
        offsets={int(year): offset for year, offset in data["offsets"].items()},
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _check(sections: tuple[SectionSpec, ...]) -> None:
    keys = [each.key for each in sections]
    if len(set(keys)) != len(keys):
        raise ValueError("a section's key stands twice in the form")
    deepest = 0
    for each in sections:
        if each.level > deepest + 1:
            raise ValueError(f"section {each.key} jumps a level")
        deepest = each.level
        unknown = [name for name in PLACEHOLDER.findall(each.pattern) if not _sayable(each.kind, name)]
        if unknown:
            raise ValueError(f"section {each.key} cannot say {unknown}")


def _sayable(kind: SectionKind, name: str) -> bool:
    """Days and figures (scope.group.measure) in a figures line, parts of a visit in a visit's sentence."""
    if kind == SectionKind.FIGURES:
        return name in DAYS or name.removesuffix(BY_DEPARTMENT).count(".") == 2
    return kind == SectionKind.VISITS and name in VISIT_FIELDS
