"""The running text of a document, block by block.

All outputs are set from this one sequence, so they cannot differ in a word.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from yichuang.gateways.documents.model import (
    Figure,
    HeadLine,
    OfficialNotice,
    OfficialReport,
    Paragraph,
    Run,
    Section,
    clean,
    plain,
)


class Kind(StrEnum):
    """What a block is; the layout of each kind is the renderer's."""

    TITLE = "title"
    NUMBER = "number"
    ISSUER = "issuer"
    ISSUED_ON = "issued_on"
    HEADING = "heading"
    PERIOD = "period"
    SECTION = "section"
    TEXT = "text"
    FIGURE = "figure"
    DISTRIBUTION = "distribution"
    COPIES = "copies"
    SMALL_PRINT = "small_print"


@dataclass(frozen=True, slots=True)
class Block:
    """One line or paragraph, or a figure with its table.

    `lead` is set in the face of its level before the runs (number, run-in heading); of a figure it is the caption.
    """

    kind: Kind
    runs: Paragraph
    level: int = 0
    lead: str = ""
    figure: Figure | None = None

    @property
    def text(self) -> str:
        """The whole text as printed; of a figure its caption and its table, a line a row, tabs between cells."""
        said = self.lead + "".join(run.text for run in self.runs)
        rows = (self.figure.head, *self.figure.rows) if self.figure else ()
        return "\n".join((said, *("\t".join(row) for row in rows)))


def report_blocks(report: OfficialReport) -> tuple[Block, ...]:
    """The report from its head to its small print; empty lines are left out."""
    return tuple(block for block in _all_blocks(report) if block.text)


def _all_blocks(report: OfficialReport) -> Iterator[Block]:
    for line in report.order:
        yield _line(Kind(line.value), report.head(HeadLine(line)))
    yield from _figure_blocks(report, 0)
    for count, section in enumerate(report.sections, start=1):
        yield from _section_blocks(section)
        yield from _figure_blocks(report, count)
    for label, whom in report.distribution:
        if whom.strip():
            yield _line(Kind.DISTRIBUTION, f"{label}：{closed(whom)}")
    yield _line(Kind.COPIES, report.copies_text)
    yield _line(Kind.SMALL_PRINT, report.small_print)


def _figure_blocks(report: OfficialReport, after: int) -> Iterator[Block]:
    """The figures behind so many sections; those for a place behind the last stand behind the last."""
    last = len(report.sections)
    for number, figure in enumerate(report.figures, start=1):
        if min(figure.after, last) == after:
            yield Block(
                Kind.FIGURE, (), 0, f"图{number}　{clean(figure.title).strip()}", _cleaned_figure(figure)
            )


def _cleaned_figure(figure: Figure) -> Figure:
    head = tuple(clean(cell).strip() for cell in figure.head)
    rows = tuple(tuple(clean(cell).strip() for cell in row) for row in figure.rows)
    return replace(figure, alt=clean(figure.alt).strip(), head=head, rows=rows)


def _line(kind: Kind, text: str) -> Block:
    return Block(kind, plain(clean(text).strip()))


def closed(sentence: str) -> str:
    """The sentence with one full stop at its end."""
    return clean(sentence).strip().rstrip("。") + "。"


def _section_blocks(section: Section) -> Iterator[Block]:
    number, heading = clean(section.number_text).strip(), clean(section.heading).strip()
    lead = number
    if heading and section.run_in:
        lead = number + closed(heading)
    elif heading:
        yield Block(Kind.SECTION, (), section.level, number + heading)
        lead = ""
    for index, paragraph in enumerate(section.paragraphs):
        opens = lead if index == 0 else ""
        yield Block(Kind.TEXT, _cleaned(paragraph), section.level if opens else 0, opens)


def _cleaned(paragraph: Iterable[Run]) -> Paragraph:
    """The runs without empty ones, without spaces at the paragraph's ends (the layout indents)."""
    runs = [Run(clean(run.text), run.measure, run.href) for run in paragraph]
    runs = [run for run in runs if run.text]
    if runs:
        runs[0] = Run(runs[0].text.lstrip(), runs[0].measure, runs[0].href)
        runs[-1] = Run(runs[-1].text.rstrip(), runs[-1].measure, runs[-1].href)
    return tuple(run for run in runs if run.text)


def notice_lines(notice: OfficialNotice) -> tuple[str, ...]:
    """The words of a notice in reading order, one line each."""
    return tuple(line for line in (clean(text).strip() for text in _notice_texts(notice)) if line)


def _notice_texts(notice: OfficialNotice) -> Iterator[str]:
    yield from (notice.issuer, notice.title, notice.number_text)
    yield f"{notice.addressee}：" if notice.addressee else ""
    yield from notice.opening
    for number, item in enumerate(notice.items, start=1):
        yield f"{number}. {item.name}：{item.fault}（{item.requirement}）"
    for row in notice.form:
        yield f"{row.label}：{row.value}{' '.join(f'□{option}' for option in row.options)}"
    yield from notice.closing
    if notice.deadline:
        yield f"{notice.deadline.label}：{notice.deadline.day_text}"
        yield from notice.deadline.how
    yield from (*notice.basis, *notice.remedies, *notice.contact)
    yield from (
        notice.issuer,
        notice.issued_on_text,
        notice.follow_text,
        notice.follow_url,
        *notice.small_print,
    )
