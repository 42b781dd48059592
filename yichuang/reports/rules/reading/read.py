"""Puts the parts together: head, foot, outline, figures, visits, inspection, checks."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from yichuang.reports.rules.numbering import OFFSETS, PROVINCIAL_CENTRE, total_number

from .checks import check_across, check_figures
from .dates import SPAN_IN_TEXT, resolve, span
from .departments import departments_in
from .figures import Found, read_figures
from .foot import Foot, read_foot
from .forms import DUTY_VISITS, INSPECTION, Form, form_of
from .head import Head, read_head, split_head
from .outline import Outline, Part
from .report import Disagreement, Inspection, Period, ReadReport, Section, Unplaced, Visit
from .tables import read_table
from .text import Line, read_lines, refuse_binary
from .visits import read_visits, says_nobody


def read_report(text: str, file: str = "") -> ReadReport:
    """Everything that a printed report says, from its plain text; `file` is only carried along.

    Lines without a place stand in `unplaced`; nothing is guessed. Raises Unreadable where the text is empty,
    binary or far too long, and nothing else whatever the input.
    """
    lines = read_lines(refuse_binary(text))
    split = split_head(lines)
    head, foot = read_head(lines[:split]), read_foot(lines[split:])
    head.issued_on = head.issued_on or foot.issued_on
    head.issuer = head.issuer or foot.issuer
    if head.year is None and head.issued_on is not None:
        head.year = head.issued_on.year
    return _Reading(file, head, foot).report()


class _Reading:
    """One report while its parts are put together."""

    def __init__(self, file: str, head: Head, foot: Foot) -> None:
        self._file = file
        self._head = head
        self._foot = foot
        self._unplaced = [*head.unplaced, *foot.unplaced]
        self._parts = self._place_first_part(Outline(foot.body).parts)
        self._period = self._read_period()

    def _place_first_part(self, parts: list[Part]) -> list[Part]:
        """Text before the first heading belongs to the report if anything shows that this is one."""
        first = parts[0]
        if self._head.recognised:
            first.heading = self._head.heading or ""
        elif len(parts) == 1:
            self._unplaced += [line for item in first.items for line in item.lines]
            first.items = []
        return parts if first.items else parts[1:]

    def _read_period(self) -> Period:
        """The period of the head, else of the first sentences (本周（3月6日—3月12日）)."""
        period = self._head.period()
        if period.last is None and self._head.period_line is not None:
            self._unplaced.append(self._head.period_line)
        if period.last is not None or self._head.printed_period is not None:
            return period
        for part in self._parts[:2]:
            for item in part.items[:2]:
                found = SPAN_IN_TEXT.search(item.text[:60])
                if found and span(found).first[1:] != (1, 1):
                    days = resolve(span(found), self._head.year, self._head.issued_on, self._head.number)
                    return Period(*days) if days else period
        return period

    def report(self) -> ReadReport:
        head = self._head
        form = form_of([part.heading for part in self._parts])
        by_section = [self._figures(part, form) for part in self._parts]
        checked = [each for found in by_section for each in check_figures(found)]
        checked += check_across(by_section)
        visits = tuple(self._visits())
        return ReadReport(
            file=self._file,
            title=head.title,
            heading=head.heading,
            year=head.year,
            number=head.number,
            total_number=head.total,
            issuer=head.issuer,
            issued_on=head.issued_on,
            period=self._period,
            figures=tuple(each.figure for found in by_section for each in found),
            sections=tuple(_section(part) for part in self._parts),
            visits=visits,
            inspection=tuple(_inspection(self._parts)),
            distribution=self._foot.distribution,
            copies=self._foot.copies,
            disagreements=(*_numbering(head), *checked),
            unplaced=tuple(_unplaced(self._unplaced)),
        )

    def _figures(self, part: Part, form: Form) -> list[Found]:
        source = form.source(part.heading)
        if source is None:
            return []
        found: list[Found] = []
        for is_table, items in groupby(part.items, key=lambda item: item.table):
            if is_table:
                rows = [item.lines[0].cells for item in items]
                found.extend(read_table(rows, self._period, self._head.year))
                continue
            for item in items:
                found.extend(read_figures(item.text, self._period, self._head.year, source.type))
        return found

    def _visits(self) -> Iterator[Visit]:
        """The visits under their heading; a paragraph there that names nobody is not placed."""
        for part, trail in _with_trail(self._parts):
            if not any(DUTY_VISITS.search(heading) for heading in (part.heading, *trail)):
                continue
            for item in part.items:
                visits = read_visits(item.text, self._period, self._head.year)
                yield from visits
                if not visits and not says_nobody(item.text):
                    self._unplaced.extend(item.lines)


def _with_trail(parts: Sequence[Part]) -> Iterator[tuple[Part, tuple[str, ...]]]:
    """Every heading with the headings that it stands under."""
    above: list[Part] = []
    for part in parts:
        above = [each for each in above if each.level < part.level]
        yield part, tuple(each.heading for each in above)
        above.append(part)


def _section(part: Part) -> Section:
    items = tuple(item.text for item in part.items)
    return Section(max(part.level, 1), part.heading, items, tuple(departments_in(item) for item in items))


def _inspection(parts: Sequence[Part]) -> Iterator[Inspection]:
    for part, trail in _with_trail(parts):
        if any(INSPECTION.search(heading) for heading in trail):
            result = "".join(item.text for item in part.items)
            yield Inspection(part.heading, result.removesuffix("。"))


def _numbering(head: Head) -> Iterator[Disagreement]:
    """The provincial centre's total number follows from the number; other centres count in their own way."""
    if head.issuer != PROVINCIAL_CENTRE or not head.number or head.total is None:
        return
    if head.year is None or head.year not in OFFSETS:
        return
    computed = total_number(head.year, head.number, OFFSETS)
    if computed != head.total:
        sentence = f"{head.year}年第{head.number}期（总第{head.total}期）"
        yield Disagreement(sentence, Decimal(head.total), Decimal(computed), "总期数与期号不相符")


def _unplaced(lines: Sequence[Line]) -> Iterator[Unplaced]:
    texts = {line.number: line.text for line in lines}
    return (Unplaced(number, texts[number]) for number in sorted(texts))
