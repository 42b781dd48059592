"""The words around a number: measures, types, spans, forms, departments; and that the lists of words hold together."""

import re
from datetime import date

import pytest

from yichuang.reports.rules.reading import forms, lexicon
from yichuang.reports.rules.reading.departments import departments_in
from yichuang.reports.rules.reading.measures import (
    Measured,
    clean_type,
    measure_of,
    phrase_before,
    respectively,
)
from yichuang.reports.rules.reading.report import Period, Scope
from yichuang.reports.rules.reading.scopes import Spans
from yichuang.reports.rules.reading.tables import read_table

PERIOD = Period(date(2023, 3, 6), date(2023, 3, 12))


@pytest.mark.parametrize(
    ("phrase", "unit", "measure"),
    [
        ("共受理", "件", "受理"),
        ("受理窗口办结", "件", "办结"),
        ("办理咨询", "人次", "办理"),
        ("现场咨询", "人次", "咨询"),
        ("提前办结", "件", "提前办结"),
        ("收到群众来信", "件", "收到"),
        ("收到评价", "条", "评价"),
        ("办理各类审批服务事项", "件次", "办理"),
        ("成交金额", "元", "成交金额"),
        ("节约资金", "元", "节约"),
        ("平均办理时长", "个工作日", "平均办理时长"),
        ("群众等候时间平均", "分钟", "等候时间"),
        ("受理量为", None, "受理"),
        ("业务量达", "件", "业务量"),
        ("日均办件量", "件", "日均办件"),
        ("全程网办率达到", "%", "全程网办率"),
        ("群众满意度", "%", "满意度"),
        ("退件率", "%", "退件率"),
        ("本周线上申报率", "%", "线上申报率"),
        ("占比", "%", "占比"),
        ("占办件总量的", "%", "占办件总量"),
        ("同比增长", "%", "同比增长"),
        ("较上周下降", "%", "较上周下降"),
        ("比去年同期提高", "个百分点", "比去年同期提高"),
        ("承诺时限较法定时限压减", "%", "较法定时限压减"),
        ("受理量增加", "件", "增加"),
        ("减材料", "%", "减材料"),
    ],
)
def test_the_measure_before_a_number(phrase: str, unit: str | None, measure: str) -> None:
    found = measure_of(phrase, unit)
    assert found is not None
    assert found.measure == measure


@pytest.mark.parametrize(
    ("phrase", "unit"),
    [("约有", "个"), ("", "件"), ("公共服务", "件"), ("即办件", "件"), ("进驻单位", "家"), ("仅用", "个工作日"), ("受理窗口", None), ("申请人", "人")],
)  # fmt: skip
def test_words_that_name_no_measure(phrase: str, unit: str | None) -> None:
    assert measure_of(phrase, unit) is None


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("省本级行政许可事项", "行政许可"),
        ("行政许可类办件", "行政许可"),
        ("公共服务事项", "公共服务"),
        ("其它九类行权事项", "其它九类行权事项"),
        ("全市共", None),
        ("各类事项", "事项"),
        ("今年以来累计网上", "网上"),
        ("受理情况：税务分中心", "税务分中心"),
        ("示例区", "示例区"),
        ("共", None),
        ("", None),
        ("5个部门", None),
        ("窗口工作人员热情周到耐心细致地为来访群众", None),
    ],
)
def test_the_type_that_words_name(words: str, kind: str | None) -> None:
    assert clean_type(words) == kind


def test_the_phrase_goes_back_to_the_last_comma() -> None:
    assert phrase_before("大厅有序，全市共受理") == "全市共受理"
    assert phrase_before("其中“非常满意”") == "其中非常满意"
    assert phrase_before("网上可办率由95%提升至") == "网上可办率"
    assert len(phrase_before("受" * 500)) < 60


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("受理、办结分别为", [("受理", ""), ("办结", "")]),
        ("受理量、办结量和咨询量分别达", [("受理", ""), ("办结", ""), ("咨询", "")]),
        ("窗口、网上分别受理", [("受理", "窗口"), ("受理", "网上")]),
        ("甲、乙分别为", []),
        ("受理", []),
    ],
)
def test_respectively(words: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.measure, each.subject) for each in respectively(words)] == expected


def test_growth_is_known_as_growth() -> None:
    assert Measured("同比增长").is_growth
    assert not Measured("受理").is_growth


@pytest.mark.parametrize(
    ("words", "scope", "as_of"),
    [
        (["本周"], Scope.WEEK, date(2023, 3, 12)),
        (["今年以来"], Scope.YEAR_TO_DATE, date(2023, 3, 12)),
        (["今年以来", "累计"], Scope.YEAR_TO_DATE, date(2023, 3, 12)),
        (["本周", "累计"], Scope.TO_DATE, date(2023, 3, 12)),
        (["截至2月28日"], Scope.TO_DATE, date(2023, 2, 28)),
        (["截至2022年12月31日"], Scope.TO_DATE, date(2022, 12, 31)),
        (["2023年1月1日至3月5日"], Scope.YEAR_TO_DATE, date(2023, 3, 5)),
        (["3月6日至8日"], Scope.WEEK, date(2023, 3, 8)),
        (["1至2月"], Scope.YEAR_TO_DATE, date(2023, 2, 28)),
        (["2022年前三季度"], Scope.YEAR_TO_DATE, date(2022, 9, 30)),
        (["截至12月底"], Scope.TO_DATE, date(2023, 12, 31)),
        (["运行以来"], Scope.TO_DATE, date(2023, 3, 12)),
        (["上周"], Scope.WEEK, None),
        (["与上周相比"], Scope.WEEK, date(2023, 3, 12)),
    ],
)
def test_the_words_of_time(words: list[str], scope: Scope, as_of: date | None) -> None:
    spans = Spans(PERIOD, 2023)
    for each in words:
        spans.read(each)
        found = spans.use()
    assert (found.scope, found.as_of) == (scope, as_of)


def test_a_span_that_was_just_named_is_not_ended_by_a_sum_word() -> None:
    spans = Spans(PERIOD, 2023)
    spans.read("本周，共计")
    spans.read("累计")
    assert spans.use().text == "本周"


def test_without_a_period_days_are_none() -> None:
    spans = Spans(Period(), None)
    for words in ("本周", "今年以来", "截至目前", "1至2月", "上半年", "截至3月5日", "截至2月底"):
        spans.read(words)
        assert spans.use().as_of is None


@pytest.mark.parametrize(
    ("headings", "name"),
    [
        (["省级政务服务事项受理办理情况", "窗口工作动态", "大厅巡查情况"], "2022"),
        (["省级政务服务事项受理办理情况", "大厅巡查情况"], "2022"),
        (["省级政务服务事项受理办理情况"], "other"),
        (["政务工作动态", "省本级综窗办件情况", "事项授权及受理手册编制推进情况"], "2023"),
        (["综窗办件情况"], "other"),
        ([], "other"),
    ],
)
def test_which_form_a_report_has(headings: list[str], name: str) -> None:
    assert forms.form_of(headings).name == name


def test_a_form_says_where_its_figures_stand() -> None:
    source = forms.FORM_2023.source("省本级综窗办件情况")
    assert source is not None
    assert source.type == "综窗"
    assert forms.FORM_2023.source("其它工作开展情况") is None
    assert forms.FORM_2022.source("窗口工作动态") is None
    assert forms.ANY_FORM.source("任何标题") is not None


@pytest.mark.parametrize(
    "heading", ["厅（局）长进大厅", "厅(局)长走进政务大厅", "领导干部坐班", "窗口值守情况"]
)
def test_headings_of_duty_visits(heading: str) -> None:
    assert forms.DUTY_VISITS.search(heading)


@pytest.mark.parametrize("heading", ["大厅巡查情况", "窗口工作动态", "服务大厅运行情况"])
def test_other_headings_are_no_duty_visits(heading: str) -> None:
    assert not forms.DUTY_VISITS.search(heading)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("近日，水利厅窗口培训。", ("水利厅",)),
        ("3月7日至8日，省林草局调研。", ("省林草局",)),
        ("依照办法，商务厅窗口走访企业，水利厅配合。", ("商务厅", "水利厅")),
        ("窗口走访了商务厅。", ()),
        ("水利厅培训。水利厅走访。", ("水利厅",)),
        ("", ()),
    ],
)
def test_departments_that_begin_a_clause(text: str, names: tuple[str, ...]) -> None:
    assert departments_in(text) == names


def test_a_longer_act_stands_before_the_shorter_one_in_it() -> None:
    """The first alternative that fits wins, so 按时办结 must come before 办结."""
    acts = re.sub(r"\(\?!.*?\)|\(\?:|\)", "", lexicon.ACTS).split("|")
    for place, act in enumerate(acts):
        assert not any(act and longer.startswith(act) and longer != act for longer in acts[place + 1 :]), act


def test_every_ratio_that_is_recomputed_is_one_that_is_read() -> None:
    for ratio, (above, below) in lexicon.RATIO_OF.items():
        found = measure_of(ratio, "%")
        assert found is not None
        assert found.measure == ratio
        assert above != below


def test_a_table_with_short_rows_and_words_in_cells() -> None:
    rows = [("项目", "受理（件）", "办结率"), ("行政许可", "12"), ("公共服务", "无", "98%"), ("", "")]
    found = [
        (each.figure.type, each.figure.measure, str(each.figure.value))
        for each in read_table(rows, PERIOD, 2023)
    ]
    assert found == [("行政许可", "受理", "12"), ("公共服务", "办结率", "98")]


def test_the_span_of_a_column_stands_in_its_head() -> None:
    rows = [("项目", "本周受理", "今年以来受理"), ("行政许可", "12件", "340件")]
    found = [
        (each.figure.scope.value, int(each.figure.value), each.figure.unit)
        for each in read_table(rows, PERIOD, 2023)
    ]
    assert found == [("week", 12, "件"), ("year_to_date", 340, "件")]
