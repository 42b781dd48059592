"""Lists as spreadsheets write them: encodings, quotes, the apostrophe of our own export."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from yichuang.kernel import csv_in, csv_out
from yichuang.kernel.errors import Invalid


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_whatever_a_spreadsheet_writes_is_read(encoding: str) -> None:
    text = "姓名,单位\r\n张示例,示例研究院\r\n"
    rows = list(csv_in.rows_of(csv_in.decode(text.encode(encoding))))
    assert rows == [(1, ["姓名", "单位"]), (2, ["张示例", "示例研究院"])]


def test_lines_count_as_in_the_file_and_blank_ones_are_passed_over() -> None:
    assert list(csv_in.rows_of('a,b\n\n , \n"x\ny",2\n')) == [(1, ["a", "b"]), (5, ["x\ny", "2"])]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04rest", "Excel"), (b"\xd0\xcf\x11\xe0rest", "Excel"), (b"a\x00b", "二进制"),
        (b"\xff\xff\xff\xff\x81", "编码"), (b'a,"b\n', "第 1 行"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_the_way_out(content: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        list(csv_in.rows_of(csv_in.decode(content)))
    assert caught.value.how


@given(some.text(alphabet="=+-@|％＝'甲a1 ", max_size=8))
def test_what_our_export_protects_comes_back_as_it_was(cell: str) -> None:
    kept = cell.strip()
    once = csv_in.plain(kept)
    assert csv_in.plain(csv_out.safe(once)) == csv_in.plain(once)
    if not kept.startswith("'"):
        assert csv_in.plain(csv_out.safe(kept)) == kept
