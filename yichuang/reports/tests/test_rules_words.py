"""The fixed words: the line of figures, days and periods, numbers of issues, copies, sentences, visits."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.reports.rules.composition import (
    cited,
    figures_line,
    paragraphs,
    visit_paragraphs,
    visit_sentence,
)
from yichuang.reports.rules.content import VisitEntry
from yichuang.reports.rules.document import Cited, Run
from yichuang.reports.rules.numbering import OFFSETS
from yichuang.reports.rules.numbers import total_for
from yichuang.reports.rules.wording import (
    closed,
    copies_text,
    day_zh,
    number_line,
    period_text,
    short_day,
)
from yichuang.reports.tests.test_rules_composition import form

FIRST, LAST = date(2022, 8, 29), date(2022, 9, 2)
CODES = cited(form())
PATTERN = form().sections[0].pattern


def line(values: dict[str, int | str | None], pattern: str = PATTERN) -> str:
    """The sentence with these values; codes that are not given are 0."""
    found = {
        code: Cited(code, "licence", "accepted", values.get(code, 0), date(2022, 1, 1), LAST)
        for code in {*CODES, *values}
    }
    return "".join(run.text for run in figures_line(pattern, FIRST, LAST, found))


def test_the_form_cites_six_figures_of_the_year_in_pairs() -> None:
    expected = tuple(
        f"year_to_date.{group}.{measure}"
        for group in ("licence", "public_service", "other_nine")
        for measure in ("accepted", "concluded")
    )
    assert expected == CODES


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0, "0"), (7, "7"), (999, "999"), (1000, "1000"), (597_002, "597002"), (19_476_216, "19476216"),
     (None, "—"), ("64.29", "64.29"), (10**12, "1000000000000")],
)  # fmt: skip
def test_figures_stand_without_thousands_signs_and_zero_is_said(value: Any, printed: str) -> None:
    said = line({CODES[0]: value})
    assert f"行政许可事项受理{printed}件，办结0件；" in said
    assert said.count("件") == 6 + said.count("办件")
    assert "," not in said


def test_more_concluded_than_accepted_is_printed_as_it_is() -> None:
    said = line({CODES[4]: 48_812, CODES[5]: 49_560})
    assert said.endswith("其它九类行权事项受理48812件，办结49560件。")


def test_the_line_names_its_days_without_leading_zeros() -> None:
    assert line({}).startswith("据本平台办件数据统计，2022年1月1日至2022年9月2日，省本级")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{first_day}至{last_day}", "2022年8月29日至2022年9月2日"),
        ("{year_start}", "2022年1月1日"),
        ("本周受理{week.licence.accepted}件。", "本周受理12件。"),
        ("{week.licence.accepted}{week.licence.accepted}", "1212"),
        ("没有数字。", "没有数字。"),
        ("", ""),
    ],
)
def test_other_wordings(pattern: str, said: str) -> None:
    assert line({"week.licence.accepted": 12}, pattern) == said


def test_a_figure_that_was_not_counted_is_a_fault_and_never_a_blank() -> None:
    with pytest.raises(KeyError):
        figures_line("{week.licence.accepted}", FIRST, LAST, {})


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=6, max_size=6))
def test_every_figure_stays_a_run_of_its_own_with_its_code(values: list[int | None]) -> None:
    found = {
        code: Cited(code, "licence", "accepted", value, FIRST, LAST)
        for code, value in zip(CODES, values, strict=True)
    }
    runs = figures_line(PATTERN, FIRST, LAST, found)
    assert [run.figure for run in runs if run.figure] == list(CODES)
    assert [run.text for run in runs if run.figure] == [
        "—" if value is None else str(value) for value in values
    ]
    assert all(run.text for run in runs)
    for before, after in pairwise(runs):
        assert before.figure or after.figure, "two plain runs side by side"


def test_two_figures_side_by_side_keep_apart() -> None:
    one = Cited("week.licence.accepted", "licence", "accepted", 1, FIRST, LAST)
    runs = figures_line("{week.licence.accepted}{week.licence.accepted}件", FIRST, LAST, {one.code: one})
    assert runs == (Run("1", one.code), Run("1", one.code), Run("件"))


@pytest.mark.parametrize(
    ("day", "long", "short"),
    [
        (date(2022, 1, 1), "2022年1月1日", "1月1日"),
        (date(2022, 12, 31), "2022年12月31日", "12月31日"),
        (date(2024, 2, 29), "2024年2月29日", "2月29日"),
    ],
)
def test_days(day: date, long: str, short: str) -> None:
    assert (day_zh(day), short_day(day)) == (long, short)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 91))
def test_a_period_names_years_only_where_they_differ(first: date, days: int) -> None:
    last = date.fromordinal(first.toordinal() + days)
    said = period_text(first, last)
    assert said[0] + said[-1] == "（）"
    assert ("年" in said) == (first.year != last.year)
    assert said.count("—") == (first != last)
    assert said.endswith(f"{last.month}月{last.day}日）")


@pytest.mark.parametrize(
    ("year", "number", "total", "said"),
    [
        (2022, 29, 404, "2022年第29期（总第404期）"),
        (2022, 1, None, "2022年第1期"),
        (2022, 1, 0, "2022年第1期（总第0期）"),
        (None, None, 404, ""),
        (2022, None, 404, ""),
        (None, 1, None, ""),
    ],
)
def test_the_number_line_leaves_out_what_is_unknown(
    year: int | None, number: int | None, total: int | None, said: str
) -> None:
    assert number_line(year, number, total) == said


@pytest.mark.parametrize(("copies", "said"), [(80, "（共印80份）"), (1, "（共印1份）"), (0, ""), (None, "")])
def test_copies(copies: int | None, said: str) -> None:
    assert copies_text(copies) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("良好", "良好。"), ("良好。", "良好。"), (" 良好 ", "良好。"), ("好！", "好！"), ("是否？", "是否？"),
        ("如下：", "如下："), ("", ""), ("  ", ""),
    ],
)  # fmt: skip
def test_a_sentence_is_closed_once(words: str, said: str) -> None:
    assert closed(words) == said


@given(st.text(max_size=30))
def test_closing_twice_is_closing_once(words: str) -> None:
    assert closed(closed(words)) == closed(words)


def entry(**changes: Any) -> VisitEntry:
    values: dict[str, Any] = {
        "id": "1", "on": date(2022, 8, 30), "on_text": "8月30日", "person": "张示例", "post": "党组成员、副厅长",
        "department": "水利厅", "body": "",
    }  # fmt: skip
    return VisitEntry(**(values | changes))


VISIT = next(spec.pattern for spec in form().sections if spec.key == "visits")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ("8月30日，水利厅党组成员、副厅长张示例到大厅窗口值守。",)),
        ({"on": None, "on_text": "近日"}, ("近日，水利厅党组成员、副厅长张示例到大厅窗口值守。",)),
        ({"post": ""}, ("8月30日，水利厅张示例到大厅窗口值守。",)),
        ({"body": "听取意见。"}, ("8月30日，水利厅党组成员、副厅长张示例到大厅窗口值守。听取意见。",)),
        ({"body": "\n听取意见。\n\n 提出要求。 \n"},
         ("8月30日，水利厅党组成员、副厅长张示例到大厅窗口值守。听取意见。", "提出要求。")),
        ({"body": "  \n "}, ("8月30日，水利厅党组成员、副厅长张示例到大厅窗口值守。",)),
    ],
)  # fmt: skip
def test_a_visit_becomes_a_sentence_and_what_was_said_goes_on(
    changes: dict[str, Any], said: tuple[str, ...]
) -> None:
    assert visit_paragraphs(VISIT, entry(**changes)) == said


def test_braces_in_a_name_are_only_words() -> None:
    said = visit_sentence(VISIT, entry(person="{post}", department="{person}", post="厅长"))
    assert said == "8月30日，{person}厅长{post}到大厅窗口值守。"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("甲。", ("甲。",)),
        ("甲。\r\n乙。", ("甲。", "乙。")),
        ("\n\n甲。\n \n乙。\n", ("甲。", "乙。")),
    ],
)
def test_paragraphs_of_a_text(text: str, found: tuple[str, ...]) -> None:
    assert paragraphs(text) == found


@given(st.sampled_from(sorted(OFFSETS)), st.integers(1, 60), st.one_of(st.none(), st.integers(0, 999)))
def test_in_a_year_with_an_offset_the_issue_before_does_not_matter(
    year: int, number: int, before: int | None
) -> None:
    assert total_for(year, number, OFFSETS, before) == OFFSETS[year] + number


@given(st.integers(2024, 2099), st.integers(1, 60), st.integers(0, 9999))
def test_in_a_year_without_an_offset_the_total_follows_the_issue_before(
    year: int, number: int, before: int
) -> None:
    assert total_for(year, number, OFFSETS, before) == before + 1
    assert total_for(year, number, OFFSETS, None) == number


def test_the_offsets_are_those_of_the_printed_issues() -> None:
    """45 issues stand between the two: so many had 2022."""
    assert dict(OFFSETS) == {2022: 375, 2023: 420}
    assert total_for(2022, 45, OFFSETS, None) + 1 == total_for(2023, 1, OFFSETS, None)


@pytest.mark.parametrize("number", [0, -1])
@pytest.mark.parametrize("year", [2022, 2031])
def test_no_issue_before_the_first(year: int, number: int) -> None:
    with pytest.raises(ValueError, match="从 1 起"):
        total_for(year, number, OFFSETS, 5)
