"""Head and foot: title, number, issuer, days, period; 报 送 发, copies, signatures."""

from datetime import date

import pytest

from yichuang.reports.rules.reading import ReadReport, read_report
from yichuang.reports.rules.reading.report import Period
from yichuang.reports.tests.readings import synthetic

BODY = "\n一、动态\n近日，窗口整理了资料。\n"
ISSUER = "示例省政务服务和公共资源交易服务中心"


def headed(*lines: str) -> ReadReport:
    return read_report("\n".join(lines) + BODY)


def footed(*lines: str) -> ReadReport:
    return read_report("窗口工作周报\n2024年第3期\n2024年3月5日" + BODY + "\n".join(lines))


@pytest.mark.parametrize(
    "lines",
    [
        ("窗口工作周报", "2024年第3期（总第903期）", ISSUER, "2024年3月15日", "政务服务工作", "（3月4日—3月8日）"),
        ("2024 年第 3 期（总第 903 期）", "窗口工作周报", "（3 月 4 日—3 月 8 日）", ISSUER, "2024 年 3 月 15 日", "政务服务工作"),
        ("窗口工作周报 2024年第3期(总第903期)", f"{ISSUER} 2024年 3月 15日", "政务服务工作（3月4日—8日）"),
        ("窗口工作周报（2024年第三期，总第903期）", f"主办单位：{ISSUER}", "发布日期：2024-03-15", "时段：2024.3.4—2024.3.8", "政务服务工作"),
        ("窗口工作周报", "2024年第3期（总第", "903期）", f"{ISSUER} 2024年3月", "15日", "政务服务工作", "（3月4日", "—3月8日）"),
        ("窗口工作周报", "2024年第3期", "（总第903期）", ISSUER, "二〇二四年三月十五日", "政务服务工作", "(3月4日至3月8日)"),
    ],
)  # fmt: skip
def test_the_same_head_in_many_prints(lines: tuple[str, ...]) -> None:
    read = headed(*lines)
    assert (read.title, read.heading, read.issuer) == ("窗口工作周报", "政务服务工作", ISSUER)
    assert (read.year, read.number, read.total_number) == (2024, 3, 903)
    assert read.issued_on == date(2024, 3, 15)
    assert read.period == Period(date(2024, 3, 4), date(2024, 3, 8))
    assert read.unplaced == ()


def test_what_is_not_printed_is_none() -> None:
    read = headed("2024年第3期", "2024年3月5日")
    assert (read.title, read.heading, read.issuer, read.total_number) == (None, None, None, None)
    assert read.period == Period()
    assert read.as_json()["period"] == {"from": None, "to": None}


def test_a_number_without_a_year_takes_it_from_the_day_of_issue() -> None:
    assert headed("示例市政务简报", "第10期", "2024年3月11日").year == 2024
    assert headed("示例市政务简报", "第10期").year is None


def test_the_number_of_a_document_form() -> None:
    read = headed("示例县政务服务简报", "〔2024〕3号", "（2024年2月）")
    assert (read.year, read.number) == (2024, 3)
    assert read.period == Period(date(2024, 2, 1), date(2024, 2, 29))


def test_a_period_that_does_not_exist_is_not_placed() -> None:
    read = headed("窗口工作周报", "2023年第3期", "2023年3月5日", "（2月27日—2月30日）")
    assert read.period == Period()
    assert [(line.line, line.text) for line in read.unplaced] == [(4, "（2月27日—2月30日）")]


def test_lines_that_say_nothing_known_are_told() -> None:
    read = headed("窗口工作周报", "2024年第3期", "签发：周示例", "内部资料  注意保存", "另一行")
    assert [line.text for line in read.unplaced] == ["签发：周示例", "另一行"]
    assert read.heading == "内部资料注意保存"


def test_the_period_may_stand_in_the_first_sentence() -> None:
    read = read_report(
        "示例市政务服务周报\n第10期\n2024年3月12日\n本周（3月4日至3月10日），全市受理120件。\n"
    )
    assert read.period == Period(date(2024, 3, 4), date(2024, 3, 10))
    assert read.figures[0].as_of == date(2024, 3, 10)


FEET = [
    ("报：中心领导。", "送：各有关单位（部门），中心各处（室）。", "发：各部门窗口。", "（共印80份）"),
    ("报:中心领导", "送:各有关单位（部门），中心各处（室）", "发:各部门窗口", "(共印 80 份)"),
    ("报：中心领导", "送：各有关单位（部门），中心各", "处（室）", "发：各部门窗口（共印80份）"),
    ("报：中心领导。送：各有关单位（部门），中心各处（室）。发：各部门窗口。（共印80份）",),
    ("报：中心领导。", "—5—", "送：各有关单位（部门），中心各处（室）。", "发：各部门窗口。", "共印八十份"),
    ("抄报：中心领导。", "抄送：各有关单位（部门），中心各处（室）。", "分发：各部门窗口。", "印数：80份"),
]


@pytest.mark.parametrize("lines", FEET)
def test_the_same_foot_in_many_prints(lines: tuple[str, ...]) -> None:
    read = footed(*lines)
    assert read.distribution == {
        "报": "中心领导",
        "送": "各有关单位（部门），中心各处（室）",
        "发": "各部门窗口",
    }
    assert read.copies == 80
    assert read.unplaced == ()
    assert read.sections[-1].items == ("近日，窗口整理了资料。",)


def test_labels_that_are_absent_are_none_and_never_missing() -> None:
    read = footed("送：省中心领导。", "（共印 91 份）")
    assert read.distribution == {"报": None, "送": "省中心领导", "发": None}
    assert footed().distribution == {"报": None, "送": None, "发": None}
    assert footed().copies is None


def test_copies_glued_to_the_last_sentence() -> None:
    read = read_report("窗口工作周报\n2024年第3期" + BODY.rstrip() + "（共印 80 份）")
    assert read.copies == 80
    assert read.sections[-1].items == ("近日，窗口整理了资料。",)


def test_copies_inside_a_sentence_are_no_foot() -> None:
    read = read_report("窗口工作周报\n2024年第3期\n一、动态\n手册共印80份，已经分发到各窗口。\n")
    assert read.copies is None
    assert read.sections[0].items == ("手册共印80份，已经分发到各窗口。",)


def test_what_follows_the_copies_is_told() -> None:
    read = footed("送：各单位。", "（共印80份）", "责任编辑：郑示例")
    assert [line.text for line in read.unplaced] == ["责任编辑：郑示例"]
    assert read.distribution["送"] == "各单位"


@pytest.mark.parametrize("lines", [("示例县行政审批局", "2024年3月5日"), ("示例县行政审批局2024年3月5日",)])
def test_a_signature_below_the_text(lines: tuple[str, ...]) -> None:
    read = read_report("示例县政务简报\n第3期\n一、动态\n1.窗口整理了资料。\n" + "\n".join(lines))
    assert (read.issuer, read.issued_on, read.year) == ("示例县行政审批局", date(2024, 3, 5), 2024)
    assert read.sections[0].items == ("窗口整理了资料。",)


def test_the_head_wins_over_the_signature() -> None:
    read = synthetic("foreign_city_week")
    assert (read.issuer, read.issued_on) == ("示例市政务服务管理局", date(2024, 3, 11))
