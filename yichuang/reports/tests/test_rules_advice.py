"""What editors are told, what changed between versions, where a hit stands."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.reports.rules.advice import Advice, Former, Weight, advise, outline, suggested_period
from yichuang.reports.rules.comparison import Change, changes, content_lines
from yichuang.reports.rules.content import Content, Item, VisitEntry
from yichuang.reports.rules.excerpts import excerpt
from yichuang.reports.tests.test_rules_composition import FULL, form

FIRST, LAST = date(2022, 8, 29), date(2022, 9, 2)
TODAY = date(2022, 9, 5)
FORMER = Former("2022年第24期", date(2022, 8, 26), {("行政许可", "受理"): 465_145})


def advice(
    content: Content = FULL, *, now: int = 597_002, former: Former | None = FORMER, today: date = TODAY
) -> list[Advice]:
    totals = {("行政许可", "受理"): now}
    return list(
        advise(form(), content, first_day=FIRST, last_day=LAST, totals=totals, former=former, today=today)
    )


def words(found: list[Advice], weight: Weight) -> list[str]:
    return [each.words for each in found if each.weight == weight]


def test_a_total_below_the_issue_before_is_an_error() -> None:
    assert not words(advice(), Weight.ERROR)
    found = words(advice(now=465_144), Weight.ERROR)
    assert len(found) == 1
    assert "465144" in found[0]
    assert "465145" in found[0]
    assert not words(advice(now=1, former=None), Weight.ERROR)
    other_year = Former("2021年第50期", date(2021, 12, 31), FORMER.totals)
    assert not words(advice(now=1, former=other_year), Weight.ERROR)


def test_empty_headings_are_named_once() -> None:
    assert words(advice(Content()), Weight.NOTE)[0].startswith(
        "「优化营商环境工作开展情况」、「窗口服务效能提升工作情况」、「厅（局）长进大厅」没有内容"
    )
    assert not any("没有内容" in each.words for each in advice())


def test_missing_inspection_results_are_named() -> None:
    assert "巡查结果未填：工作区域标准化执行情况、着装情况、工作牌佩戴情况、大厅防控情况。" in words(
        advice(), Weight.WARNING
    )


def test_odd_periods_are_told() -> None:
    assert any("重叠" in w for w in words(advice(former=Former("x", FIRST, {})), Weight.WARNING))
    gap = Former("2022年第20期", date(2022, 7, 1), {})
    assert any("没有周报覆盖" in w for w in words(advice(former=gap), Weight.NOTE))
    assert any("日终才结束" in w for w in words(advice(today=LAST), Weight.WARNING))
    assert not any("日终才结束" in w for w in words(advice(), Weight.WARNING))


def test_a_visit_outside_the_period_is_told() -> None:
    late = VisitEntry("1", date(2022, 9, 10), "9月10日", "张示例", "厅长", "水利厅")
    undated = VisitEntry("2", None, "近日", "李示例", "厅长", "水利厅")
    found = words(advice(Content(visits=(late, undated))), Weight.WARNING)
    assert [w for w in found if "值守日期" in w] == ["张示例的值守日期2022年9月10日不在本期统计期内。"]


def test_the_gravest_comes_first() -> None:
    weights = [each.weight for each in advice(Content(), now=1)]
    assert weights == sorted(weights, key=["bad", "warn", "info"].index)


def test_the_outline_says_how_far_every_heading_is() -> None:
    found = {row.key: (row.words, row.done) for row in outline(form(), FULL, LAST)}
    assert found["figures"] == ("自动统计", True)
    assert found["environment"] == ("2 条", True)
    assert found["visits"] == ("2 人次", True)
    assert found["inspection"] == ("已填 2/6 项", False)
    assert {row.key: row.words for row in outline(form(), Content(), LAST)}["environment"] == "空"


def test_the_suggested_period_is_the_last_full_week() -> None:
    def days_off(*off: date) -> list[date]:
        start = date(2022, 9, 1)
        days = [start + timedelta(days=n) for n in range(20)]
        return [day for day in days if day.weekday() < 5 and day not in off]

    assert suggested_period(date(2022, 9, 14), days_off()) == (date(2022, 9, 5), date(2022, 9, 9))
    week = (date(2022, 9, 12), date(2022, 9, 16))
    assert suggested_period(date(2022, 9, 17), days_off()) == week
    assert suggested_period(date(2022, 9, 18), days_off(date(2022, 9, 12))) == (date(2022, 9, 13), week[1])
    assert suggested_period(date(2022, 9, 17), [*days_off(), date(2022, 9, 18)])[1] == date(2022, 9, 9)
    assert suggested_period(date(2022, 9, 16), days_off())[1] == date(2022, 9, 9)
    former = (date(2022, 9, 5), date(2022, 9, 9))
    assert suggested_period(date(2022, 9, 14), days_off(), [former]) == week
    assert suggested_period(date(2022, 9, 14), days_off(), [week]) == former
    assert suggested_period(date(2022, 9, 12), []) == (date(2022, 9, 5), date(2022, 9, 9))


lines = st.lists(st.sampled_from("甲乙丙丁"), max_size=8)


@given(lines, lines)
def test_both_versions_can_be_rebuilt_from_the_changes(before: list[str], after: list[str]) -> None:
    found = changes(before, after)
    assert [line.text for line in found if line.change != Change.ADDED] == before
    assert [line.text for line in found if line.change != Change.REMOVED] == after


def test_content_as_lines_leaves_empty_headings_out() -> None:
    found = content_lines(form(), Content(items={"efficiency": (Item("1", "甲。"),)}))
    assert found == ("窗口服务效能提升工作情况", "甲。", "共印 0 份")
    assert "按时到岗情况：总体情况良好" in content_lines(form(), FULL)


@pytest.mark.parametrize(
    ("text", "asked", "hit"),
    [
        ("首行\n水利厅推行取水许可", "取水", "取水"),
        ("ＡＢＣ 会议", "abc", "ＡＢＣ"),
        ("水利", "矿产", ""),
        ("水", "水", "水"),
    ],
)
def test_the_hit_is_found_as_the_search_folds(text: str, asked: str, hit: str) -> None:
    assert excerpt(text, asked).hit == hit


@given(st.text(max_size=200), st.text(max_size=20))
def test_an_excerpt_never_fails_and_shows_only_what_is_there(text: str, asked: str) -> None:
    found = excerpt(text, asked)
    assert found.hit in text
    assert len(found.before) + len(found.after) < 200
