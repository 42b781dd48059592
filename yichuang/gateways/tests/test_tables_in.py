"""Uploaded tables: workbooks of our own and of others, and files that are none."""

import io
import zipfile

import pytest

from yichuang.gateways import tables_in
from yichuang.gateways.tables_in import MOST_ROWS, rows_of
from yichuang.gateways.uploads import MEGABYTE
from yichuang.gateways.workbooks import Sheet, workbook
from yichuang.kernel.errors import Invalid

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINK = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def book(cells: str, strings: str = "", *, target: str = "worksheets/sheet7.xml", rels: str = "") -> bytes:
    """A workbook as another program might write it; its first sheet is not the first file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr(
            "xl/workbook.xml",
            f'<workbook {MAIN} {LINK}><sheets><sheet name="甲" r:id="r2"/><sheet name="乙" r:id="r1"/></sheets></workbook>',
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            rels or f'<R><R1 Id="r1" Target="worksheets/sheet1.xml"/><R1 Id="r2" Target="{target}"/></R>',
        )
        package.writestr("xl/worksheets/sheet1.xml", f"<worksheet {MAIN}/>")
        package.writestr(
            "xl/worksheets/sheet7.xml", f"<worksheet {MAIN}><sheetData>{cells}</sheetData></worksheet>"
        )
        if strings:
            package.writestr("xl/sharedStrings.xml", f"<sst {MAIN}>{strings}</sst>")
    return out.getvalue()


def test_our_own_workbook_comes_back() -> None:
    made = workbook(
        [Sheet("表", "说明", ("姓名", "电话"), [("张示例", "028-00000000"), ("=1+1", 13800000000)])]
    )
    assert rows_of(made, "a.xlsx") == [
        (1, ["说明"]), (2, ["姓名", "电话"]), (3, ["张示例", "028-00000000"]), (4, ["=1+1", "13800000000"]),
    ]  # fmt: skip


def test_cells_of_every_sort_stand_where_they_belong() -> None:
    cells = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>内联</t></is></c></row>'
        '<row r="3"><c r="B3"><v>1.38E+10</v></c><c r="D3"><v>12.50</v></c><c><v>7</v></c><c r="G3" t="str"><v>公式</v></c></row>'
        '<row r="4"><c r="A4"><v></v></c></row><row><c t="s"><v>1</v></c></row>'
    )
    strings = "<si><r><t>分</t></r><r><t>段</t></r><rPh><t>pinyin</t></rPh></si><si><t> '=甲 </t></si>"
    assert rows_of(book(cells, strings), "b.XLSX") == [
        (1, ["分段", "", "内联"]),
        (3, ["", "13800000000", "", "12.5", "7", "", "公式"]),
        (5, ["=甲"]),
    ]


def test_csv_in_both_encodings() -> None:
    for encoding in ("utf-8-sig", "gb18030"):
        assert rows_of("姓名\n张示例\n".encode(encoding), "名单.CSV") == [(1, ["姓名"]), (2, ["张示例"])]


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.csv", "空的"), (b"\n,\n", "a.csv", "没有内容"), (b"PK\x03\x04", "a.csv", "损坏"), (b"abc", "a.txt", "后缀"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "旧版"), (b"abc", "a.xlsx", "内容却是文本"), (b"%PDF-1.4 %%EOF", "a.xlsx", "不是表格"),
        (b"a" * (tables_in.LIMITS.size + 1), "a.csv", "超过"), ("甲\n".encode() * (MOST_ROWS + 2), "a.csv", "5,000 行"),
        (book('<row><c t="s"><v>9</v></c></row>'), "a.xlsx", "损坏"),
        (book('<row><c><v>甲</v></c></row>'), "a.xlsx", "损坏"),
        (book("<row>"), "a.xlsx", "损坏"),
        (book("", target="worksheets/none.xml"), "a.xlsx", "损坏"),
        (book("", rels="<R/>"), "a.xlsx", "损坏"),
        (book("").replace(b"PK\x01\x02", b"PK\x01\x03"), "a.xlsx", "损坏"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_the_reason(data: bytes, name: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        rows_of(data, name)
    assert caught.value.how


def test_a_workbook_that_swells_is_not_unpacked() -> None:
    """Judged by the package's directory, before a byte is unpacked."""
    bomb = book(f"<row><c><v>{'1' * (30 * MEGABYTE)}</v></c></row>")
    with pytest.raises(Invalid, match="展开后超过"):
        rows_of(bomb, "a.xlsx")
