import base64
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel.errors import Invalid
from yichuang.kernel.paging import (
    Page,
    cut,
    day_part,
    decode,
    encode,
    every_row,
    id_part,
    ids_part,
    ids_text,
    moment_part,
)

SIGNS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(st.lists(SIGNS, min_size=1, max_size=4))
def test_a_cursor_reads_back_and_fits_an_address(parts: list[str]) -> None:
    cursor = encode(parts)
    assert decode(cursor, parts=len(parts)) == parts
    assert all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in cursor)


def test_no_cursor_is_the_first_page() -> None:
    assert decode("", parts=2) is None


def spelled(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "!", "a", "%00", "中文", "=" * 9, spelled("{}"), spelled('["a"]'), spelled('["a","b","c"]'), spelled("[1,2]"),
        spelled('["a",null]'), spelled('["a",["b"]]'), spelled("null"), spelled('"ab"'), spelled("not json"),
        base64.urlsafe_b64encode(b"\xff\xfe[").decode(), "A" * 5000, encode(["\0", "a"]), encode(["a", "\ud800"]),
        spelled("[" * 100_000),
    ],
)  # fmt: skip
def test_a_tampered_cursor_is_told(cursor: str) -> None:
    with pytest.raises(Invalid, match="翻页链接已失效"):
        decode(cursor, parts=2)


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_told(cursor: str) -> None:
    try:
        found = decode(cursor, parts=1)
    except Invalid:
        return
    assert found is None or (len(found) == 1 and isinstance(found[0], str))


@given(st.lists(st.uuids(), max_size=5))
def test_ids_of_a_cursor_read_back_and_no_more_than_wanted(ids: list[UUID]) -> None:
    assert ids_part(ids_text(ids), most=5) == ids
    for wrong in (ids_text([*ids, *[UUID(int=1)] * 5]), ids_text(ids) + "0", "z" * 32):
        with pytest.raises(Invalid, match="翻页链接已失效"):
            ids_part(wrong, most=4)


def test_every_row_is_read_block_by_block_and_a_block_may_be_read_twice() -> None:
    rows, read = [str(n) for n in range(7)], list[str]()

    def page(after: str) -> Page[str]:
        read.append(after)
        first = int(after or 0)
        return Page(rows[first : first + 3], str(first + 3) if first + 3 < len(rows) else "", not after)

    def twice(work: Callable[[], Page[str]]) -> Page[str]:
        work()
        return work()

    assert list(every_row(page)) == rows
    assert read == ["", "3", "6"]
    assert list(every_row(page, twice)) == rows


@pytest.mark.parametrize(
    ("size", "rows", "following"), [(3, 4, True), (3, 3, False), (3, 0, False), (1, 2, True)]
)
def test_a_page_is_cut_from_one_row_more(size: int, rows: int, following: bool) -> None:
    page = cut([str(n) for n in range(rows)], size=size, key=lambda row: [row], after="x")
    assert len(page.rows) == min(size, rows)
    assert bool(page.following) == following
    assert not page.is_first
    if following:
        assert decode(page.following, parts=1) == [page.rows[-1]]


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_the_parts_of_a_key_read_back(moment: datetime, one: UUID) -> None:
    day = moment.date()
    assert (day_part(day.isoformat()), moment_part(moment.isoformat()), id_part(str(one))) == (
        day,
        moment,
        one,
    )


@pytest.mark.parametrize("read", [day_part, moment_part, id_part])
@pytest.mark.parametrize("text", ["", "x", "\0", "2026-13-01", "2026-01-01T00:00:00", "9" * 40])
def test_a_part_that_is_none_is_told(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(Invalid, match="翻页链接已失效"):
        read(text)
