"""A past report that was read, as a document: its own words under its own headings, nothing added."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from yichuang.reports.rules.composition import closed_up, with_items
from yichuang.reports.rules.document import Document, Part, plain
from yichuang.reports.rules.form import DISTRIBUTION, FormSpec
from yichuang.reports.rules.numbering import PROVINCIAL_CENTRE
from yichuang.reports.rules.reading.forms import form_of
from yichuang.reports.rules.reading.report import ReadReport, Section
from yichuang.reports.rules.wording import closed, copies_text, day_zh, number_line, period_text


def form_code(read: ReadReport) -> str:
    """Which form the printed report follows: 2022, 2023 or other."""
    return form_of([section.heading for section in read.sections]).name


def slug_of(read: ReadReport) -> str:
    """The address of a past report: 2022-29; another centre's carries a mark of its issuer."""
    plain_slug = f"{read.year}-{read.number}"
    if is_own(read):
        return plain_slug
    mark = hashlib.sha256((read.issuer or "").encode()).hexdigest()[:6]
    return f"{plain_slug}-{mark}"


def is_own(read: ReadReport) -> bool:
    """Whether the issue is one of the provincial centre, whose numbers ours continue."""
    return read.issuer == PROVINCIAL_CENTRE


def past_document(read: ReadReport, form: FormSpec) -> Document:
    """The document of a past report: what it does not print stays empty."""
    dated = read.issued_on or read.period.last or date(read.year or 1, 1, 1)
    return Document(
        title=read.title or "",
        number_line=number_line(read.year, read.number, read.total_number),
        issuer=read.issuer or "",
        issued_on_text=day_zh(read.issued_on) if read.issued_on else "",
        heading=read.heading or "",
        period_text=period_text(read.period.first, read.period.last),
        dated=dated,
        order=form.head,
        parts=closed_up([part for section in read.sections for part in _parts(section, read, form)]),
        distribution=tuple(
            (label, whom) for label in DISTRIBUTION for whom in [read.distribution.get(label)] if whom
        ),
        copies_text=copies_text(read.copies),
        small_print="",
    )


def _parts(section: Section, read: ReadReport, form: FormSpec) -> Iterator[Part]:
    head = Part(min(section.level, 4), heading=section.heading)
    if any(row.heading == section.heading for row in read.inspection):
        words = tuple(plain(closed(item)) for item in section.items)
        yield replace(head, paragraphs=words, run_in=True)
    else:
        level = max(form.item_level, head.level + 1)
        yield from with_items(head, _with_rows(section.items), min(level, 4))


def _with_rows(items: Sequence[str]) -> list[tuple[str, ...]]:
    """The items, each with the rows of a table that follow it: a row bears no number of its own."""
    kept: list[tuple[str, ...]] = []
    for item in items:
        if kept and " | " in item:
            kept[-1] = (*kept[-1], item)
        else:
            kept.append((item,))
    return kept
