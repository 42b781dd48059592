"""Questions of analysts as statements: as many values as places, each in its order, and nothing typed among the words."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.statistics.flow.analysis import COLUMNS, DIMENSION, DIMENSIONS, FILTERS, MEASURE, MEASURES
from yichuang.statistics.queries.window import CODE_OF, WindowActs
from yichuang.statistics.rules import Spread, percentile
from yichuang.statistics.rules.analysis import Asked, by_department, months, statement

FIRST, LAST = date(2022, 1, 1), date(2022, 12, 31)
SPREAD = {one.expression for one in MEASURES if one.part}
ALIKE = "示例商务局（市中区）"
Decided = tuple[str, int | None, int]
DECISIONS = st.lists(
    st.tuples(st.sampled_from("ab"), st.none() | st.integers(0, 70), st.sampled_from((1, 1, 2, 9))),
    max_size=12,
)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
QUESTIONS = st.builds(
    Asked,
    st.sampled_from(sorted(MEASURE)),
    st.lists(st.sampled_from(sorted(DIMENSION)), unique=True, max_size=2).map(tuple),
    st.just(FIRST),
    st.just(LAST),
    st.dictionaries(st.sampled_from(FILTERS), WORDS, max_size=4),
    st.none() | st.lists(st.uuids(), max_size=3).map(tuple),
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
    reach = [] if asked.departments is None else [*map(str, asked.departments)] or [""]
    assert rest == [*named, *reach]
    assert by_department(asked) == ("department" in text)
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
    functions = {"case", "when", "then", "else", "end", "between", "and", "strftime", "isodow", "varchar", "sum", "min", "filter",
                 "where", "is", "not", "null", "licence", "public_service", "other_nine", "extension"}  # fmt: skip
    of_the_histogram = {"seen", "whole"}
    for expression in [*(one.expression for one in DIMENSIONS), *(one.expression for one in MEASURES)]:
        bare = "".join(
            sign if sign.isalpha() or sign == "_" else " "
            for sign in expression.replace("%Y-%m-%d", "").replace("%Y-%m", "")
        )
        known = functions | (of_the_histogram if expression in SPREAD else set())
        assert set(bare.split()) - known <= set(COLUMNS), expression
    assert set(FILTERS) <= set(DIMENSION)
    assert len(DIMENSION) == len(DIMENSIONS)
    assert len(MEASURE) == len(MEASURES)


@contextmanager
def decisions(rows: list[Decided]) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """The engine over decisions (department, days used, quantity): what it answers to a question, or to a text in its place."""
    with duckdb.connect(":memory:", config={"threads": "1"}) as engine:
        engine.execute(
            "create table facts (day date, kind varchar, department_id varchar, days_used int, corrections int, quantity bigint, "
            f"department varchar default '{ALIKE}')"
        )
        if rows:
            engine.executemany(
                "insert into facts (day, kind, department_id, days_used, corrections, quantity) values (?, 'decided', ?, ?, ?, ?)",
                [(FIRST, whose, days, days, quantity) for whose, days, quantity in rows],
            )

        def ask(asked: Asked, text: str = "") -> list[tuple[Any, ...]]:
            said, given = statement(asked, rows=99)
            return engine.execute(text or said, given).fetchall()

        yield ask


def by_hand(kept: list[Decided], whose: str | None, code: str) -> Any:
    """A measure by the arithmetic of the published figures: of one department, or of all."""
    measure = MEASURE[code]
    spread = [Spread(days, n, 0, 0) for one, days, n in kept if days is not None and whose in (one, None)]
    if measure.part:
        return percentile(spread, measure.part)
    total, number = sum(one.days_used * one.count for one in spread), sum(one.count for one in spread)
    exact = Decimal(total * 10**measure.places) / number if number else None
    return None if exact is None else exact.quantize(Decimal(1), ROUND_HALF_UP)


@settings(max_examples=12, deadline=None)
@given(DECISIONS, DECISIONS)
def test_means_and_middles_are_those_of_the_figures_whatever_was_taken_back(
    kept: list[Decided], wrong: list[Decided]
) -> None:
    """Decisions told wrongly and taken back leave no trace: exactly the arithmetic of the published figures, of what is left."""
    rows = [*kept, *wrong, *((whose, days, -quantity) for whose, days, quantity in wrong)]
    with decisions(rows) as ask:
        for code in ("mean_days", "median_days", "p90_days", "corrections"):
            found = dict(ask(Asked(code, ("department",), FIRST, LAST)))
            assert found == {whose: by_hand(kept, whose, code) for whose, _, _ in rows}, code
            assert ask(Asked(code, (), FIRST, LAST)) == [(by_hand(kept, None, code),)]


def test_the_mean_that_counts_what_was_taken_back_is_another() -> None:
    """The broken variant: an average of the rows takes a correction for one decision more; a float rounds 1.005 down."""
    asked, corrected = Asked("mean_days", (), FIRST, LAST), Asked("corrections", (), FIRST, LAST)
    with decisions([("a", 20, 1), ("a", 20, -1), ("a", 3, 1)]) as ask:
        assert ask(asked) == [(30,)], "tenths: 3.0 days"
        right, _ = statement(asked, rows=99)
        plain = right.replace(MEASURE["mean_days"].expression, "round(avg(days_used), 1)")
        assert ask(asked, plain) == [(14.3,)]
    with decisions([("a", 1, 199), ("a", 2, 1)]) as ask:
        assert ask(corrected) == [(101,)], "1.005 is 1.01"


def test_whoever_reaches_one_of_two_that_are_called_alike_is_answered_of_that_one() -> None:
    """The broken variant goes by the name that the files have, which two counties share: each is answered of both."""
    own, other = UUID(int=1), UUID(int=2)
    rows: list[Decided] = [(str(own), 1, 3), (str(other), 1, 5)]
    asked = Asked("concluded", (), FIRST, LAST, departments=(own,))
    with decisions(rows) as ask:
        assert ask(asked) == [(3,)]
        assert ask(replace(asked, departments=(own, other))) == [(8,)]
        assert ask(replace(asked, departments=())) == [(None,)]
        assert ask(replace(asked, departments=None, only={"department": str(other)})) == [(5,)]
        by_name = statement(asked, rows=99)[0].replace(
            "department_id in (?)", f"'{ALIKE}' <> ? and department = '{ALIKE}'"
        )
        assert ask(asked, by_name) == [(8,)]


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
