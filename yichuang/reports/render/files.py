"""The weekly report as a file of each form: one text, five settings of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from yichuang.gateways.documents.model import Figure, HeadLine, OfficialReport, Run, Section
from yichuang.gateways.documents.report import report_docx, report_ofd, report_pdf, report_txt
from yichuang.reports.render.figures import figure_of
from yichuang.reports.render.page import report_page
from yichuang.reports.rules.document import Cited, Document


class Format(StrEnum):
    """The forms in which a report leaves the house."""

    HTML = "html"
    TXT = "txt"
    DOCX = "docx"
    PDF = "pdf"
    OFD = "ofd"

    @property
    def media_type(self) -> str:
        """For the Content-Type of an answer."""
        return {
            Format.HTML: "text/html; charset=utf-8",
            Format.TXT: "text/plain; charset=utf-8",
            Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Format.PDF: "application/pdf",
            Format.OFD: "application/ofd",
        }[self]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished file."""

    content: bytes
    media_type: str
    file_name: str


def official(
    document: Document, address: Callable[[Cited], str] = lambda _: "", figures: Sequence[Figure] = ()
) -> OfficialReport:
    """The document of an issue for the renderers. `address` gives where a figure leads for this reader, or nothing.

    The document's own charts stand in it, and further `figures` (`gateways.documents.figures`) that a page adds.
    """
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
        figures=(*(figure_of(chart, address) for chart in document.charts), *figures),
        distribution=document.distribution,
        copies_text=document.copies_text,
        small_print=document.small_print,
    )


def render(report: OfficialReport, form: Format, fonts: Path) -> Rendered:
    """The report in one form, ready to be saved or sent. Raises Unavailable where a PDF lacks a typeface."""
    content = {
        Format.HTML: lambda: report_page(report).encode(),
        Format.TXT: lambda: report_txt(report).encode(),
        Format.DOCX: lambda: report_docx(report, fonts),
        Format.PDF: lambda: report_pdf(report, fonts),
        Format.OFD: lambda: report_ofd(report, fonts),
    }[form]()
    return Rendered(content, form.media_type, f"{report.name.replace(' ', '')}.{form.value}")
