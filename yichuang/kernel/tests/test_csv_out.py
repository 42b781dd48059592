import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from yichuang.kernel import csv_out

PAYLOADS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\xa0=1+1", "\u3000=1+1", "\ufeff=1+1",
    "\u200b=1+1", "\u202e=1+1", "\0=1+1", "＝1+1", "＋1", "－1", "＠SUM", "﹦1", "−1", "|calc", "%0A=1",
    '=HYPERLINK("//evil.example","点我")', "=cmd|'/c calc'!A1", "  \t =1", "\t", "\r\n",
]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS, ids=repr)
def test_a_formula_is_kept_as_text(payload: str) -> None:
    assert csv_out.safe(payload) == f"'{payload}"


@pytest.mark.parametrize("payload", [p for p in PAYLOADS if p[0] not in "=+-@"], ids=repr)
def test_looking_at_the_first_sign_alone_would_be_caught(payload: str) -> None:
    """The broken variant that most systems have."""
    naive = f"'{payload}" if payload.startswith(("=", "+", "-", "@")) else payload
    assert naive != csv_out.safe(payload)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("示例科技有限公司", "示例科技有限公司"), ("510000119-2022-000001", "510000119-2022-000001"), ("", ""), (None, ""),
        (-5, "-5"), (Decimal("-64.29"), "-64.29"), (0, "0"), (date(2022, 5, 5), "2022-05-05"), ("a=b", "a=b"),
        ("第1号", "第1号"), (" 张示例", " 张示例"), ("'=1", "'=1"),
    ],
)  # fmt: skip
def test_everything_else_is_left_as_it_is(value: object, text: str) -> None:
    assert csv_out.safe(value) == text


def read(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_a_file_reads_back_cell_by_cell() -> None:
    rows: list[list[object]] = [["a,b", 'say "好"', "第一行\n第二行"], ["=1", 7, None]]
    found = read("".join(csv_out.lines(["甲", "=乙", "丙"], rows)))
    assert found == [["甲", "'=乙", "丙"], ["a,b", 'say "好"', "第一行\n第二行"], ["'=1", "7", ""]]


def test_rows_are_streamed_one_by_one() -> None:
    taken: list[int] = []

    def rows() -> Iterator[list[object]]:
        for number in range(3):
            taken.append(number)
            yield [number]

    stream = csv_out.lines(["n"], rows())
    next(stream)
    assert taken == []
    next(stream)
    assert taken == [0]


def test_a_download_has_a_name_that_cannot_break_out_of_its_header() -> None:
    response = csv_out.csv_response('办件/"x"\r\nSet-Cookie: a=b.csv', ["n"], [])
    header = response["Content-Disposition"]
    assert header.startswith("attachment; filename*=UTF-8''%E5%8A%9E%E4%BB%B6%2F%22x%22%0D%0A")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
