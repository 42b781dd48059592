"""The weekly report as web page, plain text, Word and PDF: one text, four settings of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape
from pathlib import Path

from yichuang.gateways.documents.blocks import Block, Kind, report_blocks
from yichuang.gateways.documents.model import HeadLine, OfficialReport, Run, Section
from yichuang.gateways.documents.report import report_docx, report_pdf, report_txt
from yichuang.gateways.documents.typesetting import TEMPLATES
from yichuang.reports.rules.document import Cited, Document

__all__ = [
    "Format",
    "Rendered",
    "official",
    "render",
    "report_docx",
    "report_html",
    "report_pdf",
    "report_txt",
]

_STYLE = TEMPLATES / "report.css"
_FOOT = (Kind.DISTRIBUTION, Kind.COPIES, Kind.SMALL_PRINT)


class Format(StrEnum):
    """The forms in which a report leaves the house."""

    HTML = "html"
    TXT = "txt"
    DOCX = "docx"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """For the Content-Type of an answer."""
        return {
            Format.HTML: "text/html; charset=utf-8",
            Format.TXT: "text/plain; charset=utf-8",
            Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Format.PDF: "application/pdf",
        }[self]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished file."""

    content: bytes
    media_type: str
    file_name: str


def official(document: Document, address: Callable[[Cited], str] = lambda _: "") -> OfficialReport:
    """The document of an issue for the renderers. `address` gives where a figure leads for this reader, or nothing."""
    addresses = {figure.code: address(figure) for figure in document.figures}
    return OfficialReport(
        title=document.title,
        number_line=document.number_line,
        issuer=document.issuer,
        issued_on_text=document.issued_on_text,
        heading=document.heading,
        period_text=document.period_text,
        dated=document.dated,
        order=tuple(HeadLine(line) for line in document.order),
        sections=tuple(
            Section(
                part.level,
                part.number,
                part.heading,
                tuple(
                    tuple(Run(run.text, run.figure, addresses.get(run.figure, "")) for run in words)
                    for words in part.paragraphs
                ),
                part.run_in,
            )
            for part in document.parts
        ),
        distribution=document.distribution,
        copies_text=document.copies_text,
        small_print=document.small_print,
    )


def render(report: OfficialReport, form: Format, fonts: Path) -> Rendered:
    """The report in one form, ready to be saved or sent. Raises Unavailable where a PDF lacks a typeface."""
    content = {
        Format.HTML: lambda: _page(report).encode(),
        Format.TXT: lambda: report_txt(report).encode(),
        Format.DOCX: lambda: report_docx(report),
        Format.PDF: lambda: report_pdf(report, fonts),
    }[form]()
    return Rendered(content, form.media_type, f"{report.name.replace(' ', '')}.{form.value}")


def report_html(report: OfficialReport, *, top_level: int = 1, linked: bool = True) -> str:
    """A fragment for a page: `<article class="official-report">`, headings from `h{top_level}` down without gaps.

    Every figure is a `<span class="figure" data-figure="…">`, linked where the run has an address. No inline style.
    A copy that leaves the site is not `linked`: its addresses would lead nowhere.
    """
    blocks = [block if linked else _unlinked(block) for block in report_blocks(report)]
    body = [block for block in blocks if block.kind not in _FOOT]
    foot = [block for block in blocks if block.kind in _FOOT]
    lines = ['<article class="official-report">', *_html_blocks(body, top_level)]
    if foot:
        lines += ['<footer class="report-imprint">', *_html_blocks(foot, top_level), "</footer>"]
    return "\n".join([*lines, "</article>"]) + "\n"


def _page(report: OfficialReport) -> str:
    """The fragment as a file that stands alone."""
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.name)}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n{report_html(report, linked=False)}</body>\n</html>\n"
    )


def _unlinked(block: Block) -> Block:
    return replace(block, runs=tuple(replace(run, href="") for run in block.runs))


def _html_blocks(blocks: list[Block], top_level: int) -> Iterator[str]:
    depth = top_level
    deepest = top_level - 1
    for block in blocks:
        if block.kind in (Kind.TITLE, Kind.HEADING):
            depth = min(deepest + 1, 6)
            deepest = depth
            yield _element(f"h{depth}", block)
        elif block.kind is Kind.SECTION:
            yield _element(f"h{min(depth + block.level, 6)}", block)
        else:
            yield _element("p", block)


def _element(tag: str, block: Block) -> str:
    lead = escape(block.lead)
    if block.kind is Kind.TEXT and lead:
        lead = f'<span class="report-lead report-lead-{block.level}">{lead}</span>'
    words = lead + "".join(_html_run(run) for run in block.runs)
    names = [f"report-{block.kind.value.replace('_', '-')}"]
    if block.kind is Kind.SECTION:
        names.append(f"report-section-{block.level}")
    return f'<{tag} class="{" ".join(names)}">{words}</{tag}>'


def _html_run(run: Run) -> str:
    text = escape(run.text)
    if run.href:
        text = f'<a href="{escape(run.href)}">{text}</a>'
    return f'<span class="figure" data-figure="{escape(run.measure)}">{text}</span>' if run.measure else text
