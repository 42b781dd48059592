"""A table that somebody typed is the same table whichever program saved it: CSV in either encoding, with any delimiter, or XLSX."""

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.gateways.sheets_in import FaultKind, Limits, Row, open_sheet
from yichuang.gateways.sheets_in import text as text_in
from yichuang.gateways.sheets_out import write_csv, write_xlsx
from yichuang.kernel.errors import Invalid

# Whatever can be typed into a cell; ends are trimmed, signs that no sheet keeps and line ends are left out here.
SIGNS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff\ufffd\ufeff")
CELL = st.text(SIGNS, max_size=8).map(str.strip)
TABLE = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width).filter(any), min_size=1, max_size=6)
)


def header(width: int) -> list[str]:
    return [f"第{n}列" for n in range(1, width + 1)]


def as_csv(rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header(len(rows[0])))
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def opened(data: bytes, name: str = "表.csv") -> tuple[str, list[Row]]:
    with open_sheet(io.BytesIO(data), name=name) as sheet:
        assert sheet.header
        return sheet.encoding, list(sheet.rows())


def plain(rows: Sequence[Row]) -> list[list[str]]:
    """The cells, without the sign that a safe writer puts before what would be a formula."""
    return [[cell.removeprefix("'") for cell in row.cells] for row in rows]


def told(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[cell.removeprefix("'") for cell in row] for row in rows]


@settings(max_examples=40)
@given(TABLE)
def test_both_writers_and_both_readers_keep_a_table(rows: list[list[str]]) -> None:
    found = []
    for writer, name in ((write_csv, "表.csv"), (write_xlsx, "表.xlsx")):
        out = io.BytesIO()
        writer(rows, header(len(rows[0])), out)
        found.append(plain(opened(out.getvalue(), name)[1]))
    assert found[0] == found[1] == told(rows)


@settings(max_examples=40)
@given(TABLE, st.sampled_from(text_in.DELIMITERS), st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
def test_any_encoding_and_delimiter_is_the_same_table(
    rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    if len(rows[0]) == 1:
        # A single column has no delimiter to be found, and needs none.
        delimiter = ","
    seen, found = opened(as_csv(rows, encoding, delimiter))
    assert seen in ("utf-8-sig", "gb18030")
    if seen == "gb18030":
        assert encoding == "gb18030", "what is sound UTF-8 is never read as something else"
    if seen == "utf-8-sig" and encoding == "gb18030":
        # Bytes that both encodings have a reading of: nobody can know, and the commoner one is taken.
        as_csv(rows, encoding, delimiter).decode("utf-8")
        return
    assert plain(found) == told(rows)


@given(st.lists(st.booleans(), min_size=2, max_size=8))
def test_empty_rows_are_passed_over_and_the_others_keep_their_numbers(filled: list[bool]) -> None:
    lines = ["甲,乙", *("1,2" if one else "," for one in filled)]
    _, found = opened("\n".join(lines).encode())
    assert [row.number for row in found] == [n for n, one in enumerate(filled, start=2) if one]


@pytest.mark.parametrize("piece", [7, 16, 64])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_judgement_of_the_encoding_does_not_hang_on_where_a_piece_ends(
    monkeypatch: pytest.MonkeyPatch, piece: int, encoding: str
) -> None:
    """A sign of several bytes that lies across two pieces would break either encoding: pieces end with a line."""
    data = "".join(f"示例山{n}号中继台,成都市武侯区\n" for n in range(30)).encode(encoding)
    monkeypatch.setattr(text_in, "PIECE", piece)
    assert text_in.encoding_of(io.BytesIO(data), Limits()) == {"utf-8": "utf-8-sig"}.get(encoding, encoding)
    parts = list(text_in.pieces(io.BytesIO(data), Limits()))
    assert b"".join(one for *_, one in parts) == data
    assert [offset for offset, *_ in parts] == [data.index(one, offset) for offset, _, one in parts]
    assert [line for _, line, _ in parts] == [1 + data[:offset].count(b"\n") for offset, *_ in parts]


@pytest.mark.parametrize("place", [0, 3, 29])
@pytest.mark.parametrize("piece", [16, 1 << 20])
def test_a_line_in_another_encoding_is_named_wherever_it_stands(
    monkeypatch: pytest.MonkeyPatch, place: int, piece: int
) -> None:
    lines = [f"示例山{n}号中继台，成都市武侯区".encode() for n in range(30)]
    lines[place] = "示例山中继台在成都市武侯区".encode("gb18030")
    monkeypatch.setattr(text_in, "PIECE", piece)
    with pytest.raises(Invalid, match=rf"第 {place + 1} 行|编码前后不一致"):
        text_in.encoding_of(io.BytesIO(b"\n".join(lines) + b"\n"), Limits())


def test_a_row_wider_than_the_header_keeps_what_stands_under_it_and_names_the_rest() -> None:
    _, (row,) = opened("甲,乙\n1,2,,4\n".encode())
    assert row.cells == ["1", "2"]
    assert [(fault.column, fault.kind) for fault in row.faults] == [(3, FaultKind.EXTRA)]


@pytest.mark.parametrize(
    ("cell", "lost"), [("5.10105E+17", True), ("5.1E+3x", False), ("E+17", False), ("1+1", False)]
)
def test_digits_that_a_spreadsheet_lost_are_named_in_columns_of_codes_alone(cell: str, lost: bool) -> None:
    data = f"甲,乙\n{cell},{cell}\n".encode()
    with open_sheet(io.BytesIO(data), name="表.csv") as sheet:
        (row,) = sheet.rows(identifiers={1})
    assert [(fault.column, fault.kind) for fault in row.faults] == ([(1, FaultKind.DIGITS)] if lost else [])


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_table_may_have_as_many_rows_as_the_limit_and_its_header(limit: int) -> None:
    for rows, fits in ((limit, True), (limit + 1, False)):
        data = ("甲,乙\n" + "1,2\n" * rows).encode()
        with open_sheet(io.BytesIO(data), name="表.csv", limits=Limits(rows=limit)) as sheet:
            if fits:
                assert len(list(sheet.rows())) == limit
            else:
                with pytest.raises(Invalid, match=f"超过 {limit} 行"):
                    list(sheet.rows())


def test_a_sheet_can_be_read_again_and_does_not_close_what_it_was_given() -> None:
    source = io.BytesIO("甲,乙\n1,2\n3,4\n".encode())
    with open_sheet(source, name="表.csv") as sheet:
        first = [row.cells for row in sheet.rows()]
        running = sheet.rows()
        next(running)
        assert [row.cells for row in sheet.rows()] == first == [["1", "2"], ["3", "4"]]
    assert not source.closed
