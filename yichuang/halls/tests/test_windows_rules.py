"""Pure rules of the window: numbers on a sheet, masked papers, weeks, sums, the sentence of 2023."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.halls.flow.windows import (
    ACT_MEANINGS,
    MOST_NUMBERS,
    ActKind,
    ConsultWay,
    IssueMethod,
    ReceiptState,
    WindowKind,
)
from yichuang.halls.rules.windows import (
    Span,
    is_window_code,
    masked,
    numbers_of,
    sentence,
    tally,
    week_of,
    year_to,
)

DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("code", "good"),
    [
        ("A01", True),
        ("B123", True),
        ("a01", False),
        ("A1", False),
        ("A1234", False),
        ("01A", False),
        ("", False),
    ],
)
def test_a_window_is_called_by_zone_and_number(code: str, good: bool) -> None:
    assert is_window_code(code) is good


def test_numbers_come_from_any_list() -> None:
    assert numbers_of("sl-1，SL-2\n SL-3;SL-4、SL-5") == ("SL-1", "SL-2", "SL-3", "SL-4", "SL-5")
    assert numbers_of(" \n ") == ()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("A A", "填了两次"),
        ("a A", "填了两次"),
        (" ".join(str(n) for n in range(MOST_NUMBERS + 1)), "一次最多"),
        ("X" * 65, "过长"),
    ],
    ids=["twice", "twice in another case", "too many", "too long"],
)
def test_a_wrong_list_says_what_is_wrong(typed: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        numbers_of(typed)


@given(st.lists(st.from_regex(r"[A-Z0-9-]{1,20}", fullmatch=True), max_size=40, unique=True))
def test_every_number_is_kept_once_and_in_order(numbers: list[str]) -> None:
    assert list(numbers_of("\n".join(numbers))) == numbers


@pytest.mark.parametrize(
    ("paper", "shown"),
    [
        ("510100199001010013", "**************0013"),
        ("", ""),
        ("12", "*2"),
        ("1234", "***4"),
        ("ab 12345", "***2345"),
    ],
)
def test_only_the_last_digits_are_shown(paper: str, shown: str) -> None:
    assert masked(paper) == shown


@given(st.text(alphabet="0123456789X", min_size=5, max_size=30))
def test_a_mask_never_shows_more_than_four(paper: str) -> None:
    shown = masked(paper)
    assert len(shown) == len(paper)
    assert set(shown[:-4]) == {"*"}
    assert shown[-4:] == paper[-4:]


@given(DAYS)
def test_a_week_has_seven_days_and_begins_on_monday(day: date) -> None:
    week = week_of(day)
    assert (week.first.weekday(), week.last - week.first) == (0, timedelta(days=6))
    assert day in week
    assert week.last + timedelta(days=1) not in week


@given(DAYS)
def test_the_year_begins_on_the_first_of_january(day: date) -> None:
    assert year_to(day) == Span(date(day.year, 1, 1), day)


@given(st.lists(st.tuples(st.sampled_from(ActKind), st.integers(1, 1000))))
def test_a_tally_loses_nothing(acts: list[tuple[ActKind, int]]) -> None:
    found = tally(acts)
    assert set(found) == set(ActKind)
    assert sum(found.values()) == sum(quantity for _, quantity in acts)


def test_the_sentence_is_that_of_the_report() -> None:
    """The figures of the printed issue 2023-44."""
    keys = (ActKind.CONSULTED, ActKind.ACCEPTED, ActKind.ISSUED, ActKind.HANDED_OVER)
    week = dict(zip(keys, (2085, 547, 1327, 10244), strict=True))
    year = dict(zip(keys, (68397, 18330, 162054, 286602), strict=True))
    assert sentence(week, year) == (
        "本周，共计咨询 2085 人次、受理 547 件、颁发 1327 件、流转 10244 件；"
        "今年以来，累计咨询 68397 人次、受理 18330 件、颁发 162054 件、流转 286602 件。"
    )


def test_everything_has_its_words() -> None:
    for enum in (ActKind, WindowKind, ConsultWay, IssueMethod, ReceiptState):
        assert all(one.label for one in enum)
    assert set(ACT_MEANINGS) == set(ActKind)
    assert {one.tone for one in ReceiptState} <= {"good", "warn", "bad"}
    assert [one.fact for one in ActKind] == [
        "window.consulted", "window.accepted", "window.handed_over", "window.issued",
    ]  # fmt: skip
