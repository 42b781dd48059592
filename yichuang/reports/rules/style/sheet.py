"""The data that the checker works by, as values: phrases, wrong characters, units, posts, names, lengths."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from yichuang.reports.rules.style.findings import RULES, Severity


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words to be avoided between two days; `better` None where only a person can say it better."""

    rule: str
    pattern: re.Pattern[str]
    better: str | None
    why: str
    severity: Severity | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    def in_force(self, day: date | None) -> bool:
        """Whether the row holds on a day (unknown: today's usage)."""
        if day is None:
            return self.valid_until is None
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Name:
    """One body: the name to use, the forms that are accepted beside it, the forms to be replaced."""

    short: str
    accepted: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """Every form that is right."""
        return (self.short, *self.accepted)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that is data."""

    phrases: tuple[Phrase, ...] = ()
    posts: Mapping[str, int] = field(default_factory=dict)
    names: tuple[Name, ...] = ()
    mixed: tuple[tuple[str, ...], ...] = ()
    longest_item: int = 600
    longest_sentence: int = 150


def parse_sheet(files: Mapping[str, Any], departments: Sequence[tuple[str, str]] = ()) -> Sheet:
    """The sheet from the packaged files and the directory's (name, short name).

    Raises ValueError where a row has no reason, a pattern is no pattern, a rule is unknown, or a better wording is
    found wrong again.
    """
    phrases = tuple(
        _phrase(rule, row)
        for rule, name in (("phrase", "phrases"), ("confused", "confusions"), ("unit-name", "units"))
        for row in files[name]["rows"]
    )
    return Sheet(
        phrases=phrases,
        posts={row["post"]: row["rank"] for row in files["posts"]["rows"]},
        names=_names(files["departments"]["rows"], departments),
        mixed=tuple(tuple(forms) for forms in files["departments"]["mixed"]),
        longest_item=files["lengths"]["item"],
        longest_sentence=files["lengths"]["sentence"],
    )


def _phrase(rule: str, row: Mapping[str, Any]) -> Phrase:
    severity = Severity(row["severity"]) if row.get("severity") else None
    found = Phrase(
        rule,
        re.compile(row["find"]),
        row.get("better"),
        row.get("why", ""),
        severity,
        _day(row.get("from")),
        _day(row.get("until")),
    )
    if rule not in RULES or not (found.why or rule != "phrase"):
        raise ValueError(f"row without a reason: {row['find']}")
    if found.better and found.pattern.search(found.better):
        raise ValueError(f"the better wording is found wrong again: {row['find']}")
    return found


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _names(rows: Sequence[Mapping[str, Any]], departments: Sequence[tuple[str, str]]) -> tuple[Name, ...]:
    """The packaged names; a department of the directory that they do not have is added with its own forms."""
    packaged = [Name(row["short"], tuple(row["accepted"]), tuple(row["wrong"])) for row in rows]
    known = {form for name in packaged for form in name.forms}
    added = []
    for full, short in departments:
        local = full.removeprefix("四川省")
        if short and full not in known and local not in known:
            forms = tuple(dict.fromkeys((f"省{short}", full, local, f"省{local}")))
            added.append(Name(short, tuple(form for form in forms if form != short)))
    return (*packaged, *added)
