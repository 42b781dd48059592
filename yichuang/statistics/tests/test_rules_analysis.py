"""Questions of analysts as statements: as many values as places, each in its order, and nothing typed among the words."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.statistics.flow.analysis import COLUMNS, DIMENSION, DIMENSIONS, FILTERS, MEASURE, MEASURES
from yichuang.statistics.queries.window import CODE_OF, WindowActs
from yichuang.statistics.rules.analysis import Asked, months, statement

FIRST, LAST = date(2022, 1, 1), date(2022, 12, 31)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
QUESTIONS = st.builds(
    Asked,
    st.sampled_from(sorted(MEASURE)),
    st.lists(st.sampled_from(sorted(DIMENSION)), unique=True, max_size=2).map(tuple),
    st.just(FIRST),
    st.just(LAST),
    st.dictionaries(st.sampled_from(FILTERS), WORDS, max_size=4),
    st.none() | st.lists(WORDS, max_size=3).map(tuple),
)


@settings(max_examples=80, deadline=None)
@given(QUESTIONS, st.integers(1, 50_000))
def test_every_value_has_its_place_and_no_word_of_a_reader_is_in_the_statement(
    asked: Asked, rows: int
) -> None:
    text, given = statement(asked, rows=rows)
    assert text.count("?") == len(given)
    assert given[:2] == [FIRST, LAST]
    verbs = MEASURE[asked.measure].verbs
    assert tuple(given[2 : 2 + len(verbs)]) == verbs
    rest = given[2 + len(verbs) :]
    named = [asked.only[code] for code in sorted(asked.only)]
    # Who reaches no department at all asks of none, never of all.
    reach = [] if asked.departments is None else list(asked.departments or ("",))
    assert rest == [*named, *reach]
    assert (
        text
        == statement(
            Asked(
                asked.measure, asked.dimensions, FIRST, LAST, dict.fromkeys(asked.only, ""), asked.departments
            ),
            rows=rows,
        )[0]
    )
    assert text.endswith(f" limit {rows + 1}")


@pytest.mark.parametrize(
    ("dimensions", "grouped"),
    [
        ((), ""),
        (("month",), " group by 1 order by 1 "),
        (("hour", "region"), " group by 1, 2 order by 1, 2 "),
    ],
)
def test_what_is_grouped_is_in_order(dimensions: tuple[str, ...], grouped: str) -> None:
    text, _ = statement(Asked("accepted", dimensions, FIRST, LAST), rows=9)
    assert text.partition(" where ")[2].partition("?)")[2].removesuffix("limit 10").strip() == grouped.strip()
    assert [f" as {code}" in text for code in dimensions] == [True] * len(dimensions)


@pytest.mark.parametrize(
    "wrong", [{"measure": "applicant"}, {"dimensions": ("applicant_name",)}, {"only": {"number": "x"}}]
)
def test_what_the_tables_do_not_have_is_no_question(wrong: Mapping[str, Any]) -> None:
    asked = {"measure": "accepted", "dimensions": (), "first": FIRST, "last": LAST, "only": {}, **wrong}
    with pytest.raises(KeyError):
        statement(Asked(**asked), rows=1)


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 800))
def test_the_months_of_a_period_are_those_of_its_days(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    days = {f"{first + timedelta(days=step):%Y-%m}" for step in range(length + 1)}
    assert months(first, last) == sorted(days)


def test_a_period_that_ends_before_it_begins_has_no_month() -> None:
    assert months(date(2022, 5, 1), date(2022, 4, 30)) == []


def test_what_may_be_asked_is_made_of_columns_that_leave_the_house() -> None:
    """An expression over a column that the files do not have would fail for everybody who chooses it."""
    functions = {"case", "when", "then", "else", "end", "between", "and", "strftime", "isodow", "varchar", "sum", "avg", "round",
                 "quantile_disc", "licence", "public_service", "other_nine", "extension"}  # fmt: skip
    for expression in [*(one.expression for one in DIMENSIONS), *(one.expression for one in MEASURES)]:
        bare = "".join(
            sign if sign.isalpha() or sign == "_" else " "
            for sign in expression.replace("%Y-%m-%d", "").replace("%Y-%m", "")
        )
        assert set(bare.split()) - functions <= set(COLUMNS), expression
    assert set(FILTERS) <= set(DIMENSION)
    assert len(DIMENSION) == len(DIMENSIONS)
    assert len(MEASURE) == len(MEASURES)


def test_the_acts_of_the_window_add_up_over_departments_and_what_concerns_none() -> None:
    one, two = UUID(int=1), UUID(int=2)
    codes = list(CODE_OF.values())
    acts = WindowActs({(codes[0], one): 3, (codes[0], None): 4, (codes[1], two): 5})
    assert acts.values() == {**dict.fromkeys(codes, 0), codes[0]: 7, codes[1]: 5}
    assert acts.of(one) == {**dict.fromkeys(codes, 0), codes[0]: 3}
    assert acts.of(None)[codes[0]] == 4
    assert acts.of(UUID(int=9)) == dict.fromkeys(codes, 0)
    assert (acts.departments(), acts.has_general()) == ([one, two], True)
    parts = [acts.of(whose) for whose in (*acts.departments(), None)]
    assert {code: sum(part[code] for part in parts) for code in codes} == acts.values()
    assert (WindowActs({}).departments(), WindowActs({}).has_general()) == ([], False)
    assert len(set(codes)) == len(CODE_OF)
