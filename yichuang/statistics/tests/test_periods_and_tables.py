"""Periods typed into an address, cells of tables, days of a trend: whatever is given, what comes is in order."""

from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import UUID
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from yichuang.statistics import queries, rules
from yichuang.statistics.flow import GROUPS, MEASURES, MEASURES_OF, Form, measure_of
from yichuang.statistics.pages import tables
from yichuang.statistics.pages.period import LONGEST_DAYS, Period, last_full_week, period, this_week
from yichuang.statistics.pages.tables import Row, cases_link, shown
from yichuang.statistics.render.trend import TrendDay, trend_chart, trend_days
from yichuang.workdays.data import packaged_calendar

TODAY = date(2022, 5, 13)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(st.text(max_size=12), st.text(max_size=12), days)
def test_whatever_is_typed_the_period_is_in_order(first: str, last: str, today: date) -> None:
    found = period({"first": first, "last": last}, today)
    assert found.first <= found.last
    if found.wrong:
        assert (found.first, found.last) == last_full_week(today)
        assert set(found.wrong) <= {"first", "last"}


@given(days, days, days)
def test_a_period_that_can_be_read_is_taken_as_it_is(first: date, last: date, today: date) -> None:
    found = period({"first": f" {first} ", "last": str(last)}, today)
    if last < first:
        assert set(found.wrong) == {"last"}
    elif (last - first).days >= LONGEST_DAYS:
        assert set(found.wrong) == {"first"}
    else:
        assert (found.first, found.last, found.wrong) == (first, last, {})
        assert period(found.query, today) == found


@pytest.mark.parametrize(
    "text",
    [
        "2022-02-30",
        "2022-13-01",
        "1999-12-31",
        "2100-01-01",
        "13.5.2022",
        "2022-05-13T00:00",
        "'; --",
        "0",
        "二〇二二",
    ],
)
def test_a_day_that_is_none_is_told_at_its_field(text: str) -> None:
    assert set(period({"first": text}, TODAY).wrong) == {"first"}
    assert set(period({"last": text}, TODAY).wrong) == {"last"}


@given(days)
def test_weeks_are_whole_and_follow_each_other(today: date) -> None:
    first, last = last_full_week(today)
    monday, end = this_week(today)
    assert (first.weekday(), last.weekday(), (last - first).days) == (0, 6, 6)
    assert monday == last + timedelta(days=1)
    assert monday <= end == today


@given(st.none() | st.integers(0, 10**12) | st.decimals(0, 10**6, places=2))
def test_a_cell_is_exact_and_never_in_exponents(value: Decimal | int | None) -> None:
    cell = shown(value)
    if value is None:
        assert cell == "—"
    elif isinstance(value, int):
        assert cell is value
    else:
        assert isinstance(cell, str)
        assert Decimal(cell) == value
        assert "E" not in cell


def test_counted_numbers_lead_to_their_cases_and_means_lead_nowhere() -> None:
    asked = Period(TODAY, TODAY, {})
    values: dict[str, Decimal | int | None] = dict.fromkeys(tables.CASES, 5) | {"p90_days": Decimal(3)}
    row = Row("水利厅", values, "licence", UUID(int=7))
    cells = row.cells(tables.CASES, asked)
    assert cells[0] == "水利厅"
    for code, cell in zip(tables.CASES, cells[1:], strict=True):
        counts = tables.CASES[code].form in (Form.COUNT, Form.SHARE)
        assert isinstance(cell, dict) == counts, code
        if counts:
            query = parse_qs(urlsplit(cell["href"]).query)
            assert query == {
                "measure": [code],
                "first": ["2022-05-13"],
                "last": ["2022-05-13"],
                "group": ["licence"],
                "department": [str(UUID(int=7))],
            }
    assert all(not isinstance(cell, dict) for cell in row.cells(tables.CASES, None))
    nothing = Row("空", dict.fromkeys(tables.CASES, 0)).cells(tables.CASES, asked)
    assert set(nothing[1:]) == {0}


def test_a_link_without_a_cut_names_only_the_period() -> None:
    query = parse_qs(urlsplit(cases_link("late", Period(TODAY, TODAY, {}))).query)
    assert set(query) == {"measure", "first", "last"}


@given(
    st.sampled_from(sorted(tables.CASES)), days, days, st.sampled_from(["", *GROUPS]), st.none() | st.uuids()
)
def test_a_link_leads_to_just_the_cut_that_the_number_counts(
    measure: str, first: date, last: date, group: str, department: UUID | None
) -> None:
    """Links of a page are put together from what they have in common: none may lead to another's cases."""
    link = cases_link(measure, Period(first, last, {}), group=group, department=department)
    wanted = {
        "measure": measure,
        "first": str(first),
        "last": str(last),
        "group": group,
        "department": str(department or ""),
    }
    assert urlsplit(link).path == "/desk/figures/cases"
    assert dict(parse_qsl(urlsplit(link).query)) == {name: value for name, value in wanted.items() if value}


def test_the_total_is_the_sum_of_the_groups_and_leaves_extensions_out() -> None:
    body = UUID(int=1)
    counts = {
        (group, body): [rules.Cell("case.accepted", "", number)]
        for number, group in enumerate((*GROUPS, "extension"), start=1)
    }
    read = queries.Cells(counts, {("extension", body): [rules.Used(9, 9, 9)]})
    rows = tables.by_group(read)
    assert [row.values["accepted"] for row in rows] == [1, 2, 3, 6]
    assert rows[-1].label == "合计"
    assert rows[-1].values["mean_days"] is None
    (department,) = tables.by_department(read, {})
    assert (department.label, department.values["accepted"]) == ("（已撤销的部门）", 6)


def test_a_department_with_extensions_alone_has_no_row() -> None:
    read = queries.Cells({("extension", UUID(int=1)): [rules.Cell("case.accepted", "", 4)]}, {})
    assert tables.by_department(read, {UUID(int=1): "水利厅"}) == []


def test_departments_are_in_the_order_of_their_names() -> None:
    bodies = {UUID(int=1): "丙", UUID(int=2): "丁", UUID(int=3): "丙"}
    counts = {("licence", body): [rules.Cell("case.filed", "", 1)] for body in reversed(bodies)}
    rows = tables.by_department(queries.Cells(counts, {}), bodies)
    assert [(row.label, row.department) for row in rows] == [
        ("丁", UUID(int=2)),
        ("丙", UUID(int=1)),
        ("丙", UUID(int=3)),
    ]


def test_heads_say_the_unit_of_every_column() -> None:
    found = tables.head("类别", [measure.code for measure in MEASURES])
    assert found[0] == "类别"
    for measure, column in zip(MEASURES, found[1:], strict=True):
        assert column == {"label": f"{measure.label}（{measure.unit}）", "num": True}
    assert set(tables.COUNTS) | set(tables.RATES) == set(tables.CASES)
    assert not set(tables.COUNTS) & set(tables.RATES)


@given(
    st.dates(date(2022, 1, 1), date(2022, 12, 1)),
    st.integers(0, 40),
    st.dictionaries(st.integers(0, 40), st.integers(1, 99), max_size=6),
)
def test_a_trend_has_every_working_day_and_every_day_with_work(
    first: date, length: int, counted: dict[int, int]
) -> None:
    last = first + timedelta(days=length)
    within = {first + timedelta(days=step): count for step, count in counted.items() if step <= length}
    calendar = packaged_calendar()
    found = trend_days(
        [(day, "accepted", count) for day, count in within.items()],
        first_day=first,
        last_day=last,
        calendar=calendar,
    )
    assert [each.day for each in found] == sorted({each.day for each in found})
    assert {each.day: each.accepted for each in found if each.accepted} == within
    walked = [first + timedelta(days=step) for step in range(length + 1)]
    assert {each.day for each in found} == {day for day in walked if calendar.is_workday(day)} | set(within)
    assert not any(each.received or each.concluded for each in found)


def test_a_trend_of_one_day_is_no_trend() -> None:
    one = TrendDay(TODAY, 1, 2, 3)
    assert trend_chart([one], "题") == ""
    assert trend_chart([], "题") == ""


def labels(root: Element) -> set[str]:
    return {str(element.get("aria-label")) for element in root.iter() if element.get("aria-label")}


def test_the_chart_says_each_days_numbers_and_not_what_was_received() -> None:
    drawn = trend_chart(
        [TrendDay(TODAY, 77, 5, 2), TrendDay(TODAY + timedelta(days=3), 88, 6, 9)], "每日<b>办件", width=320
    )
    said = labels(fromstring(drawn))
    assert {"受理 5月13日：5件", "办结 5月13日：2件", "受理 5月16日：6件", "办结 5月16日：9件"} <= said
    assert not {label for label in said if "77" in label or "88" in label}
    assert "<b>" not in drawn


def test_every_measure_says_in_words_what_it_counts_and_what_the_period_filters() -> None:
    kinds = {kind for measure in MEASURES for kind in measure.kinds}
    assert kinds == {
        "case.filed", "case.accepted", "case.decided", "case.delivered", "case.refused", "case.withdrawn",
        "case.terminated", "reported.accepted", "reported.decided", "reported.delivered", "reported.withdrawn",
        "reported.terminated",
    }  # fmt: skip
    for measure in MEASURES:
        assert measure.label
        assert measure.period.startswith("按")
        assert not measure.formula.endswith("。")
        if measure.form == Form.SHARE:
            assert tables.CASES[measure.of].form == Form.COUNT
    assert len({measure.label for measure in MEASURES}) == len(MEASURES) == len(tables.CASES)


def test_the_measures_of_the_window_and_of_manuals_say_it_too() -> None:
    kinds = {kind for measure in MEASURES_OF["window"] for kind in measure.kinds}
    assert kinds == {"window.consulted", "window.accepted", "window.handed_over", "window.issued"}
    for group in ("window", "manuals"):
        for measure in MEASURES_OF[group]:
            assert measure.label
            assert measure.unit
            assert measure.period.startswith("按")
            assert not measure.formula.endswith("。")
            assert measure_of(group, measure.code) is measure
    assert measure_of("window", "accepted") is not measure_of("licence", "accepted")
