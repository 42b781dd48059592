"""The writers: what is written comes back, no cell becomes a formula, nothing is held in memory."""

import csv
import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from yichuang.gateways.sheets_in import open_sheet
from yichuang.gateways.sheets_out import (
    Column,
    MarkedRow,
    NotConverted,
    Sort,
    comments,
    write_csv,
    write_parquet,
    write_xlsx,
    xlsx,
)
from yichuang.kernel import csv_out

HEAD: list[str | Column] = ["编号", Column("件数", Sort.NUMBER), Column("日期", Sort.DAY, width=14)]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def book(rows: object, **given: object) -> zipfile.ZipFile:
    out = io.BytesIO()
    write_xlsx(rows, HEAD, out, **given)  # type: ignore[arg-type]
    return zipfile.ZipFile(out)


def cells(package: zipfile.ZipFile, sheet: int = 1) -> list[list[tuple[str, str, str]]]:
    """Sort, style and text of every cell of a sheet."""
    tree = etree.fromstring(package.read(f"xl/worksheets/sheet{sheet}.xml"))
    return [
        [(cell.get("t", "n"), cell.get("s", ""), "".join(cell.itertext())) for cell in row.iter(f"{MAIN}c")]
        for row in tree.iter(f"{MAIN}row")
    ]


def test_numbers_and_days_only_where_the_column_says_so() -> None:
    made = cells(book([
        ["007", 5, date(2022, 4, 30)], ["2022-04-30", "1e5", "1899-12-31"], ["=1+1", Decimal("-2.50"), "2022-02-30"],
        [None, None, None], ["12", "1234567890123456", "2022-04-30"], ["12"], ["1", "2", "", "beyond"],
    ]))  # fmt: skip
    text = "inlineStr"
    assert made[0] == [(text, "2", "编号"), (text, "2", "件数"), (text, "2", "日期")]
    assert made[1] == [(text, "1", "007"), ("n", "", "5"), ("n", "3", "44681")]
    assert made[2] == [(text, "1", "2022-04-30"), (text, "1", "1e5"), (text, "1", "1899-12-31")]
    assert made[3] == [(text, "1", "=1+1"), ("n", "", "-2.50"), (text, "1", "2022-02-30")]
    assert made[4] == [(text, "1", ""), ("n", "", ""), ("n", "", "")]
    assert made[5][1] == (text, "1", "1234567890123456"), "sixteen digits are no number to a spreadsheet"
    assert [len(row) for row in made] == [3] * 8


def test_marks_are_filled_and_say_why() -> None:
    rows = [
        ["1", 2, None],
        MarkedRow(["<坏>", "x", None], {0: "编号 <有误>\x01", 2: "缺日期"}),
        MarkedRow(["3"], {}),
    ]
    package = book(rows)
    made = cells(package)
    assert [cell[1] for cell in made[2]] == ["4", "1", "4"]
    assert made[2][0][2] == "<坏>"
    notes = etree.fromstring(package.read("xl/comments1.xml"))
    found = {one.get("ref"): "".join(one.itertext()) for one in notes.iter(f"{MAIN}comment")}
    assert found == {"A3": "编号 <有误>", "C3": "缺日期"}
    shapes = package.read("xl/drawings/vmlDrawing1.vml").decode()
    assert shapes.count("<v:shape ") == 2
    etree.fromstring(shapes.encode())
    assert b"legacyDrawing" in package.read("xl/worksheets/sheet1.xml")
    assert "xl/comments1.xml" not in book([["1"]]).namelist()


def test_a_comment_too_many_stays_a_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "MOST", 2)
    package = book([MarkedRow(["a"], {0: "错"}) for _ in range(4)])
    assert package.read("xl/comments1.xml").count(b"<comment ") == 2
    assert [row[0][1] for row in cells(package)[1:]] == ["4"] * 4


def test_the_package_is_whole_and_the_same_for_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every part that is named is there, every part is named, every part is well formed."""
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    rows = [[str(number), number, "2022-04-30"] for number in range(5)]
    package = book(rows, name="清单[1]/", title_sheets=[("说明", [["用途", "核对"], ["共", "5 行"]])])
    names = set(package.namelist())
    types = etree.fromstring(package.read("[Content_Types].xml"))
    assert {one.get("PartName").removeprefix("/") for one in types if one.get("PartName")} <= names
    for name in names:
        etree.fromstring(package.read(name))
    tree = etree.fromstring(package.read("xl/workbook.xml"))
    assert [one.get("name") for one in tree.iter(f"{MAIN}sheet")] == [
        "清单 1",
        "清单 1（2）",
        "清单 1（3）",
        "说明",
    ]
    assert [row[0][2] for sheet in (1, 2, 3) for row in cells(package, sheet)[1:]] == list("01234")
    assert cells(package, 4)[0][0][2] == "用途"
    again = book(rows, name="清单[1]/", title_sheets=[("说明", [["用途", "核对"], ["共", "5 行"]])])
    assert [(one.filename, one.CRC, one.date_time) for one in package.infolist()] == [
        (one.filename, one.CRC, one.date_time) for one in again.infolist()
    ]


class Pipe(io.RawIOBase):
    """A stream that cannot go back."""

    def __init__(self) -> None:
        self.content = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.content += bytes(data)  # type: ignore[call-overload]
        return len(bytes(data))  # type: ignore[call-overload]


def test_a_stream_that_cannot_go_back_will_do() -> None:
    pipe = Pipe()
    assert write_xlsx([["1", 2, None]], HEAD, pipe) == 1  # type: ignore[arg-type]
    with open_sheet(io.BytesIO(bytes(pipe.content)), name="a.xlsx") as sheet:
        assert [row.cells for row in sheet.rows()] == [["1", "2", ""]]


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(
    st.lists(
        st.tuples(ANY, st.integers(-(10**14), 10**14), st.dates(date(1900, 3, 1))), min_size=1, max_size=6
    )
)
@settings(max_examples=60)
def test_what_is_written_comes_back(rows: list[tuple[str, int, date]]) -> None:
    """Text of any signs, numbers, days. Signs that XML does not know are left out."""
    rows = [("甲" + text.strip() + "乙", number, day) for text, number, day in rows]
    out = io.BytesIO()
    write_xlsx(rows, HEAD, out)
    with open_sheet(out, name="a.xlsx") as sheet:
        found = [row.cells for row in sheet.rows()]
    expected = [
        [xlsx._NOT_XML.sub("", text).replace("\r\n", "\n").replace("\r", "\n"), str(number), str(day)]
        for text, number, day in rows
    ]
    assert found == expected
    made = io.BytesIO()
    write_csv(rows, HEAD, made)
    assert made.getvalue().startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(made.getvalue().decode("utf-8-sig"), newline="")))
    assert read == [["编号", "件数", "日期"], *([text, str(number), str(day)] for text, number, day in rows)]


@given(
    st.lists(
        ANY | st.sampled_from(csv_out.DANGEROUS).map(lambda sign: sign + "1") | st.none() | st.integers(),
        max_size=12,
    )
)
@settings(max_examples=80)
def test_a_row_is_made_safe_as_its_cells_are(cells: list[str | int | None]) -> None:
    """The quick way over a whole row and the way of a single cell agree."""
    assert csv_out.safe_row(cells) == [csv_out.safe(cell) for cell in cells]


def test_no_formula_can_come_out_of_a_workbook() -> None:
    """The broken variant: the same cell in a part that has a formula is seen by our own reader."""
    evil = [f"{sign}HYPERLINK(1)" for sign in csv_out.DANGEROUS] + ["</t></is></c><c><f>1</f></c>", "\x1f=1"]
    package = book([[one, one, one] for one in evil])
    sheet = package.read("xl/worksheets/sheet1.xml")
    assert b"<f" not in sheet
    assert [row[0][2] for row in cells(package)[1:]] == [one.replace("\x1f", "") for one in evil]


def parquet(path: Path, question: str) -> list[list[str]]:
    """Read by a process of its own: the engine leaves its traces in whatever has loaded it."""
    program = f"import duckdb, json; print(json.dumps(duckdb.sql({question!r}.replace('FILE', repr({str(path)!r}))).fetchall(), default=str))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    read: list[list[str]] = json.loads(done.stdout)
    return read


def test_parquet_has_the_sorts_of_its_columns(tmp_path: Path) -> None:
    out, beside = tmp_path / "o'ut.parquet", tmp_path / "in.csv"
    head: list[str | Column] = ['编"号', Column("件数", Sort.NUMBER), Column("日期", Sort.DAY)]
    assert write_parquet([["007", 5, date(2022, 4, 30)], ['a,"b"\nc', None, None]], head, out) == 2
    assert parquet(out, "select * from FILE") == [["007", "5.0000", "2022-04-30"], ['a,"b"\nc', None, None]]
    assert [row[1] for row in parquet(out, "describe select * from FILE")] == [
        "VARCHAR",
        "DECIMAL(18,4)",
        "DATE",
    ]
    beside.write_text("编号,件数,日期\n008,1,2022-05-01\n", encoding="utf-8")
    assert write_parquet(beside, head, out) == 1
    beside.write_text("编号,件数,日期\n008,很多,2022-05-01\n", encoding="utf-8")
    with pytest.raises(NotConverted, match="很多"):
        write_parquet(beside, head, tmp_path / "none.parquet")
    assert [one.name for one in tmp_path.iterdir() if one.is_dir()] == [], "no spill stays"


def test_memory_does_not_grow_with_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the rows in the same room; the broken variant, a block that is never written, is seen."""

    def many(count: int) -> Iterator[list[str]]:
        for number in range(count):
            yield [f"示例{number}", str(number), "2022-04-30"]

    def peak(count: int) -> int:
        tracemalloc.start()
        with open("/dev/null", "wb") as out:
            assert write_xlsx(many(count), HEAD, out) == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small, large = peak(4_000), peak(16_000)
    assert large < small * 1.4
    monkeypatch.setattr(xlsx, "_BLOCK", 1 << 30)
    assert peak(16_000) > large * 2
