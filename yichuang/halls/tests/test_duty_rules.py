"""The sentence of a visit, numerals, a year against its plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.halls.rules.duty import Done, PlanState, body_sentence, ordinal


@pytest.mark.parametrize(
    ("done", "note", "asked", "text"),
    [
        (Done(), "", [], ""),
        (Done(2, 3, 5), "", [], "查看办件2件，颁发证照3件，解答咨询5人次。"),
        (Done(), "看望窗口人员。", ["压缩时限。"], "看望窗口人员。要求：压缩时限。"),
        (Done(certificates=1), "", ["甲；", " ", "乙"], "颁发证照1件。要求：一是甲；二是乙。"),
    ],
    ids=["nothing", "counts", "note", "requirements"],
)  # fmt: skip
def test_the_sentence_of_a_visit(done: Done, note: str, asked: list[str], text: str) -> None:
    assert body_sentence(done, note, asked) == text


@given(number=st.integers(1, 99))
def test_numerals_read_back(number: int) -> None:
    digits = {sign: value for value, sign in enumerate("一二三四五六七八九", start=1)}
    tens, ten, units = ordinal(number).rpartition("十")
    value = (digits.get(tens, 1) * 10 if ten else 0) + digits.get(units, 0)
    assert value == number


@given(planned=st.none() | st.integers(0, 366), done=st.integers(0, 400))
def test_a_year_against_its_plan(planned: int | None, done: int) -> None:
    state = PlanState(planned, done)
    assert state.missing == max((planned or 0) - done, 0)
    assert (state.words == "没有计划") == (planned is None)
    assert ("还差" in state.words) == (state.missing > 0)
