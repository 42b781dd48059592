"""What an enemy sends to the reader of tables and hides in what the writer is given."""

import csv
import io
import re
import tracemalloc
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from yichuang.gateways.sheets_in import (
    CellFault,
    FaultKind,
    Limits,
    Row,
    book,
    cells,
    open_sheet,
    strings,
    text,
)
from yichuang.gateways.sheets_in.model import damaged
from yichuang.gateways.sheets_out import Column, MarkedRow, Sort, comments, parts, write_csv, write_xlsx, xlsx
from yichuang.gateways.tests.sheet_samples import packed, row
from yichuang.gateways.tests.sheet_samples import parts as sample
from yichuang.kernel import csv_out
from yichuang.kernel.errors import Invalid
from yichuang.kernel.tests.timing import quickest

SMALL = Limits(rows=50, columns=8, merged=100, line=200_000)
HEAD = row("甲", "乙", number=1)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NEVER = re.compile(r"(?!)")


def read(content: bytes, name: str = "a.xlsx", limits: Limits = SMALL) -> list[Row]:
    with open_sheet(io.BytesIO(content), name=name, limits=limits) as sheet:
        return [Row(one.number, one.cells, list(one.faults)) for one in sheet.rows()]


def refused(content: bytes, words: str, name: str = "a.xlsx", limits: Limits = SMALL) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        read(content, name, limits)
    assert caught.value.how


def peak(content: bytes, words: str) -> int:
    """The most bytes held while a file is refused."""
    tracemalloc.start()
    try:
        refused(content, words)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def written(rows: Sequence[Any], header: Sequence[str | Column]) -> bytes:
    out = io.BytesIO()
    write_xlsx(rows, header, out)
    return out.getvalue()


# Round trips.

ANY = st.text(max_size=12) | st.text(
    st.sampled_from("\x00\x01\x1f\t\r\n\x7f\ud800\udfff\ufffe\u200b\U0001f600=+-@%&<>\"',;'_x0041_"),
    max_size=8,
)


def expected(cell: str) -> str:
    """What a reader may find of a cell that was written: without what XML does not know, its ends trimmed."""
    kept = xlsx._NOT_XML.sub("", cell).replace("\r\n", "\n").replace("\r", "\n").strip()
    return kept[1:].strip() if kept.startswith("'") else kept


@given(st.lists(st.lists(ANY, min_size=3, max_size=3), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_from_csv_to_a_workbook_to_rows_nothing_is_lost_but_what_xml_cannot_say(
    rows: list[list[str]],
) -> None:
    """Any text: control signs, halves of pairs, signs of markup. The anchors keep each cell from being empty."""
    rows = [[f"头{cell}尾" for cell in one] for one in rows]
    text_file = io.BytesIO()
    assert write_csv(rows, ["一", "二", "三"], text_file) == len(rows)
    # Halves of pairs become question marks in the CSV; NUL is what our own reader refuses by name.
    from_csv = list(csv.reader(io.StringIO(text_file.getvalue().decode("utf-8-sig"), newline="")))[1:]
    assert from_csv == [[cell.encode("utf-8", "replace").decode() for cell in one] for one in rows]
    found = read(written(from_csv, ["一", "二", "三"]), limits=Limits())
    assert [one.cells for one in found] == [[expected(cell) for cell in one] for one in from_csv]
    direct = read(written(rows, ["一", "二", "三"]), limits=Limits())
    assert [one.cells for one in direct] == [[expected(cell) for cell in one] for one in rows]


@given(st.lists(ANY, min_size=3, max_size=3), st.dictionaries(st.integers(0, 2), ANY, max_size=3))
@settings(max_examples=50, deadline=None)
def test_every_part_is_xml_whatever_stands_in_cells_marks_and_names(
    row_cells: list[str], marks: dict[int, str]
) -> None:
    out = io.BytesIO()
    head = [Column(row_cells[0] or "名", Sort.TEXT), Column("件数", Sort.NUMBER), Column("日期", Sort.DAY)]
    rows: list[Any] = [row_cells, MarkedRow(row_cells, marks), row_cells[:1], [*row_cells, "多"]]
    write_xlsx(rows, head, out, name="表\x00\x0b[", title_sheets=[("说\x1f明", [row_cells])])
    package = zipfile.ZipFile(out)
    for name in package.namelist():
        tree = etree.fromstring(package.read(name))
        assert not list(tree.iter(f"{MAIN}f")), "a formula"
    sheet = etree.fromstring(package.read("xl/worksheets/sheet1.xml"))
    assert {len(list(one.iter(f"{MAIN}c"))) for one in sheet.iter(f"{MAIN}row")} == {3}


def test_without_their_cleaning_comments_and_names_break_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variants of the test above: half a pair ends the writing, a control sign ends the reading."""
    marked: list[Any] = [MarkedRow(["甲"], {0: "\ud800"})]
    assert len(read(written(marked, ["一"]))) == 1
    monkeypatch.setattr(comments, "_NOT_SHOWN", NEVER)
    with pytest.raises(UnicodeEncodeError):
        written(marked, ["一"])
    monkeypatch.setattr(xlsx, "_NOT_XML", NEVER)
    with pytest.raises((etree.XMLSyntaxError, Invalid)):
        read(written([["头\x0b尾"]], ["一"]))
    assert parts.sheet_name("\x00表\x1f") == "表"
    assert parts.sheet_name("\x00\x1f[]:") == "数据"


@pytest.mark.parametrize("sign", ["a", "长", "&", "\U0001f600", "\U00020000"])
def test_a_cell_holds_what_a_spreadsheet_counts(sign: str) -> None:
    """32,767 signs of UTF-16: a rare character is two. Beyond it a spreadsheet calls the whole file damaged."""
    width = len(sign.encode("utf-16-le")) // 2
    for count in (32_767 // width, 32_767, 40_000):
        (found,) = read(written([["前", "x" + sign * (count - 1)]], ["一", "二"]), limits=Limits())
        cell = found.cells[1]
        assert len(cell.encode("utf-16-le")) // 2 <= 32_767
        assert cell == "x" + sign * (len(cell) - 1), "cut at the end, not in the middle of a character"
        assert len(cell) >= min(count, 32_767 // width) - 1
    uncut = "x" + "\U0001f600" * 32_000
    assert len(uncut[: xlsx.LONGEST].encode("utf-16-le")) // 2 > 32_767, (
        "the broken variant counts characters"
    )


@pytest.mark.parametrize(
    "typed",
    ["１２３", "١٢٣", "²", "12\n", " 12", "1_000", "0x1F", "NaN", "Infinity", "1e3", "--1", "+1", "1.", ".5"],
)
def test_what_only_looks_like_a_number_stays_text(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spreadsheet that finds other digits where a number stands calls the file damaged."""

    def kind() -> list[str]:
        sheet = zipfile.ZipFile(
            io.BytesIO(written([[typed, typed]], [Column("数", Sort.NUMBER), Column("日", Sort.DAY)]))
        ).read("xl/worksheets/sheet1.xml")
        return [one.get("t", "n") for one in list(etree.fromstring(sheet).iter(f"{MAIN}row"))[1]]

    assert kind() == ["inlineStr", "inlineStr"]
    if typed in ("１２３", "١٢٣"):
        monkeypatch.setattr(xlsx, "_NUMBER", re.compile(r"-?\d{1,15}(\.\d+)?"))
        assert kind()[0] == "n", "the broken variant"


def test_formulas_in_every_place_of_both_writers() -> None:
    evil = [
        f"{pad}{sign}cmd|' /C calc'!A0"
        for sign in csv_out.DANGEROUS
        for pad in ("", " ", "\t", "\u200b", "\u3000", "\ufeff\r\n")
    ]
    out = io.BytesIO()
    write_csv([[one] for one in evil], [Column(evil[0])], out)
    lines = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))
    assert [line[0] for line in lines] == [f"'{evil[0]}", *(f"'{one}" for one in evil)], "the header too"
    sheet = zipfile.ZipFile(io.BytesIO(written([[one] for one in evil], [Column(evil[0])]))).read(
        "xl/worksheets/sheet1.xml"
    )
    assert b"<f" not in sheet.replace(b"<f>", b"<f ") and sheet.count(b't="inlineStr"') == len(evil) + 1  # noqa: PT018
    assert [
        one.faults for one in read(packed(sample(HEAD + "<row><c t='str'><f>1</f><v>1</v></c></row>")))
    ] == [[CellFault(0, FaultKind.FORMULA)]], "a formula would be seen"


# Bombs.


def test_one_endless_cell_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of some KB whose one cell swells to megabytes; the broken variant holds all of it."""
    endless = "长" * 3_000_000
    here = packed(sample(f"{HEAD}<row><c t='inlineStr'><is><t>{endless}</t></is></c></row>"))
    shared = packed(sample(HEAD, strings=f"<si><t>{endless}</t></si>"))
    runs = packed(
        sample(f"{HEAD}<row><c t='inlineStr'><is>{'<r><t>长长长长长长长长</t></r>' * 40_000}</is></c></row>")
    )
    for content in (here, shared, runs):
        assert len(content) < 100_000
        assert peak(content, "一格超过") < 4_000_000
    assert len(read(here, limits=Limits(line=1 << 30))[0].cells[0]) == len(endless), (
        "without the limit it is held"
    )


def test_a_tag_or_a_comment_that_never_ends_is_not_held() -> None:
    """What the parser cannot hand on it keeps: an attribute, a comment, an instruction of megabytes."""
    many = "x" * 4_000_000
    for hostile in (f"<row r='{many}'/>", f"<!--{many}-->", f"<?x {many}?>", f"<c{many}/>"):
        refused(packed(sample(HEAD + hostile)), "一格超过")
        refused(packed(sample(HEAD, strings=hostile)), "一格超过")
    assert read(packed(sample(f"{HEAD}<!--{'x' * 100_000}-->{row('1')}")))[0].cells == ["1", ""]


def test_the_same_cell_again_and_again_leaves_no_pile_of_faults() -> None:
    hostile = "<row r='2'>" + "<c r='A2'><f>1</f></c>" * 20_000 + "</row>"
    assert peak(packed(sample(HEAD + hostile)), "损坏") < 3_000_000
    once = "<row r='2'>" + "".join(f"<c r='{one}2'><f>1</f><v>1</v></c>" for one in "ABCDEFGH") + "</row>"
    assert len(read(packed(sample(row(*"12345678", number=1) + once)))[0].faults) == 8


def test_merged_ranges_on_top_of_each_other_do_not_multiply() -> None:
    """100 ranges over whole rows: 100,000 faults a row, were they believed."""
    one = '<mergeCell ref="A2:ALL1048576"/>'
    refused(packed(sample(HEAD + row("1"), after=f"<mergeCells>{one * 100}</mergeCells>")), "互相重叠")
    beside = '<mergeCell ref="A2:B3"/><mergeCell ref="D2:XFD2"/>'
    (found,) = read(packed(sample(HEAD + row("1", number=2), after=f"<mergeCells>{beside}</mergeCells>")))
    assert len(found.faults) == 2 + 1_000 - 3
    assert "重叠" in damaged("重叠").message


def test_searches_in_hostile_text_take_time_by_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each search is tried with text that makes it start again at every sign; the broken variants take a hundred times as long."""
    merges = packed(sample(HEAD + row("1"), after="<mergeCell " * 40_000 + ">"))
    brackets = "[" * 40_000
    chinese = "示例示例示例" * 8_000
    mixed = "编号,姓名\n".encode("gb18030") + chinese.encode() + "例".encode("gb18030") + b"\n"

    def searched() -> None:
        with pytest.raises(Invalid):
            read(merges)

    def judged() -> None:
        text._check_gb18030(mixed, 0, 1, Invalid("x"))

    assert quickest(searched, 1) < 1
    assert quickest(lambda: book.is_date("170", brackets), 0.1) < 0.1
    assert quickest(judged, 0.2) < 0.2
    lazy = re.compile(book._MERGED.pattern.replace(b"[^<>]", b"[^>]"))
    fewer = b"<mergeCell " * 4_000
    slowly = quickest(lambda: lazy.findall(fewer), 0, tries=1)
    assert slowly > 20 * quickest(lambda: book._MERGED.findall(fewer), slowly / 20)
    monkeypatch.setattr(book, "_LONGEST_FORMAT", 30_000)
    assert quickest(lambda: book.is_date("170", brackets), 0, tries=1) > 0.05


def test_a_line_of_the_other_encoding_is_still_found_after_long_ones() -> None:
    first = "编号,姓名\n".encode("gb18030")
    long_line = ("示例示例示例" * 50).encode() + "例".encode("gb18030") + b"\n"
    with pytest.raises(Invalid, match="第 3 行"):
        text._check_gb18030(first + long_line + "示例示例示例\n".encode(), 0, 1, Invalid("x"))


@pytest.mark.parametrize(
    "serial",
    [
        "1E+999999999",
        "-1E+999999999",
        "1E-999999999",
        "9" * 5_000,
        "NaN",
        "sNaN",
        "Infinity",
        "0." + "3" * 5_000,
    ],
)
def test_monstrous_numbers_stay_small(serial: str) -> None:
    found: list[Row] = []
    table = packed(sample(f"{HEAD}<row><c><v>{serial}</v></c><c s='1'><v>{serial}</v></c></row>"))
    assert quickest(lambda: found.extend(read(table)), 1) < 1
    assert len(found[0].cells[0]) <= max(len(serial), 40)
    assert FaultKind.DATE in {one.kind for one in found[0].faults} or serial.startswith(("0.", "1E-"))


@pytest.mark.parametrize(
    "target",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1/x",
        "worksheets/none.xml",
        "",
    ],
)
def test_parts_are_looked_for_inside_alone(target: str) -> None:
    made = sample(HEAD) | {
        "xl/_rels/workbook.xml.rels": f'<R><R2 Id="r2" TargetMode="External" Target="{target}"/></R>'
    }
    refused(packed(made), "损坏")


def test_names_of_parts_reach_no_disk_and_odd_text_is_told() -> None:
    made = sample(HEAD + row("1")) | {"../../../evil.txt": "x", "/abs": "x", "xl\\worksheets\\x": "x"}
    assert [one.cells for one in read(packed(made))] == [["1", ""]]
    for wrong in (
        b"\xff\xfe",
        b"\x00",
        b"<?xml version='1.0' encoding='utf-7'?>",
        b"<?xml version='1.0' encoding='nonsense'?>",
    ):
        broken = sample(HEAD)
        refused(
            packed(
                broken | {"xl/worksheets/sheet7.xml": wrong + broken["xl/worksheets/sheet7.xml"].encode()}
            ),
            "损坏",
        )
    refused(packed(sample(HEAD))[:-30], "损坏")


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx"]))
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_rows_or_a_refusal(content: bytes, name: str) -> None:
    for data in (content, b"PK\x03\x04" + content, b"\xef\xbb\xbf" + content):
        try:
            read(data, name)
        except Invalid as problem:
            assert problem.message.endswith("。")  # noqa: PT017 - a refusal is one of two good ends


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_workbook_with_any_bytes_changed_is_rows_or_a_refusal(data: st.DataObject) -> None:
    sound = bytearray(packed(sample(HEAD + row("1", "2"), strings="<si><t>x</t></si>"), level=0))
    for _ in range(data.draw(st.integers(1, 4))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(sound))
    except Invalid as problem:
        assert problem.how  # noqa: PT017 - the same


def test_shared_strings_are_bounded_in_the_file_beside_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strings, "KEPT", 1)
    shared = "<si><t>甲\ufffd</t></si><si><r><t>乙</t></r><phoneticPr/></si><si/>"
    body = "".join(f"<row><c t='s'><v>{one}</v></c></row>" for one in (1, 2, 0))
    found = read(packed(sample(HEAD + body, strings=shared)))
    assert [one.cells[0] for one in found] == ["乙", "甲\ufffd"]
    refused(packed(sample(HEAD + body, strings=shared)), "文字超过", limits=replace(SMALL, strings=2))
    assert cells.number("1E+30") == "1" + "0" * 30
