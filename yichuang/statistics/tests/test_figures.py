"""Figures equal a recount of the facts, drained or not; published totals go on exactly."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases import commands as cases
from yichuang.cases.flow import Outcome
from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.statistics import commands, queries, rules
from yichuang.statistics.rules import Cell, Entry, Used

AT = make.AT
WEEK = (date(2022, 5, 5), date(2022, 5, 13))
# Totals that were published for 2022-07-22 and 2022-09-02 (weekly reports 2022-24 and 2022-29).
ISSUE_24 = {
    ("licence", "accepted"): 465_145, ("licence", "concluded"): 461_336,
    ("public_service", "accepted"): 18_703_029, ("public_service", "concluded"): 6_476_433,
    ("other_nine", "accepted"): 40_933, ("other_nine", "concluded"): 41_684,
}  # fmt: skip
ISSUE_29 = {
    ("licence", "accepted"): 597_002, ("licence", "concluded"): 591_301,
    ("public_service", "accepted"): 19_476_216, ("public_service", "concluded"): 7_248_456,
    ("other_nine", "accepted"): 48_812, ("other_nine", "concluded"): 49_560,
}  # fmt: skip


def bring(as_of: date, values: dict[tuple[str, str], int], *, is_total: bool) -> None:
    for (group, measure), value in values.items():
        commands.bring_forward(
            as_of=as_of, group=group, measure=measure, value=value, is_total=is_total,
            source="窗口工作周报", by=SYSTEM, at=AT,
        )  # fmt: skip


@pytest.mark.django_db
def test_the_published_totals_of_one_issue_go_on_to_those_of_the_next() -> None:
    bring(date(2022, 7, 22), ISSUE_24, is_total=True)
    assert queries.year_to_date(date(2022, 7, 22)) == ISSUE_24
    assert queries.year_to_date(date(2022, 7, 21)) == dict.fromkeys(ISSUE_24, 0)
    bring(date(2022, 9, 2), {key: ISSUE_29[key] - ISSUE_24[key] for key in ISSUE_29}, is_total=False)
    assert queries.year_to_date(date(2022, 9, 1)) == ISSUE_24
    assert queries.year_to_date(date(2022, 9, 2)) == ISSUE_29
    assert queries.year_to_date(date(2023, 1, 5)) == dict.fromkeys(ISSUE_24, 0)


@pytest.mark.django_db
def test_cases_are_added_only_after_the_day_that_the_total_covers() -> None:
    make.in_review(make.day("2022-05-06"))
    make.in_review(make.day("2022-05-09"))
    bring(date(2022, 5, 6), {("licence", "accepted"): 1000}, is_total=True)
    assert queries.year_to_date(date(2022, 5, 13))["licence", "accepted"] == 1001
    assert queries.year_to_date(date(2022, 5, 13))["licence", "concluded"] == 0


def month(*, drain_half: bool) -> None:
    """Some weeks with every kind of end."""
    for number in range(6):
        made = make.in_review(AT + timedelta(days=number), promised=5)
        later = AT + timedelta(days=number + number * 2)
        if number % 3 == 0:
            cases.decide(made.id, outcome=Outcome.GRANTED, by=people.head(), at=later, key=make.key())
        elif number % 3 == 1:
            cases.decide(
                made.id,
                outcome=Outcome.DENIED,
                reason="不符合条件",
                by=people.head(),
                at=later,
                key=make.key(),
            )
    if drain_half:
        commands.close_batch(at=AT, limit=7)
    make.refused()
    make.terminated()
    make.delivered()


def recount(first: date, last: date) -> dict[str, int]:
    """Counted from the facts by other SQL: no daily figures, no queue."""
    rows = sql.rows(
        "select case f.kind when 'case.filed' then 'received' when 'case.accepted' then 'accepted' "
        "when 'case.decided' then 'concluded' when 'case.delivered' then 'delivered' when 'case.refused' then 'refused' "
        "else 'terminated' end, count(*) from journal_fact f "
        "where f.day between %(first)s and %(last)s and f.kind in ('case.filed', 'case.accepted', 'case.decided', "
        "'case.delivered', 'case.refused', 'case.withdrawn', 'case.terminated') group by 1",
        {"first": first, "last": last},
    )
    return {row[0]: row[1] for row in rows}


@pytest.mark.django_db
@pytest.mark.parametrize("drain_half", [False, True])
def test_figures_equal_a_recount_whether_drained_or_not(drain_half: bool) -> None:
    month(drain_half=drain_half)
    for first, last in (WEEK, (date(2022, 5, 9), date(2022, 5, 9)), (date(2022, 1, 1), date(2022, 12, 31))):
        before = queries.cells(first_day=first, last_day=last).values()
        counted = recount(first, last)
        assert {k: before[k] for k in counted} == counted
        early = sql.one(
            "select count(*) from journal_fact where kind = 'case.decided' and day between %(a)s and %(b)s "
            "and data::json->>'promptness' in ('early', 'instant')",
            {"a": first, "b": last},
        )
        assert (before["early"],) == early
    whole = queries.cells(first_day=date(2022, 1, 1), last_day=date(2022, 12, 31)).values()
    while commands.close_batch(at=AT):
        pass
    assert queries.cells(first_day=date(2022, 1, 1), last_day=date(2022, 12, 31)).values() == whole


@pytest.mark.django_db
def test_the_number_of_statements_does_not_grow_with_cases() -> None:
    month(drain_half=True)
    with sql.counting() as statements:
        queries.report_figures(first_day=WEEK[0], last_day=WEEK[1])
    assert len(statements) <= 13


@pytest.mark.django_db
def test_every_counted_figure_leads_to_exactly_its_cases() -> None:
    month(drain_half=True)
    first, last = date(2022, 1, 1), date(2022, 12, 31)
    values = queries.cells(first_day=first, last_day=last).values("licence")
    for measure in (
        "received",
        "accepted",
        "concluded",
        "delivered",
        "refused",
        "terminated",
        "early",
        "on_time",
        "late",
    ):
        page = queries.counted_cases(
            measure, by=SYSTEM, first_day=first, last_day=last, group="licence", size=1000
        )
        assert len(page.rows) == values[measure], measure
        assert len({row.id for row in page.rows}) == len(page.rows)


@pytest.mark.django_db
def test_a_stranger_finds_no_cases_behind_a_figure() -> None:
    make.in_review()
    first, last = date(2022, 1, 1), date(2022, 12, 31)
    other = people.department("商务厅", "125", "川商")
    for by in (people.applicant_actor(), people.head(other, "other-head")):
        assert not queries.counted_cases("accepted", by=by, first_day=first, last_day=last).rows
    assert queries.counted_cases("accepted", by=people.head(), first_day=first, last_day=last).rows
    with pytest.raises(Invalid):
        queries.counted_cases("invented", by=SYSTEM, first_day=first, last_day=last)


@pytest.mark.django_db
def test_a_snapshot_is_frozen_and_says_which_seal() -> None:
    month(drain_half=True)
    snapshot = commands.freeze(first_day=WEEK[0], last_day=WEEK[1], by=SYSTEM, at=AT)
    assert sql.one("select count(*) from journal_fresh where subject_kind = 'case'") == (0,)
    frozen = commands.frozen_figures(snapshot)
    assert frozen == queries.report_figures(first_day=WEEK[0], last_day=WEEK[1])
    make.in_review(make.day("2022-05-12"))
    assert (
        commands.frozen_figures(snapshot)
        == frozen
        != queries.report_figures(first_day=WEEK[0], last_day=WEEK[1])
    )
    snapshot.figures = snapshot.figures.replace('"value":', '"value":1', 1)
    with pytest.raises(Conflict):
        commands.frozen_figures(snapshot)


@pytest.mark.django_db
def test_bringing_forward_needs_a_source_a_right_and_happens_once() -> None:
    cell = {
        "as_of": date(2022, 5, 13),
        "group": "licence",
        "measure": "accepted",
        "value": 369_861,
        "is_total": True,
    }
    with pytest.raises(Refused):
        commands.bring_forward(**cell, source="周报", by=people.clerk(), at=AT)  # type: ignore[arg-type]
    editor = Actor(kind="staff", name="统计", capabilities=frozenset({str(Capability.FIGURES_BRING_FORWARD)}))
    with pytest.raises(Invalid):
        commands.bring_forward(**cell, source=" ", by=editor, at=AT)  # type: ignore[arg-type]
    entry = commands.bring_forward(**cell, source="周报 2022年第14期", by=editor, at=AT)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        commands.bring_forward(**cell, source="周报 2022年第14期", by=editor, at=AT)  # type: ignore[arg-type]
    commands.cancel_brought_forward(entry.pk, reason="录错", by=editor, at=AT)
    assert queries.year_to_date(date(2022, 5, 13))["licence", "accepted"] == 0
    with pytest.raises(Missing):
        commands.cancel_brought_forward(entry.pk, reason="再次", by=editor, at=AT)


def test_shares_and_means_are_rounded_half_up() -> None:
    assert rules.share(1064, 1655) == Decimal("64.29")
    assert rules.share(1, 8) == Decimal("12.50")
    assert rules.share(5, 0) is None
    assert rules.mean(25, 4) == Decimal("6.3")
    assert rules.mean(1, 0) is None


def test_every_measure_differs_from_its_neighbours_in_a_hand_counted_case() -> None:
    cells = [
        Cell("case.filed", "", 40), Cell("case.accepted", "", 30), Cell("case.decided", "instant", 3),
        Cell("case.decided", "early", 10), Cell("case.decided", "on_time", 5), Cell("case.decided", "late", 2),
        Cell("case.delivered", "", 17), Cell("case.refused", "", 4), Cell("case.withdrawn", "", 1),
        Cell("case.terminated", "", 5),
    ]  # fmt: skip
    days = [Used(0, 20, 3), Used(5, 20, 10), Used(10, 30, 5), Used(40, 45, 2)]
    assert rules.values(cells, days) == {
        "received": 40, "accepted": 30, "concluded": 20, "delivered": 17, "refused": 4, "terminated": 6,
        "instant": 3, "early": 13, "on_time": 18, "late": 2, "early_share": Decimal("65.00"),
        "on_time_share": Decimal("90.00"), "mean_days": Decimal("9.0"), "mean_limit": Decimal("25.0"),
        "median_days": Decimal(5), "p90_days": Decimal(10),
    }  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), min_size=1, max_size=30))
def test_p90_equals_the_nearest_rank_of_the_written_out_list(pairs: list[tuple[int, int]]) -> None:
    written = sorted(days for days, count in pairs for _ in range(count))
    rank = -(-len(written) * 9 // 10)
    assert rules.p90([Used(days, 20, count) for days, count in pairs]) == written[rank - 1]


entries = st.lists(
    st.builds(Entry, st.dates(date(2021, 6, 1), date(2023, 6, 1)), st.booleans(), st.integers(0, 1000)),
    max_size=12,
)


@given(entries, st.dates(date(2022, 1, 1), date(2022, 12, 31)))
def test_carried_totals_never_count_another_year_nor_the_future(found: list[Entry], as_of: date) -> None:
    value, covered = rules.carried(found, as_of)
    valid = [e for e in found if e.as_of.year == 2022 and e.as_of <= as_of]
    assert rules.carried(valid, as_of)[0] <= sum(e.value for e in valid)
    assert covered is None or covered in {e.as_of for e in valid if e.is_total}
    assert value >= 0


def test_falling_totals_are_named() -> None:
    assert rules.balanced({"a": 5, "b": 3}, {"a": 4, "b": 3, "c": 1}) == ["a"]


def test_the_factory_lives_in_the_week() -> None:
    assert WEEK[0] <= AT.date() <= WEEK[1]
    assert isinstance(AT, datetime)
