"""Every remark to the editor appears where it should, disappears when it is mended, and says where to mend it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.reports.flow import SectionKind
from yichuang.reports.rules.advice import Advice, Former, Weight, advise, outline, suggested_period
from yichuang.reports.rules.content import Content, Item, VisitEntry
from yichuang.reports.tests.test_rules_composition import FULL, form, visit

FIRST, LAST = date(2022, 8, 29), date(2022, 9, 2)
BEFORE = date(2022, 8, 26)
INSPECTED = {row.key: "总体情况良好" for row in form().inspection}
DONE = replace(FULL, inspection=INSPECTED)
TOTALS = {("行政许可", "受理"): 100, ("行政许可", "办结"): 90, ("公共服务", "受理"): 5}


def advice(content: Content = DONE, **changes: Any) -> tuple[Advice, ...]:
    """Advice for a report with which nothing is wrong, but for the changes."""
    values: dict[str, Any] = {
        "first_day": FIRST, "last_day": LAST, "totals": TOTALS, "today": date(2022, 9, 3),
        "former": Former("2022年第28期", BEFORE, TOTALS),
    }  # fmt: skip
    return advise(form(), content, **(values | changes))


def former(last_day: date = BEFORE, **totals: int) -> Former:
    named = {("行政许可", measure): value for measure, value in totals.items()}
    return Former("2022年第28期", last_day, named)


def test_a_finished_report_gets_no_remark() -> None:
    assert advice() == ()
    assert advice(former=None) == ()


@pytest.mark.parametrize("days", range(-3, 4))
def test_the_end_of_the_period_is_told_until_it_is_over(days: int) -> None:
    found = advice(today=LAST + timedelta(days=days))
    assert [each.words for each in found if "日终才结束" in each.words] == (
        ["统计期 2022年9月2日 日终才结束，次日起可以签发。"] if days <= 0 else []
    )


@pytest.mark.parametrize(("now", "falls"), [(99, 1), (100, 0), (101, 0), (0, 1)])
def test_a_fall_is_told_and_equality_is_none(now: int, falls: int) -> None:
    found = advice(totals={**TOTALS, ("行政许可", "受理"): now})
    assert len(found) == falls
    for each in found:
        assert (each.weight, each.section) == (Weight.ERROR, "figures")
        assert each.words == f"行政许可受理今年累计 {now} 件，少于2022年第28期的 100 件。请核对承前数。"


def test_every_falling_total_is_named() -> None:
    found = advice(totals=dict.fromkeys(TOTALS, 0))
    assert len(found) == 3
    assert {each.weight for each in found} == {Weight.ERROR}


def test_a_total_that_the_issue_before_did_not_print_cannot_fall() -> None:
    assert advice(totals={}) == ()
    assert advice(totals={("其它九类行权事项", "受理"): 0}) == ()
    assert advice(former=former(受理=1)) == ()


@pytest.mark.parametrize("last_day", [date(2021, 12, 31), date(2023, 1, 6)])
def test_totals_of_another_year_are_not_compared(last_day: date) -> None:
    found = advice(totals=dict.fromkeys(TOTALS, 0), former=Former("别的一期", last_day, TOTALS))
    assert not [each for each in found if each.weight == Weight.ERROR]


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (FIRST, "重叠"),
        (FIRST + timedelta(days=3), "重叠"),
        (FIRST - timedelta(days=1), ""),
        (FIRST - timedelta(days=2), ""),
        (FIRST - timedelta(days=3), ""),
        (FIRST - timedelta(days=4), "没有周报覆盖"),
        (FIRST - timedelta(days=40), "没有周报覆盖"),
    ],
)
def test_periods_that_overlap_or_leave_a_gap(end: date, told: str) -> None:
    found = advice(former=former(end))
    assert bool(found) == bool(told)
    for each in found:
        assert told in each.words
        assert each.weight == (Weight.WARNING if told == "重叠" else Weight.NOTE)


def test_a_gap_names_its_first_and_last_day() -> None:
    (found,) = advice(former=former(date(2022, 8, 19)))
    assert found.words == "2022年第28期截至2022年8月19日，2022年8月20日至2022年8月28日没有周报覆盖。"


@pytest.mark.parametrize("missing", [row.key for row in form().inspection])
def test_each_missing_inspection_result_is_named_and_leads_to_its_page(missing: str) -> None:
    for empty in ("", " \n"):
        found = advice(replace(DONE, inspection={**INSPECTED, missing: empty}))
        heading = next(row.heading for row in form().inspection if row.key == missing)
        assert found == (Advice(Weight.WARNING, f"巡查结果未填：{heading}。", "inspection"),)


@pytest.mark.parametrize("section", ["environment", "efficiency"])
def test_an_empty_heading_is_named_and_the_others_are_not(section: str) -> None:
    (found,) = advice(replace(DONE, items={**DONE.items, section: ()}))
    heading = next(spec.heading for spec in form().sections if spec.key == section)
    assert found == Advice(Weight.NOTE, f"「{heading}」没有内容，印发时略去，后面的序号顺延。")


def test_no_visit_at_all_is_told() -> None:
    (found,) = advice(replace(DONE, visits=()))
    assert "「厅（局）长进大厅」没有内容" in found.words


@pytest.mark.parametrize(
    ("on", "outside"),
    [
        (FIRST - timedelta(days=1), True),
        (FIRST, False),
        (LAST, False),
        (LAST + timedelta(days=1), True),
        (None, False),
    ],
)
def test_a_visit_on_a_day_outside_the_period(on: date | None, outside: bool) -> None:
    entry = VisitEntry("1", on, "某日", "张示例", "厅长", "水利厅")
    found = advice(replace(DONE, visits=(entry, visit(2))))
    assert [each.section for each in found] == ["visits"] * outside


def test_the_gravest_remarks_stand_first_whatever_their_number() -> None:
    found = advice(
        Content(visits=(VisitEntry("1", LAST + timedelta(days=9), "", "张示例", "", "水利厅"),)),
        totals=dict.fromkeys(TOTALS, 0),
        today=LAST,
        former=Former("x", date(2022, 8, 1), TOTALS),
    )
    weights = [each.weight for each in found]
    assert weights == sorted(weights, key=[Weight.ERROR, Weight.WARNING, Weight.NOTE].index)
    assert [weights.count(weight) for weight in Weight] == [2, 3, 3]


def headings(content: Content) -> Iterator[tuple[str, str, bool, bool]]:
    for row in outline(form(), content, LAST):
        yield row.key, row.words, row.done, row.will_print


@pytest.mark.parametrize("count", [0, 1, 2, 60])
def test_the_outline_counts_items_and_visits(count: int) -> None:
    items = tuple(Item(str(n), "甲。") for n in range(count))
    written = Content(items={"efficiency": items}, visits=tuple(visit(n % 9 + 1) for n in range(count)))
    found = {key: rest for key, *rest in headings(written)}
    words = [f"{count} 条" if count else "空", f"{count} 人次" if count else "空"]
    assert [found["efficiency"][0], found["visits"][0]] == words
    assert found["efficiency"][1:] == found["visits"][1:] == [bool(count), bool(count)]


@pytest.mark.parametrize("filled", range(7))
def test_the_outline_of_the_inspection(filled: int) -> None:
    results = dict(list(INSPECTED.items())[:filled])
    row = next(row for row in outline(form(), Content(inspection=results), LAST) if row.key == "inspection")
    assert (row.words, row.done, row.will_print) == (f"已填 {filled}/6 项", filled == 6, filled > 0)


def test_the_outline_is_the_form_itself() -> None:
    rows = outline(form(), Content(), LAST)
    assert [(row.key, row.level, row.kind) for row in rows] == [
        (spec.key, spec.level, spec.kind) for spec in form().sections
    ]
    assert [row.words for row in rows if row.kind in (SectionKind.FIGURES, SectionKind.GROUP)] == [
        "自动统计",
        "",
    ]


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.sets(st.integers(0, 6)))
def test_the_suggested_period_is_the_newest_week_that_is_over(today: date, off: set[int]) -> None:
    monday = today - timedelta(days=today.weekday())
    this_week = [day for day in range(7) if day not in off]
    if not this_week or today.weekday() <= this_week[-1]:
        monday -= timedelta(days=7)
    around = [monday + timedelta(days=n) for n in range(-7, 14)]
    workdays = [day for day in around if day.weekday() not in off]
    first, last = suggested_period(today, workdays)
    assert monday <= first <= last < today
    assert last < monday + timedelta(days=7)
    if len(off) < 7:
        assert {first, last} <= set(workdays)
