"""DOCX in the form of GB/T 9704-2012 that a typist can go on editing: real styles, real fields, one imprint table.

The styles stand in `templates/styles.xml` and `settings.xml`; fonts are only named (方正小标宋简体, 仿宋_GB2312, 楷体_GB2312, 黑体), as
they lie on the clerks' machines. The document is written as text: a library that holds it as a tree takes twenty times as long.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from yichuang.gateways.documents.blocks import Block, Kind
from yichuang.gateways.documents.word_figures import SPACES, figure
from yichuang.gateways.documents.word_package import (
    EVEN_FOOTER,
    FIRST,
    MAIN,
    ODD_FOOTER,
    RELATIONS,
    packed,
)
from yichuang.gateways.documents.word_words import paragraph, run

# Twentieths of a point: A4; margins of 37 (top), 26, 35 and 28 mm; the footer at 23 mm, 7 mm below the text.
# Word's grid: 22 lines of 28.95 pt; 28 characters of 16 pt drawn together by 849/4096 pt each.
_PAGE = (
    f'<w:sectPr><w:footerReference w:type="default" r:id="{ODD_FOOTER}"/><w:footerReference w:type="even" r:id="{EVEN_FOOTER}"/>'
    '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1587" w:header="850"'
    ' w:footer="1304" w:gutter="0"/><w:cols w:space="720"/>'
    '<w:docGrid w:type="linesAndChars" w:linePitch="579" w:charSpace="-849"/></w:sectPr>'
)
# 156 mm.
_WIDTH = 8844
_STYLE_OF = {
    Kind.TITLE: "Masthead",
    Kind.NUMBER: "IssueNumber",
    Kind.ISSUER: "CentredLine",
    Kind.ISSUED_ON: "CentredLine",
    Kind.HEADING: "Title",
    Kind.PERIOD: "Period",
    Kind.TEXT: "BodyText",
    Kind.DISTRIBUTION: "Imprint",
    Kind.COPIES: "Copies",
    Kind.SMALL_PRINT: "SmallPrint",
}
_IMPRINT = {Kind.DISTRIBUTION, Kind.COPIES, Kind.SMALL_PRINT}
_LEAD_STYLE = {1: "Lead1", 2: "Lead2"}
_HEAD = {Kind.TITLE, Kind.NUMBER, Kind.ISSUER, Kind.ISSUED_ON, Kind.PERIOD}
# As in the style of the line of issuer and date.
_RED_RULE = '<w:pBdr><w:bottom w:val="single" w:sz="12" w:space="6" w:color="C8102E"/></w:pBdr>'
_FIRST_PICTURE = 5


def docx_bytes(
    blocks: Sequence[Block], pictures: Mapping[str, bytes], *, name: str, author: str, dated: date
) -> bytes:
    """The blocks as a Word file; the same blocks give the same bytes. `pictures` are the charts (PNG) by their captions."""
    ids = {lead: f"rId{at}" for at, lead in enumerate(pictures, start=_FIRST_PICTURE)}
    body = "".join(_body([block for block in blocks if block.kind not in _IMPRINT], pictures, ids))
    imprint = "".join(_imprint([block for block in blocks if block.kind in _IMPRINT]))
    document = (
        f'{FIRST}<w:document xmlns:w="{MAIN}" xmlns:r="{RELATIONS}" {SPACES}>'
        f"<w:body>{body}{imprint}{_PAGE}</w:body></w:document>"
    )
    media = {ids[lead]: png for lead, png in pictures.items()}
    return packed(document, media, name=name, author=author, dated=dated)


def _body(blocks: Sequence[Block], pictures: Mapping[str, bytes], ids: Mapping[str, str]) -> Iterator[str]:
    pairs = list(_paired(blocks))
    ruled = _last_of_head(pairs)
    drawn = 0
    for at, (first, second) in enumerate(pairs):
        if second is not None:
            yield paragraph("Imprimatur", run(first.text) + "<w:r><w:tab/></w:r>" + run(second.text))
        elif first.kind is Kind.SECTION:
            yield paragraph(f"Heading{first.level}", run(first.text))
        elif first.figure is not None:
            drawn += 1
            yield from figure(first, drawn, ids.get(first.lead, ""), pictures.get(first.lead, b""))
        else:
            yield paragraph(_STYLE_OF[first.kind], _runs(first), _RED_RULE if at == ruled else "")


def _paired(blocks: Sequence[Block]) -> Iterable[tuple[Block, Block | None]]:
    """The blocks, the issuer together with a date that follows it: they share a line."""
    index = 0
    while index < len(blocks):
        pair = blocks[index : index + 2]
        joined = [block.kind for block in pair] == [Kind.ISSUER, Kind.ISSUED_ON]
        yield blocks[index], pair[1] if joined else None
        index += 2 if joined else 1


def _last_of_head(pairs: Sequence[tuple[Block, Block | None]]) -> int | None:
    """Where issuer and date do not share a line (which has the rule), the last line of the head gets it."""
    if any(second is not None for _, second in pairs):
        return None
    head = [at for at, (block, _) in enumerate(pairs) if block.kind in _HEAD]
    return head[-1] if head else None


def _runs(block: Block) -> str:
    lead = run(block.lead, _LEAD_STYLE.get(block.level, "")) if block.lead else ""
    return lead + "".join(run(each.text) for each in block.runs)


def _imprint(blocks: Sequence[Block]) -> Iterator[str]:
    """版记: ruled rows held at the foot of the last page, the small print below its last rule."""
    if not blocks:
        return
    yield (
        '<w:tbl><w:tblPr><w:tblpPr w:leftFromText="0" w:rightFromText="0" w:topFromText="284" w:bottomFromText="0"'
        ' w:vertAnchor="margin" w:horzAnchor="margin" w:tblpXSpec="center" w:tblpYSpec="bottom"/>'
        f'<w:tblOverlap w:val="never"/><w:tblW w:w="{_WIDTH}" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{_WIDTH}"/></w:tblGrid>'
    )
    ruled = [block for block in blocks if block.kind is not Kind.SMALL_PRINT]
    for block in blocks:
        rules = _rules(first=block is ruled[0], last=block is ruled[-1]) if block in ruled else ""
        yield (
            f'<w:tr><w:tc><w:tcPr><w:tcW w:w="{_WIDTH}" w:type="dxa"/>{rules}</w:tcPr>'
            f"{paragraph(_STYLE_OF[block.kind], _runs(block))}</w:tc></w:tr>"
        )
    yield "</w:tbl>" + paragraph("TableEnd", "")


def _rules(*, first: bool, last: bool) -> str:
    """Outer rules 0.35 mm, inner ones 0.25 mm (GB/T 9704-2012 §7.4.1)."""
    top, bottom = (8 if first else 6), (8 if last else 6)
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="{width}" w:space="0" w:color="000000"/>'
        for side, width in (("top", top), ("bottom", bottom))
    )
    return f"<w:tcBorders>{borders}</w:tcBorders>"
