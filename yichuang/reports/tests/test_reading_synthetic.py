"""Our own reports with the traps of real ones, read whole; and the same reports torn in many ways."""

import random
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.material import shared
from yichuang.reports.rules.reading import ReadReport, decode, read_report
from yichuang.reports.rules.reading.report import Period
from yichuang.reports.tests.readings import SYNTHETIC, short, synthetic, visitor

CENTRE = "示例省政务服务和公共资源交易服务中心"
FORMS = ["form_2022_torn", "form_2022_turn_of_year", "form_2023"]
REAL = ["2022-14", "2022-24", "2022-29", "2022-39", "2023-44"]


def test_the_2022_form_torn_apart() -> None:
    read = synthetic("form_2022_torn")
    assert (read.title, read.heading) == (None, "政务服务工作")
    assert (read.year, read.number, read.total_number, read.issuer) == (2024, 12, 912, CENTRE)
    assert (read.issued_on, read.period) == (date(2024, 4, 8), Period(date(2024, 3, 18), date(2024, 3, 22)))
    assert [(figure.type, figure.measure, int(figure.value)) for figure in read.figures] == [
        ("行政许可", "受理", 265145),
        ("行政许可", "办结", 261336),
        ("公共服务", "受理", 8703029),
        ("公共服务", "办结", 6476433),
        ("其它九类行权事项", "受理", 10933),
        ("其它九类行权事项", "办结", 11684),
    ]
    assert {(figure.scope.value, figure.as_of, figure.unit) for figure in read.figures} == {
        ("year_to_date", date(2024, 3, 22), "件")
    }
    assert [(part.level, part.heading, len(part.items)) for part in read.sections] == [
        (1, "省级政务服务事项受理办理情况", 1),
        (1, "窗口工作动态", 0),
        (2, "优化营商环境工作开展情况", 2),
        (2, "厅(局)长进大厅", 1),
        (1, "大厅巡查情况", 1),
        (2, "按时到岗情况", 1),
        (2, "着装情况", 1),
        (2, "纪律秩序", 1),
    ]
    assert [visitor(visit) for visit in read.visits] == [
        ("省市场监管局", "党组书记、局长", "李示范"),
        ("省药监局", "副局长", "王样本"),
    ]
    assert {visit.on for visit in read.visits} == {date(2024, 3, 21)}
    assert [(each.heading, each.result) for each in read.inspection] == [
        ("按时到岗情况", "总体情况良好"),
        ("着装情况", "总体情况良好"),
        ("纪律秩序", "午后有两个窗口交接时无人值守，已提醒改正"),
    ]
    assert read.distribution["送"] == "各有关省级部门（单位），中心各处（室）、直属单位"
    assert (read.distribution["报"], read.distribution["发"], read.copies) == ("中心领导", "各部门窗口", 80)
    assert read.clean


def test_a_page_number_inside_a_sentence_leaves_no_trace() -> None:
    items = synthetic("form_2022_torn").sections[2].items
    assert items[0].endswith("会后形成清单两份，分送有关处室办理。")
    assert "逐项督促，直到办完为止。" in items[1]


def test_the_2022_form_over_the_turn_of_the_year() -> None:
    read = synthetic("form_2022_turn_of_year")
    assert (read.title, read.year, read.number, read.total_number) == ("窗口工作周报", 2024, 1, 901)
    assert read.period == Period(date(2023, 12, 25), date(2024, 1, 2))
    assert {figure.as_of for figure in read.figures} == {date(2023, 12, 31)}
    assert [int(figure.value) for figure in read.figures] == [1000200, 998000, 3000400, 2000300, 5100, 5300]
    assert [(visit.on, visitor(visit)) for visit in read.visits] == [
        (date(2023, 12, 28), ("水利厅", "党组成员、副厅长", "张示例")),
        (date(2024, 1, 2), ("省林草局", "二级巡视员", "欧阳样本")),
    ]
    assert len(read.inspection) == 6
    assert read.clean


def test_the_2023_form() -> None:
    read = synthetic("form_2023")
    assert (read.title, read.heading, read.number, read.total_number) == ("窗口工作周报", None, 20, 920)
    assert [short(figure) for figure in read.figures] == [
        ("week", "综窗", "咨询", "1085", "人次"),
        ("week", "综窗", "受理", "447", "件"),
        ("week", "综窗", "颁发", "927", "件"),
        ("week", "综窗", "流转", "8244", "件"),
        ("year_to_date", "综窗", "咨询", "25000", "人次"),
        ("year_to_date", "综窗", "受理", "9330", "件"),
        ("year_to_date", "综窗", "颁发", "62054", "件"),
        ("year_to_date", "综窗", "流转", "186602", "件"),
        ("week", "受理手册", "完成", "7", "个"),
        ("to_date", "受理手册", "完成", "820", "个"),
        ("to_date", "受理手册", "占比", "51.25", "%"),
    ]
    assert {figure.as_of for figure in read.figures} == {date(2024, 5, 17)}
    assert [(visit.on, visit.on_text, *visitor(visit)) for visit in read.visits] == [
        (None, "本周", "水利厅", "党组成员、副厅长", "赵样例"),
        (None, "本周", "水利厅", "二级巡视员", "孙示意"),
        (None, "本周", "商务厅", "党组书记、厅长", "泽仁样例"),
    ]
    assert (read.inspection, read.copies) == ((), 91)
    assert read.distribution == {
        "报": None,
        "送": "省中心领导、省级相关部门（单位）",
        "发": "省级相关部门（单位）窗口",
    }
    assert read.clean


def test_a_city_in_its_own_form() -> None:
    read = synthetic("foreign_city_week")
    assert (read.title, read.year, read.number, read.total_number) == (
        "示例市政务服务工作周报",
        2024,
        10,
        None,
    )
    assert read.period == Period(date(2024, 3, 4), date(2024, 3, 10))
    found = [short(figure) for figure in read.figures]
    assert len(found) == 23
    for expected in (
        ("week", "政务服务事项", "办结率", "98.4", "%"),
        ("week", "网上", "受理", "82000", "件"),
        ("year_to_date", None, "受理", "41000", "件"),
        ("week", None, "好评率", "99.75", "%"),
        ("to_date", "一体机", "办理", "123450000", "件"),
        ("to_date", "一体机", "网上可办率", "98", "%"),
    ):
        assert expected in found
    assert [(int(each.stated), int(each.computed)) for each in read.disagreements] == [(4700, 4600), (98, 95)]
    assert [visitor(visit) for visit in read.visits] == [("市水务局", "局长", "钱示例")]
    assert read.distribution == {"报": "市政府办公室", "送": "各区县政务服务局", "发": None}
    assert read.unplaced == ()


def test_a_county_with_a_table_and_a_signature() -> None:
    read = synthetic("foreign_county_month")
    assert (read.year, read.number, read.issuer) == (2024, 3, "示例县行政审批局")
    assert read.period == Period(date(2024, 2, 1), date(2024, 2, 29))
    found = [short(figure) for figure in read.figures]
    assert ("week", "行政许可", "办结率", "96.67", "%") in found
    assert ("week", "合计", "办结", "2060", "件") in found
    assert sorted(str(each.stated) for each in read.disagreements) == ["2060", "2100", "97.62"]
    assert read.unplaced == ()


def test_notes_in_marked_down_text() -> None:
    read = synthetic("foreign_notes")
    assert (read.year, read.number, read.issuer) == (2024, 6, "示例区政务服务中心")
    assert read.period == Period(date(2024, 12, 30), date(2025, 1, 5))
    assert [figure.measure for figure in read.figures][:4] == ["受理", "办结", "办结率", "平均用时"]
    assert [line.text for line in read.unplaced] == ["签发：周示例", "责任编辑：郑示例"]
    assert [(int(each.stated), int(each.computed)) for each in read.disagreements] == [(21, 12)]


@pytest.mark.parametrize("path", sorted(SYNTHETIC.glob("*.txt")), ids=lambda path: path.stem)
def test_json_has_every_promised_key_and_plain_values(path: Path) -> None:
    found = read_report(decode(path.read_bytes()), path.name).as_json()
    promised = "file year number total_number issuer issued_on period figures sections visits inspection"
    assert set(promised.split()) | {"distribution", "copies", "disagreements", "unplaced"} <= set(found)
    assert found["file"] == path.name
    assert set(found["distribution"]) == {"报", "送", "发"}  # type: ignore[call-overload]
    for row in found["figures"]:  # type: ignore[attr-defined]
        assert {"scope", "type", "measure", "as_of", "value", "unit", "sentence"} <= set(row)
        assert row["scope"] in {"week", "year_to_date", "to_date"}


def wrapped(text: str, chance: random.Random) -> str:
    """Lines of 28 signs with a blank line between them and a page number every 22 lines."""
    made: list[str] = []
    for line in (re.sub(r"\s+", " ", line.strip()) for line in text.split("\n")):
        rest, width = line, 52
        while rest:
            end = next((n for n in range(1, len(rest)) if columns(rest[: n + 1]) > width), len(rest))
            made.append(rest[:end])
            rest, width = rest[end:], 56
            if len(made) % 22 == 0:
                made.append(f"—{len(made) // 22}—")
    return "\n\n".join(made)


def columns(text: str) -> int:
    return sum(1 if sign.isascii() else 2 for sign in text)


def spaced(text: str, chance: random.Random) -> str:
    border = r"(?<=[\u4e00-\u9fff])(?=\d)|(?<=\d)(?=[\u4e00-\u9fff])"
    return re.sub(border, lambda _: " " if chance.random() < 0.5 else "", text)


def starred(text: str, chance: random.Random) -> str:
    return re.sub("(商务厅|省卫健委|水利厅|应急厅|省林草局)", r"**\1**", text.replace("**", ""))


def dashed(text: str, chance: random.Random) -> str:
    return re.sub(r"(?m)^(?=[（(][一二三四五六])", lambda _: "- " if chance.random() < 0.5 else "", text)


def with_windows_ends(text: str, chance: random.Random) -> str:
    return text.replace("\n", "\r\n")


def in_gb18030(text: str, chance: random.Random) -> str:
    return decode(text.encode("gb18030"))


def with_half_brackets(text: str, chance: random.Random) -> str:
    return text.replace("（", "(").replace("）", ")")


TEARS: list[Callable[[str, random.Random], str]] = [
    spaced, starred, dashed, wrapped, with_windows_ends, in_gb18030, with_half_brackets,
]  # fmt: skip


def plain(read: ReadReport) -> str:
    found = read.as_json()
    del found["file"]
    return str(found).replace("（", "(").replace("）", ")")


def check_torn(text: str, seed: int) -> None:
    chance = random.Random(seed)
    torn = text
    for tear in TEARS:
        if chance.random() < 0.6:
            torn = tear(torn, chance)
    assert plain(read_report(torn)) == plain(read_report(text))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", FORMS)
def test_a_torn_report_reads_like_the_whole_one(name: str, seed: int) -> None:
    check_torn(decode((SYNTHETIC / f"{name}.txt").read_bytes()), seed)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", REAL)
def test_a_torn_real_report_reads_like_the_whole_one(name: str, seed: int) -> None:
    check_torn(decode(shared(f"weekly-reports/{name}.txt").read_bytes()), seed)
