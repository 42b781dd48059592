"""Cells of COPY: whatever a cell holds, the line has as many cells as were written, and each reads back."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel import csv_out, keys
from yichuang.kernel.copy_in import NULL, cell

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
BACK = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


def read(text: str) -> str | None:
    """A cell as PostgreSQL's documentation says that COPY reads it."""
    if text == NULL:
        return None
    found, signs = [], iter(text)
    for sign in signs:
        found.append(BACK[next(signs)] if sign == "\\" else sign)
    return "".join(found)


@given(st.lists(TEXTS | st.none(), min_size=1, max_size=6))
def test_a_line_reads_back_cell_by_cell(values: list[str | None]) -> None:
    line = "\t".join(map(cell, values))
    assert "\n" not in line
    assert "\r" not in line
    assert [read(one) for one in line.split("\t")] == values


def test_a_text_that_looks_like_nothing_is_no_nothing() -> None:
    """The broken variant writes text as it is: whoever is called \\N has no name any more."""
    assert (read(cell("\\N")), read(cell(None)), read(cell(""))) == ("\\N", None, "")
    assert read("\\N") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"), (-7, "-7"), (True, "True"), (Decimal("1.50"), "1.50"), (date(2022, 5, 13), "2022-05-13"), (UUID(int=9), str(UUID(int=9))),
        (datetime(2022, 5, 13, 8, 30, tzinfo=UTC), "2022-05-13T08:30:00+00:00"), (b"\x00\xff", "\\\\x00ff"), (bytearray(b"a"), "\\\\x61"),
        (memoryview(b"\\"), "\\\\x5c"), (b"", "\\\\x"), ("一\t二", "一\\t二"),
    ],
)  # fmt: skip
def test_a_value_is_spelled_as_the_database_takes_it(value: object, text: str) -> None:
    assert cell(value) == text


# Cells of a spreadsheet: the quick way and the careful one agree.

CELLS = (
    st.text(alphabet="=+-@|%＝－﹢'（《甲a1 \t\n\r\x1f\u3000\ufeff\u200b_", max_size=5)
    | st.none()
    | st.integers()
    | st.decimals(-9, 9)
)


@given(st.lists(CELLS, max_size=6))
def test_a_row_is_made_safe_as_each_of_its_cells_is(row: list[object]) -> None:
    assert csv_out.safe_row(row) == [csv_out.safe(one) for one in row]


@given(st.lists(st.text("甲乙abc123（《", min_size=1), min_size=1, max_size=5))
def test_an_ordinary_row_stays_as_it_is(row: list[str]) -> None:
    assert csv_out.safe_row(row) == row


# Ids that the same parts always yield.

MOMENT = datetime(2022, 5, 5, 9, 0, tzinfo=UTC)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=4))
def test_the_same_parts_yield_the_same_id_of_their_moment(parts: list[str]) -> None:
    one = keys.uuid7_of(MOMENT, *parts)
    assert one == keys.uuid7_of(MOMENT, *parts)
    assert one.version == 7
    assert keys.lowest(MOMENT) <= one < keys.lowest(MOMENT + keys.MILLISECOND)
    assert one != keys.uuid7_of(MOMENT, *parts, "more")


def test_parts_of_another_order_or_moment_yield_another_id() -> None:
    later = MOMENT + keys.MILLISECOND
    made = {
        keys.uuid7_of(MOMENT, "a", "b"), keys.uuid7_of(MOMENT, "b", "a"), keys.uuid7_of(later, "a", "b"), keys.uuid7_of(MOMENT, "ab"),
        keys.uuid7_of(MOMENT, "a", "b", ""),
    }  # fmt: skip
    assert len(made) == 5
    assert keys.uuid7_of(MOMENT, 1) == keys.uuid7_of(MOMENT, "1")
