"""The parts of a workbook that are the same for every table: frame, styles, head and end of a sheet."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import quoteattr

from yichuang.gateways.sheets_in.model import column_name

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_FIRST = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FORBIDDEN = str.maketrans(dict.fromkeys([*"[]:*?/\\'\"<>&", *map(chr, range(32))], " "))
# The styles by their place in the part below.
AS_TEXT, HEAD, AS_DAY, MARKED = 1, 2, 3, 4
STYLES = (
    f'{_FIRST}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="宋体"/></font><font><b/><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFFFC7CE"/><bgColor indexed="64"/></patternFill></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFill="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def sheet_name(name: str) -> str:
    """A name that a sheet may have: 31 signs, none of those that stand for something in a formula."""
    return name.translate(_FORBIDDEN).strip()[:31] or "数据"


def sheet_head(widths: Sequence[int], *, frozen: bool) -> str:
    """The start of a sheet: widths of the columns, the header kept in sight."""
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if frozen else ""
    columns = "".join(
        f'<col min="{place}" max="{place}" width="{width}" style="{AS_TEXT}" customWidth="1"/>'
        for place, width in enumerate(widths, start=1)
    )
    return (
        f'{_FIRST}<worksheet xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">'
        f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f"{f'<cols>{columns}</cols>' if columns else ''}<sheetData>"
    )


def sheet_end(columns: int, line: int, *, noted: bool) -> str:
    """The end of a sheet: a filter over the table, and where its comments are drawn."""
    table = f'<autoFilter ref="A1:{column_name(columns - 1)}{line}"/>' if columns and line > 1 else ""
    drawing = '<legacyDrawing r:id="rId1"/>' if noted else ""
    return f"</sheetData>{table}{drawing}</worksheet>"


def frame(sheets: Sequence[tuple[str, bool]]) -> Iterator[tuple[str, str]]:
    """The parts around the sheets (name, whether it has comments): path and text of each."""
    yield "xl/styles.xml", STYLES
    yield "xl/workbook.xml", _workbook(sheets)
    yield (
        "xl/_rels/workbook.xml.rels",
        _relations(
            [
                (f"rId{number}", f"{_DOCUMENT}/worksheet", f"worksheets/sheet{number}.xml")
                for number, _ in enumerate(sheets, 1)
            ]
            + [("rIdS", f"{_DOCUMENT}/styles", "styles.xml")]
        ),
    )
    yield "_rels/.rels", _relations([("rId1", f"{_DOCUMENT}/officeDocument", "xl/workbook.xml")])
    yield "[Content_Types].xml", _types(sheets)
    for number, (_, noted) in enumerate(sheets, 1):
        if noted:
            yield f"xl/worksheets/_rels/sheet{number}.xml.rels", _relations([
                ("rId1", f"{_DOCUMENT}/vmlDrawing", f"../drawings/vmlDrawing{number}.vml"),
                ("rId2", f"{_DOCUMENT}/comments", f"../comments{number}.xml"),
            ])  # fmt: skip


def _workbook(sheets: Sequence[tuple[str, bool]]) -> str:
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, (name, _) in enumerate(sheets, 1)
    )
    return f'{_FIRST}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{listed}</sheets></workbook>'


def _relations(targets: Sequence[tuple[str, str, str]]) -> str:
    listed = "".join(f'<Relationship Id="{key}" Type="{kind}" Target="{to}"/>' for key, kind, to in targets)
    return f'{_FIRST}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _types(sheets: Sequence[tuple[str, bool]]) -> str:
    named = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    for number, (_, noted) in enumerate(sheets, 1):
        named.append((f"/xl/worksheets/sheet{number}.xml", "worksheet"))
        if noted:
            named.append((f"/xl/comments{number}.xml", "comments"))
    listed = "".join(
        f'<Override PartName="{part}" ContentType="{_TYPE}.{kind}+xml"/>' for part, kind in named
    )
    return (
        f'{_FIRST}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>{listed}</Types>'
    )
