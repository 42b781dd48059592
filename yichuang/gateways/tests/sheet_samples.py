"""Workbooks as other programs might write them, sound and hostile."""

import io
import zipfile
from collections.abc import Mapping

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINK = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
STYLES = (
    f'<styleSheet {MAIN}><numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/>'
    '<numFmt numFmtId="171" formatCode="0.00&quot;day&quot;"/><numFmt numFmtId="172" formatCode="[Red]#,##0"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="22"/>'
    '<xf numFmtId="172"/><xf numFmtId="57"/></cellXfs></styleSheet>'
)


def parts(
    rows: str, *, strings: str = "", after: str = "", before: str = "", book: str = "", sheets: str = "", root: str = "worksheet"
) -> dict[str, str]:  # fmt: skip
    """The parts of a workbook whose first visible sheet holds `rows`."""
    listed = sheets or '<sheet name="甲" sheetId="1" r:id="r2"/>'
    prefix = root.rpartition("worksheet")[0]
    space = MAIN.replace("xmlns=", f"xmlns:{prefix[:-1]}=") if prefix else MAIN
    made = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f"<workbook {MAIN} {LINK}>{book}<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": '<R><R1 Id="r1" Target="worksheets/sheet1.xml"/><R1 Id="r2" Target="/xl/worksheets/sheet7.xml"/></R>',
        "xl/worksheets/sheet1.xml": f'<worksheet {MAIN}><sheetData><row><c t="str"><v>藏</v></c></row></sheetData></worksheet>',
        "xl/worksheets/sheet7.xml": f"{before}<{root} {space}><{prefix}sheetData>{rows}</{prefix}sheetData>{after}</{root}>",
        "xl/styles.xml": STYLES,
    }
    return made | ({"xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>"} if strings else {})


def packed(found: Mapping[str, str | bytes], level: int = 6) -> bytes:
    """The package of some parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as package:
        for name, content in found.items():
            package.writestr(name, content)
    return out.getvalue()


def row(*cells: str, number: int | str = "") -> str:
    """A row of text cells."""
    at = f' r="{number}"' if number else ""
    return f"<row{at}>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells) + "</row>"
