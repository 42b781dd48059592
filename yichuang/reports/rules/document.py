"""The finished document as a value with an exact JSON: what is frozen at 签发 and rendered ever after."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from yichuang.reports.rules.charts import Chart, chart_from_json, chart_json


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text; with `figure` it is a number: scope.group.measure of the form, number.… of the words."""

    text: str
    figure: str = ""


Words = tuple[Run, ...]


def plain(text: str) -> Words:
    """A paragraph without figures."""
    return (Run(text),)


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with its paragraphs, or (without heading) an item whose number opens its first paragraph."""

    level: int
    number: str = ""
    heading: str = ""
    paragraphs: tuple[Words, ...] = ()
    run_in: bool = False

    @property
    def speaks(self) -> bool:
        """Whether any word stands in it."""
        return any(run.text.strip() for words in self.paragraphs for run in words)

    @property
    def lines(self) -> tuple[str, ...]:
        """Its text, heading first, a line a paragraph."""
        texts = ["".join(run.text for run in words) for words in self.paragraphs]
        if self.heading and not self.run_in:
            return (self.number + self.heading, *texts)
        lead = self.number + (f"{self.heading}。" if self.heading else "")
        return (lead + texts[0], *texts[1:]) if texts else (lead,)


@dataclass(frozen=True, slots=True)
class Cited:
    """A figure that the document prints: what it covers, which measure, its value as printed."""

    code: str
    group: str
    measure: str
    value: int | str | None
    first_day: date
    last_day: date

    @property
    def printed(self) -> str:
        """As it stands in the text: no thousands signs, as in the printed reports."""
        return "—" if self.value is None else str(self.value)


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number that stands in the words: what it states and whence it comes. `value` is in plain digits.

    `kind` is a Binding; `register` names the measure of a register, `address` is its evidence.
    """

    code: str
    printed: str
    value: str
    unit: str
    kind: str
    label: str = ""
    as_of: date | None = None
    source: str = ""
    register: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that is printed, in order, and nothing else that could change."""

    title: str
    number_line: str
    issuer: str
    issued_on_text: str
    heading: str
    period_text: str
    dated: date
    order: tuple[str, ...]
    parts: tuple[Part, ...]
    distribution: tuple[tuple[str, str], ...]
    copies_text: str
    small_print: str
    figures: tuple[Cited, ...] = ()
    numbers: tuple[WrittenNumber, ...] = ()
    charts: tuple[Chart, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The body's text, a line a heading or paragraph: what is searched and compared."""
        return tuple(line for part in self.parts for line in part.lines)

    def as_json(self) -> dict[str, Any]:
        """Plain values for the canonical text that is hashed and kept."""
        plain: dict[str, Any] = {
            "title": self.title,
            "number_line": self.number_line,
            "issuer": self.issuer,
            "issued_on_text": self.issued_on_text,
            "heading": self.heading,
            "period_text": self.period_text,
            "dated": self.dated,
            "order": self.order,
            "parts": [_part_json(part) for part in self.parts],
            "distribution": self.distribution,
            "copies_text": self.copies_text,
            "small_print": self.small_print,
            "figures": [_cited_json(figure) for figure in self.figures],
        }
        # Issues frozen before numbers were fields have none: their text stays byte for byte what was hashed.
        plain |= {"numbers": [asdict(number) for number in self.numbers]} if self.numbers else {}
        return plain | ({"charts": [chart_json(chart) for chart in self.charts]} if self.charts else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Document":
        """The document that `as_json` described."""
        return cls(
            title=data["title"],
            number_line=data["number_line"],
            issuer=data["issuer"],
            issued_on_text=data["issued_on_text"],
            heading=data["heading"],
            period_text=data["period_text"],
            dated=date.fromisoformat(data["dated"]),
            order=tuple(data["order"]),
            parts=tuple(_part(row) for row in data["parts"]),
            distribution=tuple((label, whom) for label, whom in data["distribution"]),
            copies_text=data["copies_text"],
            small_print=data["small_print"],
            figures=tuple(_cited(row) for row in data["figures"]),
            numbers=tuple(_written(row) for row in data.get("numbers", ())),
            charts=tuple(chart_from_json(row) for row in data.get("charts", ())),
        )


def _part_json(part: Part) -> dict[str, Any]:
    return {
        "level": part.level,
        "number": part.number,
        "heading": part.heading,
        "paragraphs": [[[run.text, run.figure] for run in words] for words in part.paragraphs],
        "run_in": part.run_in,
    }


def _part(row: Mapping[str, Any]) -> Part:
    words = tuple(tuple(Run(text, figure) for text, figure in runs) for runs in row["paragraphs"])
    return Part(row["level"], row["number"], row["heading"], words, row["run_in"])


def _cited_json(figure: Cited) -> dict[str, Any]:
    return {
        "code": figure.code,
        "group": figure.group,
        "measure": figure.measure,
        "value": figure.value,
        "first_day": figure.first_day,
        "last_day": figure.last_day,
    }


def _cited(row: Mapping[str, Any]) -> Cited:
    days = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
    return Cited(row["code"], row["group"], row["measure"], row["value"], *days)


def _written(row: Mapping[str, Any]) -> WrittenNumber:
    as_of = date.fromisoformat(row["as_of"]) if row["as_of"] else None
    return WrittenNumber(**{**row, "as_of": as_of})
