"""DOCX in the form of GB/T 9704-2012 that a typist can go on editing: real styles, real fields, one imprint table.

The styles stand in `templates/styles.xml` and `settings.xml`; fonts are only named (方正小标宋简体, 仿宋_GB2312, 楷体_GB2312, 黑体), as
they lie on the clerks' machines.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.section import Section as PageSection
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from yichuang.gateways.documents.blocks import Block, Kind
from yichuang.gateways.documents.word_figures import add_figure

_TEMPLATES = Path(__file__).parent / "templates"
_FIXED_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_WIDTH = Mm(156)
# Word's grid: 22 lines of 28.95 pt; 28 characters of 16 pt drawn together by 849/4096 pt each.
_GRID = f'<w:docGrid {nsdecls("w")} w:type="linesAndChars" w:linePitch="579" w:charSpace="-849"/>'
_STYLE_OF = {
    Kind.TITLE: "报头",
    Kind.NUMBER: "期号",
    Kind.ISSUER: "居中行",
    Kind.ISSUED_ON: "居中行",
    Kind.HEADING: "Title",
    Kind.PERIOD: "期间",
    Kind.TEXT: "Body Text",
    Kind.DISTRIBUTION: "版记",
    Kind.COPIES: "印数",
    Kind.SMALL_PRINT: "小字",
}
_NOT_OURS = {
    RELATIONSHIP_TYPE.THUMBNAIL,
    RELATIONSHIP_TYPE.CUSTOM_XML,
    "http://schemas.microsoft.com/office/2007/relationships/stylesWithEffects",
}
_IMPRINT = {Kind.DISTRIBUTION, Kind.COPIES, Kind.SMALL_PRINT}
_LEAD_STYLE = {1: "段首黑体", 2: "段首楷体"}
_HEAD = {Kind.TITLE, Kind.NUMBER, Kind.ISSUER, Kind.ISSUED_ON, Kind.PERIOD}


def docx_bytes(
    blocks: Sequence[Block], pictures: Mapping[str, bytes], *, name: str, author: str, dated: date
) -> bytes:
    """The blocks as a Word file; the same blocks give the same bytes. `pictures` are the charts by their captions."""
    document = docx.Document()
    _use_own_styles(document)
    _lay_out_page(document.sections[0])
    _number_pages(document)
    _describe(document, name, author, dated)
    _write_body(document, [block for block in blocks if block.kind not in _IMPRINT], pictures)
    _write_imprint(document, [block for block in blocks if block.kind in _IMPRINT])
    return _packed(document)


def _use_own_styles(document: Document) -> None:
    for part, name in ((document.styles, "styles.xml"), (document.settings, "settings.xml")):
        part.element[:] = list(parse_xml((_TEMPLATES / name).read_bytes()))


def _lay_out_page(page: PageSection) -> None:
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(37), Mm(35)
    page.left_margin, page.right_margin = Mm(28), Mm(26)
    page.header_distance, page.footer_distance = Mm(15), Mm(23)
    for grid in page._sectPr.findall(qn("w:docGrid")):
        page._sectPr.remove(grid)
    page._sectPr.append(parse_xml(_GRID))


def _number_pages(document: Document) -> None:
    """— 4 — with a PAGE field: outside, one character in; right on odd pages, left on even ones."""
    page = document.sections[0]
    for footer, style in ((page.footer, "页码（单页）"), (page.even_page_footer, "页码（双页）")):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.style = document.styles[style]
        paragraph.add_run("— ")
        _add_field(paragraph, "PAGE")
        paragraph.add_run(" —")


def _add_field(paragraph: Paragraph, instruction: str) -> None:
    for content in (
        '<w:fldChar w:fldCharType="begin"/>',
        f'<w:instrText xml:space="preserve"> {instruction} </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        "<w:t>1</w:t>",
        '<w:fldChar w:fldCharType="end"/>',
    ):
        paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}>{content}</w:r>"))


def _describe(document: Document, name: str, author: str, dated: date) -> None:
    about = document.core_properties
    about.title, about.author, about.last_modified_by = name[:255], author[:255], author[:255]
    about.comments, about.language, about.revision = "", "zh-CN", 1
    about.created = about.modified = datetime(dated.year, dated.month, dated.day, tzinfo=UTC)
    package = document.part.package
    # The library's sample file brings a picture of an empty English page and a second set of styles.
    for rels in (package.rels, document.part.rels):
        for key in [key for key, rel in rels.items() if rel.reltype in _NOT_OURS]:
            rels.pop(key)


def _write_body(document: Document, blocks: Sequence[Block], pictures: Mapping[str, bytes]) -> None:
    for paragraph in list(document.paragraphs):
        paragraph._p.getparent().remove(paragraph._p)
    rest = iter(_paired(blocks))
    for first, second in rest:
        if second is not None:
            line = document.add_paragraph(style="发文机关和日期")
            line.add_run(first.text)
            line.add_run("\t")
            line.add_run(second.text)
        elif first.kind is Kind.SECTION:
            document.add_paragraph(first.text, style=f"heading {first.level}")
        elif first.figure is not None:
            add_figure(document, first, pictures.get(first.lead))
        else:
            _fill(document.add_paragraph(style=_STYLE_OF[first.kind]), first)
    _rule_under_head(document, blocks)


def _paired(blocks: Sequence[Block]) -> Iterable[tuple[Block, Block | None]]:
    """The blocks, the issuer together with a date that follows it: they share a line."""
    index = 0
    while index < len(blocks):
        pair = blocks[index : index + 2]
        joined = [block.kind for block in pair] == [Kind.ISSUER, Kind.ISSUED_ON]
        yield blocks[index], pair[1] if joined else None
        index += 2 if joined else 1


def _fill(paragraph: Paragraph, block: Block) -> None:
    if block.lead:
        paragraph.add_run(block.lead, style=_LEAD_STYLE.get(block.level))
    for run in block.runs:
        paragraph.add_run(run.text)


def _rule_under_head(document: Document, blocks: Sequence[Block]) -> None:
    """Where issuer and date do not share a line (which has the rule), the last line of the head gets it."""
    if any(second is not None for _, second in _paired(blocks)):
        return
    head = [index for index, block in enumerate(blocks) if block.kind in _HEAD]
    if head:
        properties = document.paragraphs[head[-1]]._p.get_or_add_pPr()
        rule = f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="12" w:space="6" w:color="C8102E"/></w:pBdr>'
        properties.append(parse_xml(rule))


def _write_imprint(document: Document, blocks: Sequence[Block]) -> None:
    """版记: ruled rows held at the foot of the last page, the small print below its last rule."""
    if not blocks:
        return
    table = document.add_table(rows=0, cols=1)
    _place_at_foot(table)
    ruled = [block for block in blocks if block.kind is not Kind.SMALL_PRINT]
    for block in blocks:
        cell = table.add_row().cells[0]
        cell.width = _WIDTH
        paragraph = cell.paragraphs[0]
        paragraph.style = document.styles[_STYLE_OF[block.kind]]
        _fill(paragraph, block)
        if block in ruled:
            _rule(cell, first=block is ruled[0], last=block is ruled[-1])
    document.add_paragraph(style="版记锚")


def _place_at_foot(table: Table) -> None:
    table.autofit = False
    properties: BaseOxmlElement = table._tbl.tblPr
    for old in [*properties.findall(qn("w:tblStyle")), *properties.findall(qn("w:tblW"))]:
        properties.remove(old)
    width = round(_WIDTH / Pt(1) * 20)
    properties.insert(0, parse_xml(f'<w:tblW {nsdecls("w")} w:w="{width}" w:type="dxa"/>'))
    properties.insert(0, parse_xml(f'<w:tblOverlap {nsdecls("w")} w:val="never"/>'))
    place = (
        f'<w:tblpPr {nsdecls("w")} w:leftFromText="0" w:rightFromText="0" w:topFromText="284" w:bottomFromText="0"'
        ' w:vertAnchor="margin" w:horzAnchor="margin" w:tblpXSpec="center" w:tblpYSpec="bottom"/>'
    )
    properties.insert(0, parse_xml(place))


def _rule(cell: _Cell, *, first: bool, last: bool) -> None:
    """Outer rules 0.35 mm, inner ones 0.25 mm (GB/T 9704-2012 §7.4.1)."""
    top, bottom = (8 if first else 6), (8 if last else 6)
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="{width}" w:space="0" w:color="000000"/>'
        for side, width in (("top", top), ("bottom", bottom))
    )
    cell._tc.get_or_add_tcPr().append(parse_xml(f"<w:tcBorders {nsdecls('w')}>{borders}</w:tcBorders>"))


def _packed(document: Document) -> bytes:
    """The file with fixed times inside, so that its bytes depend on its content only."""
    raw, packed = io.BytesIO(), io.BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            fixed = zipfile.ZipInfo(entry.filename, _FIXED_ZIP_TIME)
            fixed.compress_type, fixed.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(fixed, source.read(entry))
    return packed.getvalue()
