"""Lists that no index narrows: whatever the window and wherever the rows are, walking on finds every row once, newest first."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel import sql, windows
from yichuang.kernel.windows import EVERYTHING, Walk, walked

WALK = Walk("t", "id, n", "kind = %(kind)s", "n = 1", {"kind": "a"})


class Table:
    """A table of ids, some of which fit; answers a window as the database does, and counts the rows that it looked at."""

    def __init__(self, fits: Sequence[bool], window: int) -> None:
        self.rows = [(UUID(int=place + 1), fit) for place, fit in enumerate(fits)]
        self.window = window
        self.looked: list[int] = []

    def answer(self, text: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        size = int(text.rpartition("limit ")[2].partition(")")[0])
        before = given.get("before")
        assert (before is not None) == ("id < %(before)s" in text)
        seen = [row for row in reversed(self.rows) if before is None or row[0] < before][: self.window]
        self.looked.append(len(seen))
        edge = seen[-1][0] if len(seen) == self.window else None
        found = [(edge, one, int(fit), True) for one, fit in seen if fit][:size]
        return found or [(edge, None, None, None)]


def pages(table: Table, size: int, turns: int | None) -> tuple[list[UUID], int]:
    """Every id in the order in which turning pages shows them, and the number of pages."""
    shown: list[UUID] = []
    before, count = None, 0
    while True:
        rows, onward = walked(WALK, before=before, size=size, turns=turns)
        shown += [row[0] for row in rows]
        count += 1
        assert count < 200, "the walk never ends"
        assert len(rows) <= size
        if len(rows) == size:
            before = rows[-1][0]
        elif onward is None:
            return shown, count
        else:
            before = onward


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a table where the database is."""

    def put(table: Table) -> Table:
        monkeypatch.setattr(windows, "WINDOW", table.window)
        monkeypatch.setattr(sql, "rows", table.answer)
        return table

    return put


@given(
    st.lists(st.booleans(), max_size=60),
    st.integers(1, 9),
    st.integers(1, 7),
    st.sampled_from([1, 2, 4, None]),
)
def test_every_row_that_fits_is_shown_once_and_in_order(
    fits: list[bool], window: int, size: int, turns: int | None
) -> None:
    table = Table(fits, window)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "WINDOW", window)
        patch.setattr(sql, "rows", table.answer)
        shown, _ = pages(table, size, turns)
    assert shown == [one for one, fit in reversed(table.rows) if fit]


def test_a_page_looks_at_no_more_rows_than_its_windows_hold(standing: Any) -> None:
    """The broken variant walks until the page is full: what is rare costs the table."""
    table = standing(Table([True] + [False] * 999, 50))
    rows, onward = walked(WALK, before=None, size=25)
    assert (rows, sum(table.looked)) == ([], windows.TURNS * 50)
    assert onward == UUID(int=1000 - windows.TURNS * 50 + 1)
    rows, onward = walked(WALK, before=None, size=25, turns=None)
    assert ([row[0] for row in rows], onward) == ([UUID(int=1)], None)


def test_a_full_page_stops_at_once_and_names_no_window(standing: Any) -> None:
    table = standing(Table([True] * 100, 10))
    rows, onward = walked(WALK, before=None, size=10)
    assert [row[0].int for row in rows] == list(range(100, 90, -1))
    assert (onward, table.looked) == (None, [10])
    rows, onward = walked(WALK, before=rows[-1][0], size=10)
    assert rows[0][0].int == 90


def test_an_empty_table_is_one_question(standing: Any) -> None:
    table = standing(Table([], 10))
    assert walked(WALK, before=None, size=25) == ([], None)
    assert table.looked == [0]


def test_a_table_as_long_as_its_windows_ends_without_a_row_too_many(standing: Any) -> None:
    standing(Table([False] * 20, 10))
    assert walked(WALK, before=None, size=5, turns=2) == ([], UUID(int=1))
    assert walked(WALK, before=UUID(int=1), size=5) == ([], None)


def test_where_every_row_fits_the_window_is_the_page() -> None:
    everything = Walk("t", "id", "true", EVERYTHING, {})
    assert f"limit {windows.WINDOW}" not in everything.text(25, onward=False)
    assert everything.text(25, onward=False).count("limit 25") == 2
    assert f"limit {windows.WINDOW}" in WALK.text(25, onward=False)
    assert "%(before)s" not in WALK.text(25, onward=False)
    assert WALK.text(25, onward=True).count("id < %(before)s") == 1


@pytest.mark.parametrize("size", ["25; drop table t", 2.5, None])
def test_the_size_of_a_page_is_a_number_and_nothing_else(size: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        WALK.text(size, onward=False)
