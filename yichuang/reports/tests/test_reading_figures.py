"""Every number with a measure: scope, type, measure, value, unit, and what is no figure."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.reports.rules.reading import read_report
from yichuang.reports.rules.reading.figures import has_figure
from yichuang.reports.rules.reading.report import Scope
from yichuang.reports.tests.readings import ShortFigure, around, figures

W, Y, T = "week", "year_to_date", "to_date"

SENTENCES: list[tuple[str, list[ShortFigure]]] = [
    (
        "全市共受理政务服务事项12.3万件，办结12.1万件，办结率98.4%。",
        [
            (W, "政务服务事项", "受理", "123000", "件"),
            (W, "政务服务事项", "办结", "121000", "件"),
            (W, "政务服务事项", "办结率", "98.4", "%"),
        ],
    ),
    (
        "本周，共计咨询1085人次、受理447件；今年以来，累计咨询2.5万人次、受理9330件。",
        [(W, None, "咨询", "1085", "人次"), (W, None, "受理", "447", "件"), (Y, None, "咨询", "25000", "人次"), (Y, None, "受理", "9330", "件")],
    ),
    (
        "省本级行政许可事项受理100件，办结90件；公共服务事项受理200件，累计办结210件。",
        [(W, "行政许可", "受理", "100", "件"), (W, "行政许可", "办结", "90", "件"), (W, "公共服务", "受理", "200", "件"), (T, "公共服务", "办结", "210", "件")],
    ),
    (
        "受理行政许可1200件、公共服务3400件，共计4600件，办结4500件。",
        [(W, "行政许可", "受理", "1200", "件"), (W, "公共服务", "受理", "3400", "件"), (W, None, "受理", "4600", "件"), (W, None, "办结", "4500", "件")],
    ),
    (
        "受理办件4600件，其中网上3400件、窗口1200件，办结4500件。",
        [(W, "办件", "受理", "4600", "件"), (W, "网上", "受理", "3400", "件"), (W, "窗口", "受理", "1200", "件"), (W, "办件", "办结", "4500", "件")],
    ),
    ("受理、办结分别为1200件、1180件。", [(W, None, "受理", "1200", "件"), (W, None, "办结", "1180", "件")]),
    ("窗口、网上分别受理1200件、1180件。", [(W, "窗口", "受理", "1200", "件"), (W, "网上", "受理", "1180", "件")]),
    ("受理量：1234件；办结量：1200件。", [(W, None, "受理", "1234", "件"), (W, None, "办结", "1200", "件")]),
    ("取号1,234个，平均等候时长5.6分钟。", [(W, None, "取号", "1234", "个"), (W, None, "平均等候时长", "5.6", "分钟")]),
    ("交易项目56个，成交金额12.3亿元，节约资金3456.78万元。", [(W, "项目", "交易", "56", "个"), (W, "项目", "成交金额", "1230000000", "元"), (W, "资金", "节约", "34567800", "元")]),
    ("日均接待群众3500人次。", [(W, "群众", "日均接待", "3500", "人次")]),
    ("受理办件6789件，日均1132件。", [(W, "办件", "受理", "6789", "件"), (W, None, "日均受理", "1132", "件")]),
    ("好差评系统收到评价4321条，其中“非常满意”4300条。", [(W, "好差评系统", "评价", "4321", "条"), (W, "非常满意", "评价", "4300", "条")]),
    ("网上可办率由95%提升至98%，提升3个百分点。", [(W, None, "网上可办率", "98", "%"), (W, None, "提升", "3", "个百分点")]),
    ("本周办结率由上周的97%上升到98%。", [(W, None, "办结率", "98", "%")]),
    ("市本级办理5678件（其中：线上4321件，线下1357件），占全市办件量的23.4%。", [(W, "市本级", "办理", "5678", "件"), (W, "线上", "办理", "4321", "件"), (W, "线下", "办理", "1357", "件"), (W, None, "占全市办件量", "23.4", "%")]),
    ("各分中心受理情况：税务分中心2,345件；社保分中心1,234件。", [(W, "税务分中心", "受理", "2345", "件"), (W, "社保分中心", "受理", "1234", "件")]),
    ("12345热线共接听群众来电8,765个，按时办结率99.2%。", [(W, "群众来电", "接听", "8765", "个"), (W, "群众来电", "按时办结率", "99.2", "%")]),
    ("受理业务同比增加1,234件，增长5.3%。", [(W, "受理业务", "同比增加", "1234", "件"), (W, "受理业务", "增长", "5.3", "%")]),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES)
def test_a_sentence_of_another_centre(sentence: str, expected: list[ShortFigure]) -> None:
    assert figures(sentence) == expected


@pytest.mark.parametrize("sentence", [sentence for sentence, _ in SENTENCES])
def test_the_figure_keeps_its_whole_sentence(sentence: str) -> None:
    assert {figure.sentence for figure in around(sentence).figures} == {sentence}


@pytest.mark.parametrize(
    "sentence",
    [
        "21个市（州）的窗口负责人到会，会期2天。",
        "依照〔2022〕68号文件第3条办好12月份的事。",
        "大厅7×24小时开放，S1号厅照常。",
        "市民可拨打12345热线反映。",
        "2024年3月5日，窗口整理了资料。",
        "全部实现1日办结。",
        "申请人从3人到5人不等。",
    ],
)
def test_numbers_without_a_measure_are_no_figures(sentence: str) -> None:
    assert figures(sentence) == []
    assert not has_figure(sentence)


@pytest.mark.parametrize(
    ("sentence", "scope", "as_of", "words"),
    [
        ("受理1件。", Scope.WEEK, date(2023, 3, 12), None),
        ("本周受理1件。", Scope.WEEK, date(2023, 3, 12), "本周"),
        ("3月6日至3月10日，受理1件。", Scope.WEEK, date(2023, 3, 10), "3月6日至3月10日"),
        ("本周累计受理1件。", Scope.WEEK, date(2023, 3, 12), "本周"),
        ("上周受理1件。", Scope.WEEK, None, "上周"),
        ("今年以来，累计受理1件。", Scope.YEAR_TO_DATE, date(2023, 3, 12), "今年以来"),
        (
            "2023年1月1日至2023年3月10日，受理1件。",
            Scope.YEAR_TO_DATE,
            date(2023, 3, 10),
            "2023年1月1日至2023年3月10日",
        ),
        ("2023年1月1日至3月10日，受理1件。", Scope.YEAR_TO_DATE, date(2023, 3, 10), "2023年1月1日至3月10日"),
        ("1—2月，受理1件。", Scope.YEAR_TO_DATE, date(2023, 2, 28), "1—2月"),
        ("一季度受理1件。", Scope.YEAR_TO_DATE, date(2023, 3, 31), "一季度"),
        ("截至3月10日，今年累计受理1件。", Scope.YEAR_TO_DATE, date(2023, 3, 10), "今年"),
        ("今年以来，截至3月10日，累计受理1件。", Scope.YEAR_TO_DATE, date(2023, 3, 10), "截至3月10日"),
        ("截至2月底，累计受理1件。", Scope.TO_DATE, date(2023, 2, 28), "截至2月底"),
        ("截至目前，共受理1件。", Scope.TO_DATE, date(2023, 3, 12), "截至目前"),
        ("累计受理1件。", Scope.TO_DATE, date(2023, 3, 12), "累计"),
        ("较上周多受理1件。", Scope.WEEK, date(2023, 3, 12), None),
    ],
)
def test_the_span_of_a_figure(sentence: str, scope: Scope, as_of: date | None, words: str | None) -> None:
    (figure,) = around(sentence).figures
    assert (figure.scope, figure.as_of, figure.scope_text) == (scope, as_of, words)


def test_the_span_goes_on_in_the_paragraph_and_ends_with_it() -> None:
    read = around("今年以来受理10件。其中网上6件。\n受理3件。")
    assert [figure.scope for figure in read.figures] == [Scope.YEAR_TO_DATE, Scope.YEAR_TO_DATE, Scope.WEEK]


def test_a_total_to_date_follows_the_figures_of_the_week() -> None:
    read = around("完成7个办理项的手册。截至目前，共完成820个办理项，占比51.25%。")
    assert [figure.scope.value for figure in read.figures] == [W, T, T]


def test_growth_after_last_week_is_of_this_week() -> None:
    read = around("本周受理110件，上周受理100件，环比增长10%。")
    assert [(figure.scope_text, figure.as_of) for figure in read.figures] == [
        ("本周", date(2023, 3, 12)),
        ("上周", None),
        ("本周", date(2023, 3, 12)),
    ]


def test_about_is_told() -> None:
    read = around("受理6000余件，办结约5900件，接待80人次。")
    assert [figure.approximate for figure in read.figures] == [True, True, False]


def test_json_numbers_are_whole_or_decimal() -> None:
    values = [
        figure.as_json()["value"] for figure in around("受理12.3万件，办结率98.40%，好评率100%。").figures
    ]
    assert values == [123000, 98.4, 100]
    assert [type(value) for value in values] == [int, float, int]


def test_a_table_has_its_measures_in_the_first_row() -> None:
    read = around(
        "| 项目 | 本周受理（件） | 累计办结（件） | 办结率 |\n|---|---|---|---|\n| 行政许可 | 1,300 | 9万 | 96.5% |"
    )
    assert [
        (figure.scope.value, figure.type, figure.measure, figure.value, figure.unit)
        for figure in read.figures
    ] == [
        (W, "行政许可", "受理", Decimal(1300), "件"),
        (T, "行政许可", "办结", Decimal(90000), "件"),
        (W, "行政许可", "办结率", Decimal("96.5"), "%"),
    ]


def test_a_table_without_measures_is_text() -> None:
    read = around("| 姓名 | 座位 |\n|---|---|\n| 甲 | 3 |")
    assert read.figures == ()
    assert read.sections[0].items == ("姓名 | 座位", "甲 | 3")


def test_the_2022_form_reads_its_figures_line_alone() -> None:
    body = (
        "窗口工作周报\n2023年第9期\n2023年3月15日\n（3月6日—3月12日）\n一、省级政务服务事项受理办理情况\n"
        "2023年1月1日至2023年3月12日，省本级行政许可事项受理9件，办结8件。\n"
        "二、窗口工作动态\n（1）近日，甲窗口受理取水许可56件。\n"
    )
    assert [figure.value for figure in read_report(body).figures] == [9, 8]
    elsewhere = read_report(body.replace("省级政务服务事项受理办理情况", "总体情况"))
    assert [figure.value for figure in elsewhere.figures] == [9, 8, 56]


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.sampled_from(["件", "人次", "个", "项"]))
def test_any_figures_line_gives_back_its_numbers(accepted: int, concluded: int, unit: str) -> None:
    sentence = f"行政许可受理{accepted}{unit}，办结{concluded:,}{unit}。"
    assert figures(sentence) == [
        (W, "行政许可", "受理", str(accepted), unit),
        (W, "行政许可", "办结", str(concluded), unit),
    ]
