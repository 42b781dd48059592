"""The reader of tables: what a file holds and what is wrong with it, each fault by its own name, in constant memory."""

import csv
import io
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.gateways.sheets_in import (
    CellFault,
    FaultKind,
    Limits,
    Row,
    Sheet,
    book,
    cells,
    column_name,
    open_sheet,
    strings,
    text,
)
from yichuang.gateways.sheets_in import package as packages
from yichuang.gateways.sheets_in.book import is_date
from yichuang.gateways.tests.sheet_samples import LINK, MAIN, packed, parts, row
from yichuang.kernel.csv_in import plain
from yichuang.kernel.errors import Invalid

# What people here type: characters of which no run of bytes is valid in the other encoding by chance.
CELL = st.text(st.sampled_from("张李四川省示例电台广播电视 0123456789abc,；\"'=+-#\n（）。"), max_size=6)
SMALL = Limits(rows=5, columns=4, merged=2, strings=30_000, line=100_000)
HEAD = row("姓名", "编号", "数量", number=1)


def opened(content: bytes, name: str = "名单.xlsx", limits: Limits = SMALL) -> Sheet:
    return open_sheet(io.BytesIO(content), name=name, limits=limits)


def rows_of(content: bytes, name: str = "名单.csv", limits: Limits = SMALL, **given: Any) -> list[Row]:
    with opened(content, name, limits) as sheet:
        return [Row(one.number, one.cells, list(one.faults)) for one in sheet.rows(**given)]


def refused(content: bytes, name: str, words: str, limits: Limits = SMALL) -> Invalid:
    with pytest.raises(Invalid, match=words) as caught:
        rows_of(content, name, limits)
    assert caught.value.how
    return caught.value


class TestText:
    """CSV."""

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    @pytest.mark.parametrize("delimiter", [",", "\t", "；", ";"])
    def test_encodings_and_delimiters(self, encoding: str, delimiter: str) -> None:
        words = f'姓名{delimiter}"住址{delimiter}门牌"{delimiter}备注\n张示例{delimiter}"一行\n又一行"{delimiter}\n\n {delimiter}{delimiter}\n李示例\n'
        with opened(words.encode(encoding), "名单.CSV") as sheet:
            assert (sheet.kind, sheet.header) == ("csv", ["姓名", f"住址{delimiter}门牌", "备注"])
            assert list(sheet.rows()) == [Row(2, ["张示例", "一行\n又一行", ""]), Row(5, ["李示例", "", ""])]
            assert len(list(sheet.rows())) == 2, "again from the start"

    def test_a_file_by_its_path_is_closed_and_one_that_is_given_is_not(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("甲\n1\n", encoding="utf-8")
        with open_sheet(path, name="a.csv") as sheet:
            assert [one.cells for one in sheet.rows()] == [["1"]]
        assert sheet._file.closed
        given_file = io.BytesIO("甲\n1\n".encode())
        with open_sheet(given_file, name="a.csv") as sheet:
            next(sheet.rows())
        assert not given_file.closed

    def test_faults_by_the_cell(self) -> None:
        words = "姓名,编号,数量\n#N/A,5.101E+17,乱\ufffd码,,多\n'=甲,51010,1.5E+3\n"
        assert rows_of(words.encode(), limits=replace(SMALL, columns=9), identifiers={1}) == [
            Row(2, ["#N/A", "5.101E+17", "乱\ufffd码"], [
                CellFault(0, FaultKind.ERROR), CellFault(2, FaultKind.GARBLED), CellFault(1, FaultKind.DIGITS),
                CellFault(4, FaultKind.EXTRA),
            ]),
            Row(3, ["=甲", "51010", "1.5E+3"], []),
        ]  # fmt: skip
        assert all(CellFault(0, kind).message.endswith("。") for kind in FaultKind)

    def test_where_an_encoding_breaks(self) -> None:
        sound = "编号,姓名\n" + "1,示例示例示例\n" * 3
        mixed = sound.encode() + "2,示例\n".encode("gb18030")
        found = refused(mixed, "a.csv", "第 5 行")
        # The two bytes of 示 happen to be a sign of UTF-8; those of 例 are not.
        assert f"第 {len(sound.encode()) + 5:,} 个字节" in found.message
        assert "UTF-8" in found.message
        # The first row that is UTF-8 in a file of GB18030 is named, where a decoder would see other characters and no fault.
        other = "编号,姓名\n".encode("gb18030") + "1,示例示例\n".encode() + "2,示例\n".encode("gb18030")
        found = refused(other, "a.csv", "GB18030")
        assert "第 2 行" in found.message
        assert "GB18030" in refused("姓名\n示".encode("gb18030") + b"\xff\n", "a.csv", "第 2 行").message
        assert "UTF-8" in refused(b"\xef\xbb\xbfa\n\xc0\xaf\n", "a.csv", "第 2 行").message, (
            "a mark is a promise"
        )
        big = "编号,姓名\n".encode() + "1,示例示例示例示例\n".encode() * 60_000
        assert "第 60,002 行".replace(",", "") in refused(big + b"\xff", "a.csv", "字节").message

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "空的"), (b"\n , \n", "没有内容"), ("姓名\n".encode("utf-16"), "UTF-16"), (b"a\nb\x00\n", "第 2 行有二进制"),
            (b'a\n"x\n' + b"y\n" * 5, "没有成对的引号"), (b'a\n"x"y\n', "第 2 行不是有效"), (b"x" * 3_000_000, "过长"),
            (b"a,b,c,d,e\n", "4 列"), (b"a\n" + b"1\n" * 6, "5 行"), (b"a,,c\n", "B 列没有列名"), (b"a,b,a\n", "两列都叫"),
            (b"<html><table>", "网页表格"), (b"%PDF-1.4", "不是表格"),
            (b'a\n"' + b"x" * 140_000, "引号"),
        ],
    )  # fmt: skip
    def test_what_is_refused(self, content: bytes, words: str) -> None:
        refused(content, "a.csv", words)

    @given(
        st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=4),
        st.sampled_from(["utf-8-sig", "gb18030"]),
    )
    @settings(max_examples=60)
    def test_what_a_spreadsheet_writes_comes_back(self, cells: list[list[str]], encoding: str) -> None:
        out = io.StringIO()
        csv.writer(out).writerows([["姓名示例", "住址示例"], *cells])
        found = [one.cells for one in rows_of(out.getvalue().encode(encoding), limits=replace(SMALL, rows=9))]
        assert found == [[plain(cell) for cell in one] for one in cells if any(map(str.strip, one))]


class TestWorkbook:
    """XLSX."""

    def test_cells_of_every_sort(self) -> None:
        data = (
            '<row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3"><v>510101199001011237</v></c><c r="C3"><v>1.38E+10</v></c></row>'
            '<row r="4"><c r="A4" t="inlineStr"><is><r><t>分</t></r>\n<r><t>段</t></r><rPh><t>fd</t></rPh></is></c><c r="B4"><v>51</v></c><c r="C4"><v>0.30000000000000004</v></c></row>'
            '<row r="5"><c r="A5" s="1"><v>44681</v></c><c r="B5" t="str"><f>A1</f><v>51</v></c><c r="C5" t="e"><v>#N/A</v></c></row>'
            '<row r="6" hidden="1"><c r="A6" t="b"><v>1</v></c><c r="C6" s="4"><v>44681.5</v></c></row>'
            '<row><c/><c t="s"/><c><v></v></c></row>'
            '<row r="9"><c r="A9"><f>B9</f></c><c t="str"><v> \'=x </v></c></row>'
        )
        content = packed(parts(HEAD + data, strings="<si><t>共享</t><rPh><t>x</t></rPh></si>"))
        assert rows_of(content, "a.xlsx", identifiers={1}) == [
            Row(3, ["共享", "510101199001011237", "13800000000"], [CellFault(1, FaultKind.DIGITS)]),
            Row(4, ["分段", "51", "0.3"], [CellFault(1, FaultKind.NUMBER)]),
            Row(5, ["2022-04-30", "51", "#N/A"], [CellFault(1, FaultKind.FORMULA), CellFault(2, FaultKind.ERROR)]),
            Row(6, ["是", "", "2022-04-30 12:00:00"], [CellFault(None, FaultKind.HIDDEN)]),
            Row(9, ["", "=x", ""], [CellFault(0, FaultKind.FORMULA)]),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("flag", "style", "serial", "shown"),
        [
            ("", 1, "1", "1900-01-01"), ("", 1, "59", "1900-02-28"), ("", 1, "61", "1900-03-01"), ("", 2, "44681", "2022-04-30"),
            ("", 3, "44681", "44681"), ("", 5, "44681", "44681"), ("", 6, "44681", "2022-04-30"), ("", 4, "0.5", "12:00:00"),
            ("", 4, "44681.999999", "2022-05-01"), ('<workbookPr date1904="1"/>', 1, "43219", "2022-04-30"),
            ('<workbookPr date1904="true"/>', 1, "0", "1904-01-01"), ("", 1, "2958465", "9999-12-31"),
        ],
    )  # fmt: skip
    def test_days_by_their_format(self, flag: str, style: int, serial: str, shown: str) -> None:
        content = packed(parts(f'{HEAD}<row><c s="{style}"><v>{serial}</v></c></row>', book=flag))
        assert rows_of(content, "a.xlsx")[0].cells[0] == shown

    def test_what_is_no_day_is_named(self) -> None:
        for serial in ("-1", "2958466", "1E+300"):
            content = packed(parts(f'{HEAD}<row><c s="1"><v>{serial}</v></c></row>'))
            assert rows_of(content, "a.xlsx")[0].faults == [CellFault(0, FaultKind.DATE)]
        assert [is_date("0", None), is_date("14", None), is_date("x", None), is_date("9", "[h]:mm"), is_date("9", '0"day"')] == [
            False, True, False, True, False,
        ]  # fmt: skip

    def test_merged_cells_and_what_is_hidden(self) -> None:
        sheets = '<sheet name="藏" state="hidden" r:id="r1"/><sheet name="甲" r:id="r2"/><sheet name="丙" r:id="r1"/>'
        after = '<mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="C3:D4"/></mergeCells>'
        content = packed(
            parts(
                HEAD + row("a", "b", number=2) + row("c", number=3) + row("d", number=4),
                after=after,
                sheets=sheets,
            )
        )
        with opened(content) as sheet:
            assert [
                note for note in sheet.notes if "“藏”" in note or "3 张" in note or "2 张" in note
            ] == list(sheet.notes)
            assert len(sheet.notes) == 2
            merged = [[fault.column for fault in one.faults] for one in sheet.rows()]
        assert merged == [[0], [0, 2, 3], [2, 3]]
        over = '<mergeCells><mergeCell ref="A1:C1"/></mergeCells>'
        refused(packed(parts(HEAD + row("a"), after=over)), "a.xlsx", "表头.*合并")
        many = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(2, 5))
        refused(
            packed(parts(HEAD, after=f"<mergeCells>{many}</mergeCells>")), "a.xlsx", "合并单元格超过 2 处"
        )
        refused(
            packed(parts(HEAD, sheets='<sheet name="藏" state="veryHidden" r:id="r2"/>')),
            "a.xlsx",
            "没有可见",
        )

    def test_another_prefix_and_strict_names_are_read_alike(self) -> None:
        data = '<x:row r="1"><x:c t="str"><x:v>甲</x:v></x:c></x:row><x:row r="2"><x:c r="A2" t="inlineStr"><x:is><x:t>乙</x:t></x:is></x:c></x:row>'
        assert rows_of(packed(parts(data, root="x:worksheet")), "a.xlsx") == [Row(2, ["乙"], [])]

    def test_many_strings_go_to_the_disk(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(strings, "KEPT", 2)
        shared = "".join(f"<si><t>字{n}</t></si>" for n in range(6))
        cells = "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in (5, 0, 2, 1))
        content = packed(parts(row("甲", number=1) + cells, strings=shared))
        assert [one.cells for one in rows_of(content, "a.xlsx")] == [["字5"], ["字0"], ["字2"], ["字1"]]
        refused(content, "a.xlsx", "文字超过 4 条", replace(SMALL, strings=4))
        for wrong in ("6", "-1", "x"):
            broken = packed(
                parts(row("甲", number=1) + f'<row><c t="s"><v>{wrong}</v></c></row>', strings=shared)
            )
            refused(broken, "a.xlsx", "损坏")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"xl/vbaProject.bin": "x"}, "宏"), ({"xl/embeddings/a.xlsx": "x"}, "又套了"), ({"a.zip": "x"}, "又套了"),
            ({f"x/{n}": "" for n in range(3000)}, "部件"), ({"xl/media/a.png": "\0" * 30_000_000}, "膨胀"),
            ({"xl/styles.xml": "<a/>" * 6_000_000}, "过大|膨胀"),
            ({"xl/workbook.xml": f'<!DOCTYPE w [<!ENTITY x "x">]><workbook {MAIN} {LINK}/>'}, "实体"),
            ({"xl/workbook.xml": "<workbook"}, "损坏"), ({"xl/_rels/workbook.xml.rels": "<R/>"}, "损坏"),
            ({"xl/worksheets/sheet7.xml": "<worksheet><sheetData><row>"}, "损坏"),
        ],
    )  # fmt: skip
    def test_hostile_packages(self, change: dict[str, str], words: str) -> None:
        refused(packed(parts(HEAD) | change), "a.xlsx", words)

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ("<row r='1'/><row r='1'/>", "损坏"), ("<row r='1048577'/>", "损坏"), ("<row r='x'/>", "损坏"),
            ("<row><c><v>甲</v></c></row>", "损坏"), ("<row><c r='Ä1'><v>1</v></c></row>", "损坏"), ("<row><c t='b'><v>7</v></c></row>", "损坏"),
            ("<row><c r='ZZ2'><v>1</v></c></row>", "超过 4 列"), (row("a") * 7, "5 行"), ("", "没有内容"),
        ],
    )  # fmt: skip
    def test_broken_sheets(self, data: str, words: str) -> None:
        refused(packed(parts(HEAD * (words != "没有内容") + data)), "a.xlsx", words)

    def test_entities_are_not_resolved_anywhere(self, tmp_path: Path) -> None:
        """The broken variant, a reader that resolves them, would put the file's words into the cell."""
        secret = tmp_path / "secret"
        secret.write_text("只在本机")
        asks = f'<!DOCTYPE w [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        laughs = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY x "&a;&a;&a;&a;">]>'
        for before in (asks, laughs):
            refused(packed(parts(HEAD + row("&x;"), before=before)), "a.xlsx", "实体")
            content = parts(HEAD, strings="<si><t>&x;</t></si>")
            content["xl/sharedStrings.xml"] = before + content["xl/sharedStrings.xml"]
            refused(packed(content), "a.xlsx", "实体")

    @pytest.mark.parametrize(
        ("content", "name", "words"),
        [
            (packages.OLE + b"x" * 100, "a.xls", "旧版"), (packages.OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "打开密码"),
            (packed({"word/document.xml": ""}), "a.docx", "Word"), (packed({"xl/workbook.bin": ""}), "a.xlsb", "xlsb"),
            (packed({"content.xml": ""}), "a.ods", "ods"), (packed({"a": ""}), "a.zip", "压缩包"),
            (packed(parts(HEAD)), "a.csv", "后缀是“.csv”，内容却是 ?Excel"), ("甲\n".encode(), "a.xlsx", "内容却是文本"),
            (b"PK\x03\x04", "a.xlsx", "损坏"), (packed(parts(HEAD)).replace(b"PK\x01\x02", b"PK\x01\x03"), "a.xlsx", "损坏"),
            (b"x" * 2_000_000, "a.csv", "1 MB"), (packed(parts(HEAD)), "名单", "（无）"),
        ],
    )  # fmt: skip
    def test_what_is_no_workbook_has_its_own_words(self, content: bytes, name: str, words: str) -> None:
        refused(content, name, words, replace(SMALL, size=1 << 20))

    def test_a_lock_on_a_part_is_seen(self) -> None:
        content = bytearray(packed(parts(HEAD)))
        for place in range(len(content) - 4):
            if content[place : place + 4] == b"PK\x01\x02":
                content[place + 8] |= 1
        refused(bytes(content), "a.xlsx", "密码")

    def test_shared_bytes_are_a_bomb(self) -> None:
        """Two entries of the directory that point to the same bytes."""
        content = packed(parts(HEAD))
        first = content.index(b"PK\x01\x02")
        second = content.index(b"PK\x01\x02", first + 4)
        made = bytearray(content)
        made[second + 42 : second + 46] = content[first + 42 : first + 46]
        refused(bytes(made), "a.xlsx", "膨胀|损坏")

    def test_a_part_that_lies_about_its_size_is_not_read_beyond_it(self) -> None:
        content = packed(parts(HEAD + row("长" * 200_000)))
        size = len(parts(HEAD + row("长" * 200_000))["xl/worksheets/sheet7.xml"].encode())
        lying = content.replace(size.to_bytes(4, "little"), (900).to_bytes(4, "little"))
        assert lying != content
        refused(lying, "a.xlsx", "损坏")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_rows(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times the rows in the same room; the broken variant, a list of the rows, is seen."""
    for module in (text, book, cells):
        monkeypatch.setattr(module, "PIECE", 1 << 14)

    def peak(count: int, *, keep: bool) -> int:
        if kind == "csv":
            content = ("姓名,编号\n" + "".join(f"张示例{n},51{n:014d}\n" for n in range(count))).encode()
        else:
            body = "".join(f"<row><c><v>{n}</v></c><c t='str'><v>示例{n}</v></c></row>" for n in range(count))
            content = packed(parts(row("姓名", "编号") + body), level=1)
        tracemalloc.start()
        with opened(content, f"a.{kind}", Limits()) as sheet:
            kept = (
                list(sheet.rows())
                if keep
                else [one.number for one in sheet.rows() if one.number % 1_000 == 0]
            )
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert kept
        return found

    small, large = peak(5_000, keep=False), peak(20_000, keep=False)
    assert large < small * 1.4
    assert peak(20_000, keep=True) > large * 1.5


def test_columns_are_named_as_spreadsheets_do() -> None:
    assert [column_name(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
