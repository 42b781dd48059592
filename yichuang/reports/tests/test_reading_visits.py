"""Duty visits: persons, posts, departments inherited in the paragraph, days as printed. All names are fictional."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yichuang.reports.rules.reading.report import Period, Visit
from yichuang.reports.rules.reading.visits import read_visits, says_nobody, split_post, when_in
from yichuang.reports.tests.readings import WEEK, around, visitor

Visitor = tuple[str | None, str, str]

PARAGRAPHS: list[tuple[str, list[Visitor]]] = [
    ("3月7日，省市场监管局副局长王样赴市监窗口值守，他要求窗口主任把好关。", [("省市场监管局", "副局长", "王样")]),
    (
        "近日，文旅厅党组成员、机关党委书记杨样本同志到大厅调研值守窗口。",
        [("文旅厅", "党组成员、机关党委书记", "杨样本")],
    ),
    (
        "3月7日，应急厅党委委员、政治部主任、机关党委书记张样到应急厅驻大厅窗口调研。",
        [("应急厅", "党委委员、政治部主任、机关党委书记", "张样")],
    ),
    (
        "本周，水利厅党组成员、副厅长赵样例，二级巡视员孙示意，商务厅党组书记、厅长泽仁样例分别到大厅值守。",
        [("水利厅", "党组成员、副厅长", "赵样例"), ("水利厅", "二级巡视员", "孙示意"), ("商务厅", "党组书记、厅长", "泽仁样例")],
    ),
    (
        "省卫健委党组书记、主任张示例，副主任李示范、二级巡视员王样本到大厅值守。",
        [("省卫健委", "党组书记、主任", "张示例"), ("省卫健委", "副主任", "李示范"), ("省卫健委", "二级巡视员", "王样本")],
    ),
    ("水利厅副厅长张示例、李示范分别到窗口值守。", [("水利厅", "副厅长", "张示例"), ("水利厅", "副厅长", "李示范")]),
    ("水利厅副厅长李示范和商务厅总经济师王样本到大厅值守。", [("水利厅", "副厅长", "李示范"), ("商务厅", "总经济师", "王样本")]),
    ("水利厅张示例副厅长到窗口值守，行政审批处处长赵样例陪同。", [("水利厅", "副厅长", "张示例")]),
    ("省政务服务中心主任张示例在副主任李示范的陪同下到大厅值守。", [("省政务服务中心", "主任", "张示例")]),
    ("省林草局副局长（兼）张示例到窗口值守。", [("省林草局", "副局长（兼）", "张示例")]),
    ("国家税务总局示例省税务局党委委员、副局长张示例带队值守。", [("国家税务总局示例省税务局", "党委委员、副局长", "张示例")]),
    ("省委组织部副部长张示例，省政府办公厅副主任李示范到窗口。", [("省委组织部", "副部长", "张示例"), ("省政府办公厅", "副主任", "李示范")]),
    (
        "省纪委监委驻水利厅纪检监察组组长、厅党组成员张示例赴窗口调研。",
        [("省纪委监委驻水利厅", "纪检监察组组长、厅党组成员", "张示例")],
    ),
    ("商务厅副厅长吉克·示例到窗口值守。", [("商务厅", "副厅长", "吉克·示例")]),
    ("省药监局一级巡视员欧阳样本与行政审批处处长李来福到窗口值守。", [("省药监局", "一级巡视员", "欧阳样本"), ("省药监局", "行政审批处处长", "李来福")]),
    ("水利厅副厅长李跃进到窗口值守。", [("水利厅", "副厅长", "李跃进")]),
    ("水利厅副厅长王样进窗口为群众办事。", [("水利厅", "副厅长", "王样")]),
    ("水利厅副厅长王样到窗口值守。王样副厅长要求窗口把话讲清楚。", [("水利厅", "副厅长", "王样")]),
    ("水利厅副厅长王样到窗口值守。会议要求各窗口负责人加强管理，做好值守。", [("水利厅", "副厅长", "王样")]),
]  # fmt: skip


@pytest.mark.parametrize(("paragraph", "expected"), PARAGRAPHS)
def test_who_came_in_which_post(paragraph: str, expected: list[Visitor]) -> None:
    assert [visitor(visit) for visit in read_visits(paragraph, WEEK, 2023)] == expected


@pytest.mark.parametrize(
    ("words", "on", "on_text"),
    [
        ("3月7日，", date(2023, 3, 7), "3月7日"),
        ("3月7日上午，", date(2023, 3, 7), "3月7日"),
        ("2022年3月7日，", date(2022, 3, 7), "2022年3月7日"),
        ("7日，", date(2023, 3, 7), "7日"),
        ("近日，", None, "近日"),
        ("本周，", None, "本周"),
        ("近日", None, "近日"),
        ("3月7日至8日，", None, "3月7日至8日"),
        ("3月7日、8日，", None, "3月7日、8日"),
        ("2月30日，", None, "2月30日"),
        ("27日，", None, "27日"),
        ("", None, None),
    ],
)
def test_the_day_as_printed_and_as_a_day(words: str, on: date | None, on_text: str | None) -> None:
    (visit,) = read_visits(f"{words}水利厅副厅长张示例到窗口值守。", WEEK, 2023)
    assert (visit.on, visit.on_text) == (on, on_text)
    assert visitor(visit) == ("水利厅", "副厅长", "张示例")


def test_days_over_the_turn_of_the_year() -> None:
    period = Period(date(2023, 12, 25), date(2024, 1, 2))
    for words, day in (
        ("12月28日", date(2023, 12, 28)),
        ("1月2日", date(2024, 1, 2)),
        ("28日", date(2023, 12, 28)),
    ):
        found = when_in(f"{words}，到窗口值守。", period, 2024)
        assert found is not None
        assert found.on == day


def test_without_a_period_the_year_of_the_issue_counts() -> None:
    (visit,) = read_visits("3月7日，水利厅副厅长张示例到窗口值守。", Period(), 2021)
    assert visit.on == date(2021, 3, 7)


def test_every_sentence_has_its_own_day_and_inherits_the_department() -> None:
    text = "3月7日，商务厅副厅长张示例到窗口值守。3月8日，二级巡视员李示范到窗口值守。"
    assert read_visits(text, WEEK, 2023) == [
        Visit(date(2023, 3, 7), "3月7日", "张示例", "副厅长", "商务厅"),
        Visit(date(2023, 3, 8), "3月8日", "李示范", "二级巡视员", "商务厅"),
    ]


def test_two_days_in_one_sentence() -> None:
    text = "3月7日，水利厅副厅长张示例到窗口值守；3月8日，商务厅副厅长李示范、3月9日，二级巡视员王样本到窗口值守。"
    found = [(visit.on, visit.department, visit.person) for visit in read_visits(text, WEEK, 2023)]
    assert found == [
        (date(2023, 3, 7), "水利厅", "张示例"),
        (date(2023, 3, 8), "商务厅", "李示范"),
        (date(2023, 3, 9), "商务厅", "王样本"),
    ]


def test_the_same_person_on_two_days_is_two_visits() -> None:
    text = "3月7日，商务厅副厅长张示例到窗口值守。3月8日，副厅长张示例到窗口值守。"
    assert len(read_visits(text, WEEK, 2023)) == 2


@pytest.mark.parametrize(
    ("words", "department", "post"),
    [
        ("省卫健委党组成员、副主任", "省卫健委", "党组成员、副主任"),
        ("二级巡视员", None, "二级巡视员"),
        ("机关党委书记", None, "机关党委书记"),
        ("行政审批处处长", None, "行政审批处处长"),
        ("省公安厅政治部主任", "省公安厅", "政治部主任"),
        ("住房城乡建设厅一级巡视员", "住房城乡建设厅", "一级巡视员"),
        ("和商务厅厅长", "商务厅", "厅长"),
    ],
)
def test_where_the_department_ends(words: str, department: str | None, post: str) -> None:
    assert split_post(words) == (department, post)


def test_visits_are_read_under_their_heading_alone() -> None:
    paragraph = "3月7日，水利厅副厅长张示例到窗口值守。"
    for heading in ("厅（局）长进大厅", "厅(局)长走进政务大厅", "领导坐班", "局长进大厅值守情况"):
        assert len(around(paragraph, heading).visits) == 1
    assert around(paragraph, "窗口动态").visits == ()


def test_a_paragraph_of_visits_that_names_nobody_is_told() -> None:
    read = around("窗口人员接受了群众表扬。", "厅（局）长进大厅")
    assert [(line.line, line.text) for line in read.unplaced] == [(6, "窗口人员接受了群众表扬。")]


@pytest.mark.parametrize("paragraph", ["本周无厅（局）长进大厅安排。", "本周未安排值守。", "无。"])
def test_that_nobody_came_is_an_answer(paragraph: str) -> None:
    assert says_nobody(paragraph)
    read = around(paragraph, "厅（局）长进大厅")
    assert (read.visits, read.unplaced) == ((), ())


FAMILY = "王李张刘陈杨赵黄周吴罗邓何"
GIVEN = "华静勤明芳伟敏进来为平和海燕"


@given(
    st.sampled_from(FAMILY),
    st.text(GIVEN, min_size=1, max_size=2),
    st.sampled_from(["副厅长", "党组成员、副厅长", "二级巡视员", "总工程师"]),
    st.sampled_from(["到窗口值守", "赴大厅调研值守", "同志到大厅值守", "率队值守"]),
)
def test_names_whose_signs_are_also_verbs(family: str, given_name: str, post: str, verb: str) -> None:
    assume(not given_name.endswith("来"))  # 王华来到窗口 can be read both ways
    name = family + given_name
    (visit,) = read_visits(f"3月7日，水利厅{post}{name}{verb}。", WEEK, 2023)
    assert visitor(visit) == ("水利厅", post, name)
