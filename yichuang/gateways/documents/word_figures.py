"""A figure in a Word file: the picture, its caption, the table of its numbers, all by styles."""

import io

from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm

from yichuang.gateways.documents.blocks import Block

_PICTURE_WIDTH = Mm(140)


def add_figure(document: Document, block: Block, picture: bytes | None) -> None:
    """Put the figure of a block at the end of the document; without a picture its table stands alone."""
    assert block.figure is not None
    if picture is not None:
        run = document.add_paragraph(style="图").add_run()
        about = run.add_picture(io.BytesIO(picture), width=_PICTURE_WIDTH)._inline.docPr
        about.set("descr", block.figure.alt)
        about.set("title", block.lead)
    document.add_paragraph(block.lead, style="caption")
    table = document.add_table(rows=0, cols=len(block.figure.head), style="图表数据")
    for row in (block.figure.head, *block.figure.rows):
        for place, (cell, text) in enumerate(zip(table.add_row().cells, row, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.style = document.styles["表中数字" if place else "表中文字"]
            paragraph.add_run(text)
    if block.figure.head:
        # The headings come again where the table goes over to another page.
        first = table.rows[0]._tr.get_or_add_trPr()
        first.append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
