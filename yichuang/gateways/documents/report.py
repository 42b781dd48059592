"""A report in the form of an official document: plain text, Word, PDF and OFD from one sequence of blocks."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from yichuang.gateways import charts
from yichuang.gateways.documents import ofd, typesetting, word
from yichuang.gateways.documents.blocks import Block, report_blocks
from yichuang.gateways.documents.model import OfficialReport, clean, text_of

PRINT_SCALE = 4


def report_txt(report: OfficialReport) -> str:
    """One line a heading or paragraph, in reading order, closed by a line break."""
    return "".join(f"{block.text}\n" for block in report_blocks(report))


def report_docx(report: OfficialReport, fonts: Path | None = None) -> bytes:
    """Word file with the official styles (GB/T 9704-2012); the same report gives the same bytes.

    `fonts` are for its charts only; without them the tables stand alone. Raises Unavailable where there are charts
    and no typeface for their words.
    """
    name, author = clean(report.name), clean(report.issuer)
    blocks = report_blocks(report)
    pictures = {
        block.lead: _picture(block, fonts) for block in blocks if fonts and block.figure and block.figure.spec
    }
    return word.docx_bytes(blocks, pictures, name=name, author=author, dated=report.dated)


def report_pdf(report: OfficialReport, fonts: Path) -> bytes:
    """PDF/A-2b in the geometry of GB/T 9704-2012; the same report and typefaces give the same bytes.

    Raises Unavailable where no typeface in `fonts` or on the machine can draw the text.
    """
    pictures: dict[str, bytes] = {}
    data = {
        "name": clean(report.name),
        "author": clean(report.issuer),
        "blocks": [_block_data(block, fonts, pictures) for block in report_blocks(report)],
    }
    return typesetting.pdf("report.typ", data, fonts, report.dated, pictures)


def report_ofd(report: OfficialReport, fonts: Path) -> bytes:
    """OFD (GB/T 33190-2016), page for page the PDF; the same report and typefaces give the same bytes.

    Raises Unavailable as `report_pdf` does.
    """
    about = ofd.About(clean(report.name), clean(report.issuer), report.dated)
    pictures = [
        _picture(block, fonts) for block in report_blocks(report) if block.figure and block.figure.spec
    ]
    return ofd.ofd_bytes(report_pdf(report, fonts), about, pictures)


def _block_data(block: Block, fonts: Path, pictures: dict[str, bytes]) -> dict[str, Any]:
    """What the template is told of a block; its picture is put to the others."""
    data: dict[str, Any] = {
        "kind": block.kind.value, "level": block.level, "lead": block.lead, "text": text_of(block.runs),
    }  # fmt: skip
    if block.figure:
        data |= {"head": block.figure.head, "rows": block.figure.rows, "alt": block.figure.alt}
        data["picture"] = ""
        if block.figure.spec:
            picture = _picture(block, fonts)
            data["picture"] = typesetting.named(picture)
            pictures[data["picture"]] = picture
    return data


def _picture(block: Block, fonts: Path) -> bytes:
    """The chart in print quality: over 300 dots an inch on the width of the type area."""
    assert block.figure is not None
    return _drawn(json.dumps(block.figure.spec, ensure_ascii=False, sort_keys=True), fonts)


@lru_cache(maxsize=16)
def _drawn(spec: str, fonts: Path) -> bytes:
    """Drawing takes longer than setting the page, and every form of an issue wants the same picture."""
    return charts.png(json.loads(spec), fonts, scale=PRINT_SCALE)
