"""What an official document consists of: values only, no layout and no wording of its own."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text. With `measure` it is a published figure; `href` leads to the cases behind it."""

    text: str
    measure: str = ""
    href: str = ""


Paragraph = tuple[Run, ...]


def plain(text: str) -> Paragraph:
    """A paragraph without figures."""
    return (Run(text),)


def text_of(paragraph: Iterable[Run]) -> str:
    """The words of a paragraph."""
    return "".join(run.text for run in paragraph)


def clean(text: str) -> str:
    """One line of printable text.

    Line breaks and tabs become a space; control and invisible format characters go, because XML refuses the first
    and a typeface has no glyph for the second.
    """
    if text.isprintable():
        # No control, format, break or surrogate is printable, so there is nothing to do for nearly every text.
        return text
    spaced = "".join(" " if sign in "\r\n\t\u2028\u2029" else sign for sign in text)
    return "".join(sign for sign in spaced if not _unprintable(sign))


def _unprintable(sign: str) -> bool:
    # Unassigned and private code points stay: rare characters of names stand there, and one that no typeface has
    # must be reported by the renderer, not vanish here.
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs"} or ord(sign) & 0xFFFE == 0xFFFE


class HeadLine(StrEnum):
    """The lines of a report's head; a form of the report is an order of them."""

    TITLE = "title"
    NUMBER = "number"
    ISSUER = "issuer"
    ISSUED_ON = "issued_on"
    HEADING = "heading"
    PERIOD = "period"


FORM_2022 = (
    HeadLine.TITLE,
    HeadLine.NUMBER,
    HeadLine.ISSUER,
    HeadLine.ISSUED_ON,
    HeadLine.HEADING,
    HeadLine.PERIOD,
)
FORM_2023 = (HeadLine.NUMBER, HeadLine.TITLE, HeadLine.PERIOD, HeadLine.ISSUER, HeadLine.ISSUED_ON)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of level 1–4 with its paragraphs; what stands under it follows it in the list.

    A section without heading is an item: its number opens its first paragraph. `run_in` sets the heading, closed by a
    full stop, at the head of the first paragraph (（一）着装情况。总体情况良好。).
    """

    level: int
    number_text: str = ""
    heading: str = ""
    paragraphs: tuple[Paragraph, ...] = ()
    run_in: bool = False

    def __post_init__(self) -> None:
        if self.level not in (1, 2, 3, 4):
            raise ValueError(f"a heading level is 1 to 4, not {self.level}")


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its caption and the same numbers as a table, for who cannot see it and for who wants to check it.

    `spec` is the chart's description (`gateways.charts`); `alt` says in a sentence what it shows. `after` counts
    sections: the figure stands behind the first so many. Its marks lead to their cases where it is `linked`.
    """

    title: str
    alt: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    spec: Mapping[str, Any] = field(default_factory=dict)
    after: int = 0
    linked: bool = True

    def __post_init__(self) -> None:
        if any(len(row) != len(self.head) for row in self.rows):
            raise ValueError("every row of a table has a cell below each heading")


@dataclass(frozen=True, slots=True)
class OfficialReport:
    """The weekly report as it is printed.

    `dated` goes into the file's own data only (what is printed is `issued_on_text`), so the same report has the same
    bytes on any day. Empty head lines, distribution rows and closing lines drop out.
    """

    title: str
    number_line: str
    issuer: str
    issued_on_text: str
    heading: str
    period_text: str
    dated: date
    order: tuple[HeadLine, ...] = FORM_2022
    sections: tuple[Section, ...] = ()
    figures: tuple[Figure, ...] = ()
    distribution: tuple[tuple[str, str], ...] = ()
    copies_text: str = ""
    small_print: str = ""

    def head(self, line: HeadLine) -> str:
        """The text of one head line."""
        return {
            HeadLine.TITLE: self.title,
            HeadLine.NUMBER: self.number_line,
            HeadLine.ISSUER: self.issuer,
            HeadLine.ISSUED_ON: self.issued_on_text,
            HeadLine.HEADING: self.heading,
            HeadLine.PERIOD: self.period_text,
        }[line]

    @property
    def name(self) -> str:
        """What the file calls itself: title and number."""
        return " ".join(part for part in (self.title or self.heading, self.number_line) if part)


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """One row of what must be mended: which material, what is wrong with it, what is asked for."""

    name: str
    fault: str
    requirement: str


@dataclass(frozen=True, slots=True)
class FormRow:
    """A row of a form to be filled in by hand: label, what is known already or what is to be ticked, lines of space."""

    label: str
    value: str = ""
    lines: int = 1
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day that matters and why it is this day, step by step."""

    label: str
    day_text: str
    how: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfficialNotice:
    """A notice or decision to one addressee (行政许可文书). What is empty is not printed.

    `seal_text` names the seal that belongs on the marked place; the place stays empty until a person seals it.
    """

    title: str
    issuer: str
    number_text: str
    addressee: str
    dated: date
    issued_on_text: str
    opening: tuple[str, ...] = ()
    items: tuple[NoticeItem, ...] = ()
    form: tuple[FormRow, ...] = ()
    closing: tuple[str, ...] = ()
    deadline: Deadline | None = None
    basis: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    seal_text: str = ""
    follow_url: str = ""
    follow_text: str = ""
    small_print: tuple[str, ...] = ()
