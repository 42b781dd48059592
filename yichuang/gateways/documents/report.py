"""A report in the form of an official document: plain text, Word and PDF from one sequence of blocks."""

from pathlib import Path

from yichuang.gateways.documents import typesetting, word
from yichuang.gateways.documents.blocks import report_blocks
from yichuang.gateways.documents.model import OfficialReport, clean, text_of


def report_txt(report: OfficialReport) -> str:
    """One line a heading or paragraph, in reading order, closed by a line break."""
    return "".join(f"{block.text}\n" for block in report_blocks(report))


def report_docx(report: OfficialReport) -> bytes:
    """Word file with the official styles (GB/T 9704-2012); the same report gives the same bytes."""
    name, author = clean(report.name), clean(report.issuer)
    return word.docx_bytes(report_blocks(report), name=name, author=author, dated=report.dated)


def report_pdf(report: OfficialReport, fonts: Path) -> bytes:
    """PDF/A-2b in the geometry of GB/T 9704-2012; the same report and typefaces give the same bytes.

    Raises Unavailable where no typeface in `fonts` or on the machine can draw the text.
    """
    data = {
        "name": clean(report.name),
        "author": clean(report.issuer),
        "blocks": [
            {"kind": block.kind.value, "level": block.level, "lead": block.lead, "text": text_of(block.runs)}
            for block in report_blocks(report)
        ],
    }
    return typesetting.pdf("report.typ", data, fonts, report.dated)
