"""Composition: empty subsections drop out, numbering closes up, figures keep their codes, JSON comes back whole."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel import canonical
from yichuang.reports.commands.opening import FORMS
from yichuang.reports.rules.composition import (
    Frame,
    chinese,
    cited,
    closed_up,
    compose,
    figures_line,
    ordinal,
)
from yichuang.reports.rules.content import Content, Imprint, Item, VisitEntry
from yichuang.reports.rules.document import Cited, Document, Part, Run, plain
from yichuang.reports.rules.form import BY_DEPARTMENT, FormSpec, parse_form
from yichuang.reports.rules.numbers import total_for
from yichuang.reports.rules.reading.read import read_report
from yichuang.reports.rules.wording import number_line, period_text

FIRST, LAST = date(2022, 8, 29), date(2022, 9, 2)
FRAME = Frame(
    FIRST, LAST, "2022年第29期（总第404期）", "示例省政务服务中心", "2022年9月27日", date(2022, 9, 27)
)


def forms() -> dict[str, dict[str, Any]]:
    return {row["code"]: row for row in json.loads(FORMS.read_text(encoding="utf-8"))}


def form(code: str = "2022") -> FormSpec:
    return parse_form(forms()[code])


def figures(spec: FormSpec) -> dict[str, Cited]:
    found = {}
    for place, code in enumerate(cited(spec)):
        _, group, measure = code.split(".")
        found[code] = Cited(code, group, measure, 1000 + place, date(2022, 1, 1), LAST)
        # How a figure divides among departments stands beside it in words, where the form asks for it.
        divided = code + BY_DEPARTMENT
        if any(f"{{{divided}}}" in section.pattern for section in spec.sections):
            found[divided] = replace(found[code], code=divided, value="（水利厅2个、教育厅1个）")
    return found


def document(content: Content) -> Document:
    return compose(form(), content, FRAME, figures(form()))


def visit(place: int, body: str = "") -> VisitEntry:
    return VisitEntry(
        str(place), date(2022, 8, 30), "8月30日", f"示例{chinese(place)}", "副厅长", "水利厅", body
    )


FULL = Content(
    items={
        "environment": (Item("1", "甲厅推行预约。"), Item("2", "乙厅开展培训。\n培训分两场。")),
        "efficiency": (Item("3", "丙厅上门服务。"),),
    },
    visits=(visit(1, "他要求做好服务。"), visit(2)),
    inspection={"attendance": "总体情况良好", "order": "一个窗口无人值守。"},
    imprint=Imprint({"报": "中心领导", "送": "", "发": "各部门窗口"}, 80),
)


def test_the_whole_form_as_printed() -> None:
    assert document(FULL).lines == (
        "一、省级政务服务事项受理办理情况",
        "据本平台办件数据统计，2022年1月1日至2022年9月2日，省本级行政许可事项受理1000件，办结1001件；"
        "公共服务事项受理1002件，办结1003件；其它九类行权事项受理1004件，办结1005件。",
        "二、窗口工作动态",
        "（一）优化营商环境工作开展情况",
        "（1）甲厅推行预约。",
        "（2）乙厅开展培训。",
        "培训分两场。",
        "（二）窗口服务效能提升工作情况",
        "丙厅上门服务。",
        "（三）厅（局）长进大厅",
        "（1）8月30日，水利厅副厅长示例一到大厅窗口值守。他要求做好服务。",
        "（2）8月30日，水利厅副厅长示例二到大厅窗口值守。",
        "三、大厅巡查情况",
        "按照大厅标准化、规范化管理要求，本期对各窗口进行了巡查，结果如下：",
        "（一）按时到岗情况。总体情况良好。",
        "（二）纪律秩序。一个窗口无人值守。",
    )


def test_an_empty_subsection_drops_out_and_the_numbers_close_up() -> None:
    lines = document(
        Content(items={"efficiency": FULL.items["efficiency"]}, inspection={"dress": "良好"})
    ).lines
    assert "（一）窗口服务效能提升工作情况" in lines
    assert not any("优化营商环境" in line or "长进大厅" in line for line in lines)
    assert document(Content(inspection={"dress": "良好"})).lines[2] == "二、大厅巡查情况"
    assert len(document(Content()).lines) == 2


def test_the_foot_says_only_what_there_is() -> None:
    assert document(FULL).distribution == (("报", "中心领导"), ("发", "各部门窗口"))
    assert document(FULL).copies_text == "（共印80份）"
    assert document(Content()).copies_text == ""


def test_what_is_composed_is_read_back_by_the_reader_of_past_reports() -> None:
    made = document(FULL)
    head = [
        made.title,
        made.number_line,
        "四川省政府政务服务和公共资源交易服务中心",
        made.issued_on_text,
        made.heading,
    ]
    foot = [*(f"{label}：{whom}。" for label, whom in made.distribution), made.copies_text]
    read = read_report("\n\n".join([*head, made.period_text, *made.lines, *foot]))
    assert [int(figure.value) for figure in read.figures] == [1000, 1001, 1002, 1003, 1004, 1005]
    assert [(v.person, v.post, v.department, v.on) for v in read.visits] == [
        ("示例一", "副厅长", "水利厅", date(2022, 8, 30)), ("示例二", "副厅长", "水利厅", date(2022, 8, 30)),
    ]  # fmt: skip
    assert {row.heading: row.result for row in read.inspection} == {
        "按时到岗情况": "总体情况良好", "纪律秩序": "一个窗口无人值守",
    }  # fmt: skip
    assert (read.copies, read.unplaced, read.disagreements) == (80, (), ())


def test_figures_stay_runs_of_their_own() -> None:
    line = figures_line("截至{last_day}受理{week.licence.accepted}件", FIRST, LAST, {
        "week.licence.accepted": Cited("week.licence.accepted", "licence", "accepted", None, FIRST, LAST)
    })  # fmt: skip
    assert line == (Run("截至2022年9月2日受理"), Run("—", "week.licence.accepted"), Run("件"))


def test_the_document_comes_back_from_its_canonical_text() -> None:
    made = document(FULL)
    assert Document.from_json(json.loads(canonical.text(made.as_json()))) == made
    assert canonical.text(
        Document.from_json(json.loads(canonical.text(made.as_json()))).as_json()
    ) == canonical.text(made.as_json())


parts = st.builds(
    Part,
    st.integers(1, 4),
    heading=st.sampled_from(["", "题"]),
    paragraphs=st.lists(st.sampled_from(["", " ", "话"]).map(plain), max_size=2).map(tuple),
)


@given(st.lists(parts, max_size=30))
def test_numbering_never_skips_and_nothing_that_speaks_is_lost(found: list[Part]) -> None:
    kept = closed_up(found)
    assert [part.paragraphs for part in kept if part.speaks] == [
        part.paragraphs for part in found if part.speaks
    ]
    counts = [0, 0, 0, 0]
    for part in kept:
        counts[part.level - 1] += 1
        counts[part.level :] = [0] * (4 - part.level)
        assert part.number == ordinal(part.level, counts[part.level - 1])


def test_chinese_numbers_of_headings() -> None:
    assert [chinese(n) for n in (1, 10, 11, 20, 34, 99)] == ["一", "十", "十一", "二十", "三十四", "九十九"]
    for wrong in (0, 100):
        with pytest.raises(ValueError, match="1 to 99"):
            chinese(wrong)


@pytest.mark.parametrize("code", ["2022", "2023", "other"])
def test_the_packaged_forms_are_sound(code: str) -> None:
    spec = form(code)
    assert spec.code == code
    assert spec.opens == (code != "other")
    assert all(len(row) == 3 for row in (name.split(".") for name in cited(spec)))


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"level": 3}, "jumps a level"),
        ({"key": "figures"}, "stands twice"),
        ({"kind": "news", "pattern": "{year_to_date.licence.accepted}"}, "cannot say"),
        ({"kind": "visits", "pattern": "{salary}"}, "cannot say"),
        ({"kind": "figures", "pattern": "{tomorrow}"}, "cannot say"),
    ],
)
def test_a_form_that_cannot_work_is_refused(change: dict[str, Any], wrong: str) -> None:
    data = forms()["2022"]
    data["sections"] = [data["sections"][0], {**data["sections"][1], **change}]
    with pytest.raises(ValueError, match=wrong):
        parse_form(data)


def test_an_inspection_heading_is_asked_for_only_in_its_time() -> None:
    data = forms()["2022"]
    data["inspection"][5] |= {"from": "2020-02-01", "until": "2022-12-31"}
    spec = parse_form(data)
    assert len(spec.inspection_on(date(2022, 12, 31))) == 6
    assert len(spec.inspection_on(date(2023, 1, 1))) == len(spec.inspection_on(date(2020, 1, 31))) == 5


def test_words_of_the_head() -> None:
    assert period_text(FIRST, LAST) == "（8月29日—9月2日）"
    assert period_text(date(2022, 12, 26), date(2023, 1, 6)) == "（2022年12月26日—2023年1月6日）"
    assert period_text(LAST, LAST) == period_text(None, LAST) == "（9月2日）"
    assert period_text(FIRST, None) == ""
    assert number_line(2022, 29, None) == "2022年第29期"
    assert number_line(None, 29, 404) == ""


@pytest.mark.parametrize(
    ("year", "number", "previous", "total"),
    [
        (2022, 14, None, 389),
        (2022, 29, 999, 404),
        (2023, 44, None, 464),
        (2024, 1, 465, 466),
        (2024, 7, None, 7),
    ],
)
def test_total_numbers(year: int, number: int, previous: int | None, total: int) -> None:
    assert total_for(year, number, {2022: 375, 2023: 420}, previous) == total


def test_an_issue_is_at_least_the_first() -> None:
    for year in (2022, 2024):
        with pytest.raises(ValueError, match="期号"):
            total_for(year, 0, {2022: 375}, 3)
