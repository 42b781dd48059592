"""A figure in a Word file: the picture, its caption, the table of its numbers, all by styles."""

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from yichuang.gateways.documents.blocks import Block
from yichuang.gateways.documents.model import Figure
from yichuang.gateways.documents.word_words import paragraph, run

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
SPACES = (
    f'xmlns:wp="{_DRAWING}/wordprocessingDrawing" xmlns:a="{_DRAWING}/main" xmlns:pic="{_DRAWING}/picture"'
)
# 140 mm in the format's unit of length, 36,000 to the millimetre.
_ACROSS = 140 * 36_000
# 156 mm in twentieths of a point: what the table's columns share.
_WIDTH = 8844
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def figure(block: Block, number: int, picture_id: str, png: bytes) -> Iterator[str]:
    """The figure of a block, the `number`-th of the document; without a picture its table stands alone.

    Raises ValueError where the picture is no PNG.
    """
    assert block.figure is not None
    if png:
        yield paragraph("Picture", f"<w:r>{_picture(block, number, picture_id, png)}</w:r>")
    yield paragraph("Caption", run(block.lead))
    yield from _table(block.figure)


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises ValueError where it is no PNG."""
    if png[:8] != _SIGNATURE or png[12:16] != b"IHDR":
        raise ValueError("a picture of a document is a PNG")
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def _picture(block: Block, number: int, picture_id: str, png: bytes) -> str:
    assert block.figure is not None
    width, height = size_of(png)
    down = (_ACROSS * height + width // 2) // width
    extent = f'cx="{_ACROSS}" cy="{down}"'
    about = f"descr={quoteattr(block.figure.alt)} title={quoteattr(block.lead)}"
    return (
        f'<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {extent}/>'
        f'<wp:docPr id="{number}" name="Picture {number}" {about}/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
        f'<a:graphic><a:graphicData uri="{_DRAWING}/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="{number}" name="image{number}.png"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{picture_id}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>'
        "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>"
    )


def _table(figure: Figure) -> Iterator[str]:
    """The numbers; the headings come again where the table goes over to another page."""
    if not figure.head:
        return
    width = _WIDTH // len(figure.head)
    grid = f'<w:gridCol w:w="{width}"/>' * len(figure.head)
    yield (
        '<w:tbl><w:tblPr><w:tblStyle w:val="FigureTable"/><w:tblW w:w="0" w:type="auto"/>'
        '<w:tblLook w:val="04A0" w:firstRow="1" w:lastRow="0" w:firstColumn="1" w:lastColumn="0" w:noHBand="0" w:noVBand="1"/>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
    )
    for at, row in enumerate((figure.head, *figure.rows)):
        again = "" if at else "<w:trPr><w:tblHeader/></w:trPr>"
        cells = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
            f"{paragraph('TableNumber' if place else 'TableText', run(text))}</w:tc>"
            for place, text in enumerate(row)
        )
        yield f"<w:tr>{again}{cells}</w:tr>"
    yield "</w:tbl>"
