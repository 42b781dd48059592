"""Random histories, drained at random moments: every figure of every cut equals a count by hand."""

import random
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel import sql
from yichuang.statistics import commands, queries, rules
from yichuang.statistics.flow import GROUPS, MEASURES, Form, group_of
from yichuang.statistics.pages import tables
from yichuang.statistics.tests.happenings import (
    DEPARTMENTS,
    EXTENSIONS,
    KINDS,
    PROMPT,
    TYPES,
    Happening,
    as_cells,
    by_hand,
    enter,
    invent,
    moment,
)

FIRST, LAST = date(2022, 4, 25), date(2022, 5, 15)
RANGES = (
    (FIRST, LAST),
    (date(2022, 5, 2), date(2022, 5, 8)),
    (date(2022, 5, 9), date(2022, 5, 9)),
    (date(2022, 1, 1), date(2022, 12, 31)),
    (date(2023, 1, 1), date(2023, 12, 31)),
)


def history(seed: int, *, drain: float, length: int = 120) -> list[Happening]:
    """A history that has happened; after each fact the drain may take some of what waits."""
    chance = random.Random(seed)
    told = []
    for _ in range(length):
        happening = invent(chance, FIRST, LAST)
        enter(happening)
        told.append(happening)
        if chance.random() < drain:
            commands.close_batch(at=moment(LAST), limit=chance.randint(1, 25))
    return told


def cut(
    told: list[Happening], first: date, last: date, group: str | None = None, department: object = None
) -> list[Happening]:
    """What of a history a figure covers."""
    return [
        one
        for one in told
        if first <= one.day <= last and group in (None, one.group) and department in (None, one.department)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("seed", "drain"), [(1, 0.0), (2, 0.05), (3, 0.3), (4, 1.0)])
def test_every_figure_of_every_cut_equals_a_count_by_hand(seed: int, drain: float) -> None:
    told = history(seed, drain=drain)
    for first, last in RANGES:
        read = queries.cells(first_day=first, last_day=last)
        for group, department in product((None, *GROUPS, "extension"), (None, *DEPARTMENTS)):
            wanted = by_hand(cut(told, first, last, group, department))
            assert read.values(group, department) == wanted, (first, last, group, department)
        for department in DEPARTMENTS:
            alone = queries.cells(first_day=first, last_day=last, department=department)
            assert alone.values() == by_hand(cut(told, first, last, department=department))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [11, 12])
def test_what_is_sealed_and_what_waits_together_are_everything(seed: int) -> None:
    told = history(seed, drain=0.05)
    sealed = queries.cells(first_day=FIRST, last_day=LAST, sealed_only=True).values()
    waiting = {
        row[0]: row[1]
        for row in sql.rows("select kind, count(*) from journal_fresh group by kind order by kind")
    }
    whole = by_hand(told)
    assert waiting, "the history is half drained"
    for measure, kind in (
        ("received", "case.filed"),
        ("accepted", "case.accepted"),
        ("concluded", "case.decided"),
    ):
        before, after = sealed[measure], whole[measure]
        assert isinstance(before, int)
        assert before + waiting.get(kind, 0) == after
    while commands.close_batch(at=moment(LAST), limit=13):
        pass
    assert queries.cells(first_day=FIRST, last_day=LAST, sealed_only=True).values() == whole


@pytest.mark.django_db
def test_days_and_weeks_add_up_to_the_period() -> None:
    told = history(21, drain=0.1)
    counts = [measure.code for measure in MEASURES if measure.form == Form.COUNT]
    days = [FIRST + timedelta(days=step) for step in range((LAST - FIRST).days + 1)]
    by_day = [queries.cells(first_day=day, last_day=day).values() for day in days]
    whole = by_hand(told)
    for code in counts:
        assert sum(int(values[code] or 0) for values in by_day) == whole[code], code
    trend = {(day, measure): count for day, measure, count in queries.trend(first_day=FIRST, last_day=LAST)}
    for day in days:
        counted = by_hand([one for one in told if one.day == day and one.group in GROUPS])
        for measure in ("received", "accepted", "concluded"):
            assert trend.get((day, measure), 0) == counted[measure]
    one = queries.trend(first_day=FIRST, last_day=LAST, department=DEPARTMENTS[1])
    mine = by_hand(fact for fact in told if fact.department == DEPARTMENTS[1] and fact.group in GROUPS)
    assert sum(count for _, measure, count in one if measure == "accepted") == mine["accepted"]


@pytest.mark.django_db
def test_the_drain_leaves_as_many_facts_in_the_days_as_there_were() -> None:
    told = history(31, drain=0.2)
    while commands.close_batch(at=moment(LAST), limit=10):
        pass
    assert sql.one("select count(*) from journal_fresh") == (0,)
    assert sql.one("select sum(count)::int from statistics_daily") == (len(told),)
    decided = [one for one in told if one.kind == "case.decided"]
    assert sql.one("select sum(count)::int from statistics_dailydays") == (len(decided),)
    assert sql.one("select sum(leaves)::int from journal_seal") == (len(told),)


@pytest.mark.django_db
@pytest.mark.parametrize("drained", [False, True])
def test_a_fact_of_something_else_is_never_counted_drained_or_not(drained: bool) -> None:
    """Not a case, or a case without an item: the same answer before the drain and after it."""
    at = moment(date(2022, 5, 9))
    used = {"promptness": "early", "days_used": 3, "limit_days": 20}
    enter(Happening(at, "case.decided", subject_kind="bundle", **used))  # type: ignore[arg-type]
    enter(Happening(at, "case.decided", item=None, **used))  # type: ignore[arg-type]
    enter(Happening(at, "case.accepted", subject_kind="report"))
    if drained:
        commands.close_batch(at=at)
    assert queries.cells(first_day=FIRST, last_day=LAST).values() == by_hand([])
    assert queries.trend(first_day=FIRST, last_day=LAST) == []


@pytest.mark.django_db
@pytest.mark.parametrize("drained", [False, True])
@pytest.mark.parametrize("item_type", EXTENSIONS)
def test_local_extensions_of_the_item_types_are_in_no_group(item_type: str, drained: bool) -> None:
    at = moment(date(2022, 5, 9))
    for kind in ("case.filed", "case.accepted"):
        enter(Happening(at, kind, item_type=item_type))
    enter(Happening(at, "case.decided", item_type=item_type, promptness="late", days_used=9, limit_days=5))
    if drained:
        commands.close_batch(at=at)
    assert group_of(item_type) is None
    read = queries.cells(first_day=FIRST, last_day=LAST)
    assert read.values("extension")["accepted"] == 1
    nothing = by_hand([])
    for row in tables.by_group(read):
        assert row.values == nothing, row.label
    assert tables.by_department(read, {}) == []
    figures = queries.report_figures(first_day=FIRST, last_day=LAST)
    assert {figure.value for figure in figures} <= {0, None}
    assert not [figure for figure in figures if figure.department is not None]
    assert queries.trend(first_day=FIRST, last_day=LAST) == []
    assert {count for *_, count in queries.day_figures(date(2022, 5, 9))} == {0}


def test_the_groups_cut_the_types_as_the_standard_does() -> None:
    nine = [f"{number:02d}" for number in range(2, 11)]
    assert {"licence": ["01"], "public_service": ["20"], "other_nine": nine} == queries.TYPES_OF
    for number in range(100):
        code = f"{number:02d}"
        named = [group for group, codes in queries.TYPES_OF.items() if code in codes]
        wanted: list[str | None] = [*named] or [None]
        assert [group_of(code)] == wanted
        assert Happening(moment(FIRST), "case.filed", item_type=code).group == (named or ["extension"])[0]


def happenings() -> st.SearchStrategy[Happening]:
    """Any fact; only decisions have a promptness and days."""

    def made(kind: str, item_type: str, prompt: str, used: int, limit: int) -> Happening:
        if kind != "case.decided":
            return Happening(moment(FIRST), kind, item_type=item_type)
        return Happening(
            moment(FIRST), kind, item_type=item_type, promptness=prompt, days_used=used, limit_days=limit
        )

    return st.builds(
        made,
        st.sampled_from(KINDS),
        st.sampled_from(TYPES),
        st.sampled_from(PROMPT),
        st.integers(0, 90),
        st.integers(0, 60),
    )


@given(st.lists(happenings(), max_size=60))
def test_the_arithmetic_equals_a_count_by_hand(told: list[Happening]) -> None:
    values = rules.values(*as_cells(told))
    assert values == by_hand(told)
    assert set(values) == {measure.code for measure in MEASURES}
    assert not [value for value in values.values() if isinstance(value, float)]


@given(st.lists(happenings(), max_size=60))
def test_tables_balance(told: list[Happening]) -> None:
    """Prompt decisions contain each other, late ones are the rest, and shares stay within a hundred."""
    values = rules.values(*as_cells(told))
    counts = {code: value for code, value in values.items() if isinstance(value, int)}
    assert counts["instant"] <= counts["early"] <= counts["on_time"] <= counts["concluded"]
    assert counts["on_time"] + counts["late"] == counts["concluded"]
    for code in ("early_share", "on_time_share"):
        share = values[code]
        assert (share is None) == (counts["concluded"] == 0)
        assert share is None or 0 <= share <= 100
    limit = values["p90_days"]
    assert limit is None or any(one.days_used == limit for one in told)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_is_rounded_half_up_at_the_second_place(part: int, whole: int) -> None:
    share = rules.share(part, whole)
    assert share is not None
    assert share.as_tuple().exponent == -2
    rest = part * 20_000 - int(share * 100) * 2 * whole
    assert -whole <= rest < whole, "half a hundredth below is rounded up, half above is not left below"


@given(st.integers(0, 10**6), st.integers(1, 10**4))
def test_a_mean_is_rounded_half_up_at_the_first_place(total: int, count: int) -> None:
    mean = rules.mean(total, count)
    assert mean is not None
    assert mean.as_tuple().exponent == -1
    rest = total * 20 - int(mean * 10) * 2 * count
    assert -count <= rest < count
    assert rules.mean(total * 7, count * 7) == mean


def test_nine_of_ten_is_the_nearest_rank_at_its_edges() -> None:
    one = [rules.Used(n, 20, 1) for n in range(1, 11)]
    assert rules.p90(one) == Decimal(9)
    assert rules.p90(one[:9]) == Decimal(9)
    assert rules.p90([rules.Used(5, 20, 1)]) == Decimal(5)
    assert rules.p90([]) is None
    assert rules.p90([rules.Used(1, 20, 9), rules.Used(50, 20, 1)]) == Decimal(1)
    assert rules.p90([rules.Used(1, 20, 8), rules.Used(50, 20, 1)]) == Decimal(50)
