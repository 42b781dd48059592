"""The five real reports, where they are on this machine: every figure, visit, result and number.

Persons are compared by the hash of their names, words by their number: neither stands in this repository.
"""

import hashlib
from datetime import date

import pytest

from tests.material import shared
from yichuang.reports.rules.numbering import PROVINCIAL_CENTRE, Total, check_monotone, total_number
from yichuang.reports.rules.reading import ReadReport, decode, read_report
from yichuang.reports.rules.reading.report import Scope
from yichuang.reports.tests.readings import ShortFigure, short

YEAR_2022 = ["2022-14", "2022-24", "2022-29", "2022-39"]
REAL = [*YEAR_2022, "2023-44"]

HEADS = {
    "2022-14": (14, 389, "2022-05-20", "2022-05-05", "2022-05-13", 80),
    "2022-24": (24, 399, "2022-08-04", "2022-07-18", "2022-07-22", 80),
    "2022-29": (29, 404, "2022-09-27", "2022-08-29", "2022-09-02", 80),
    "2022-39": (39, 414, "2022-12-07", "2022-11-14", "2022-11-18", 80),
    "2023-44": (44, 464, "2023-11-27", "2023-11-13", "2023-11-17", 91),
}
# 行政许可 受理 办结, 公共服务 受理 办结, 其它九类行权事项 受理 办结.
TOTALS = {
    "2022-14": (369861, 369148, 17075536, 5192485, 9494, 10359),
    "2022-24": (465145, 461336, 18703029, 6476433, 40933, 41684),
    "2022-29": (597002, 591301, 19476216, 7248456, 48812, 49560),
    "2022-39": (719419, 709838, 20488250, 8243567, 56320, 56809),
}
WINDOW: list[ShortFigure] = [
    ("week", "综窗", "咨询", "2085", "人次"),
    ("week", "综窗", "受理", "547", "件"),
    ("week", "综窗", "颁发", "1327", "件"),
    ("week", "综窗", "流转", "10244", "件"),
    ("year_to_date", "综窗", "咨询", "68397", "人次"),
    ("year_to_date", "综窗", "受理", "18330", "件"),
    ("year_to_date", "综窗", "颁发", "162054", "件"),
    ("year_to_date", "综窗", "流转", "286602", "件"),
    ("week", "受理手册", "完成", "5", "个"),
    ("to_date", "受理手册", "完成", "1064", "个"),
    ("to_date", "受理手册", "占比", "64.29", "%"),
]
Seen = tuple[str | None, str, str, str, str]
VISITS: dict[str, list[Seen]] = {
    "2022-14": [
        ("2022-05-11", "5月11日", "省市场监督管理局", "局长", "bef329380f810f2e"),
        ("2022-05-13", "5月13日", "应急厅", "党委委员、政治部主任、机关党委书记", "57c92a8f939211d8"),
    ],
    "2022-24": [("2022-07-21", "7月21日", "省市场监管局", "副局长", "0172710a08b7fd18")],
    "2022-29": [(None, "近日", "文旅厅", "党组成员、机关党委书记", "6eeb24bb0b91179f")],
    "2022-39": [
        ("2022-11-16", "11月16日", "应急厅", "二级巡视员", "3c8dca0f8fe1c0ed"),
        ("2022-11-17", "11月17日", "省卫健委", "二级巡视员", "5041480c323e41d2"),
    ],
    "2023-44": [
        (None, "本周", "经济和信息化厅", "党组成员、副厅长", "687174d99e513a1c"),
        (None, "本周", "经济和信息化厅", "二级巡视员", "057143aa10dae848"),
        (None, "本周", "水利厅", "党组成员、副厅长", "58257a5378324187"),
    ],
}
# Headings with level and number of items, and all signs of the items.
INSPECTED = [
    "按时到岗情况",
    "工作区域标准化执行情况",
    "着装情况",
    "工作牌佩戴情况",
    "纪律秩序",
    "大厅防控情况",
]
NEWS = {"2022-14": [6, 2], "2022-24": [2, 2, 1], "2022-29": [3, 2, 1], "2022-39": [2, 3, 2]}


def real(name: str) -> ReadReport:
    path = shared(f"weekly-reports/{name}.txt")
    return read_report(decode(path.read_bytes()), path.name)


@pytest.mark.parametrize("name", REAL)
def test_head_and_foot(name: str) -> None:
    read = real(name).as_json()
    number, total, issued_on, first, last, copies = HEADS[name]
    assert (read["year"], read["number"], read["total_number"]) == (int(name[:4]), number, total)
    assert (read["issuer"], read["issued_on"]) == (PROVINCIAL_CENTRE, issued_on)
    assert (read["period"], read["copies"]) == ({"from": first, "to": last}, copies)
    assert read["title"] == (None if name == "2022-24" else "窗口工作周报")
    assert read["heading"] == (None if name == "2023-44" else "政务服务工作")


@pytest.mark.parametrize("name", REAL)
def test_nothing_is_left_over_and_nothing_contradicts(name: str) -> None:
    read = real(name)
    assert (read.unplaced, read.disagreements) == ((), ())
    assert read.clean


@pytest.mark.parametrize("name", YEAR_2022)
def test_the_figures_line_of_2022(name: str) -> None:
    read = real(name)
    last = HEADS[name][4]
    kinds = ("行政许可", "公共服务", "其它九类行权事项")
    cells = [(kind, measure) for kind in kinds for measure in ("受理", "办结")]
    assert [short(figure) for figure in read.figures] == [
        ("year_to_date", kind, measure, str(value), "件")
        for (kind, measure), value in zip(cells, TOTALS[name], strict=True)
    ]
    assert {figure.as_of for figure in read.figures} == {date.fromisoformat(last)}
    assert {figure.sentence for figure in read.figures} == set(read.sections[0].items)


def test_the_figures_of_2023() -> None:
    read = real("2023-44")
    assert [short(figure) for figure in read.figures] == WINDOW
    assert {figure.as_of for figure in read.figures} == {date(2023, 11, 17)}
    assert not any(figure.approximate for figure in read.figures)


@pytest.mark.parametrize("name", REAL)
def test_visits(name: str) -> None:
    found = [
        (
            None if visit.on is None else visit.on.isoformat(),
            visit.on_text,
            visit.department,
            visit.post,
            hashlib.sha256(visit.person.encode()).hexdigest()[:16],
        )
        for visit in real(name).visits
    ]
    assert found == VISITS[name]


@pytest.mark.parametrize("name", YEAR_2022)
def test_the_inspection_of_the_hall(name: str) -> None:
    inspection = real(name).inspection
    assert [each.heading for each in inspection] == INSPECTED
    assert {each.result for each in inspection[:5]} == {"总体情况良好"}
    assert inspection[5].result.endswith("有序")


@pytest.mark.parametrize("name", YEAR_2022)
def test_headings_and_items_of_2022(name: str) -> None:
    sections = real(name).sections
    levels = [(part.level, part.heading) for part in sections]
    assert levels[:2] == [(1, "省级政务服务事项受理办理情况"), (1, "窗口工作动态")]
    assert levels[-7:] == [(1, "大厅巡查情况"), *((2, heading) for heading in INSPECTED)]
    assert levels[-8] == (2, "厅（局）长进大厅")
    assert [len(part.items) for part in sections[2:-7]] == NEWS[name]
    assert all(item.endswith("。") for part in sections[:-7] for item in part.items)


def test_headings_and_items_of_2023() -> None:
    sections = real("2023-44").sections
    assert [(part.level, part.heading, len(part.items)) for part in sections] == [
        (1, "政务工作动态", 4),
        (1, "厅（局）长进大厅", 1),
        (1, "综窗改革攻坚行动", 0),
        (2, "省本级综窗办件情况", 1),
        (2, "事项授权及受理手册编制推进情况", 1),
        (2, "其它工作开展情况", 1),
    ]
    assert sections[0].departments[2] == ("经济和信息化厅", "交通运输厅", "省市场监管局", "省林草局")
    assert sections[0].departments[3] == ("省广电局", "省药监局", "应急管理厅")


@pytest.mark.parametrize("name", REAL)
def test_items_are_clean(name: str) -> None:
    items = [item for part in real(name).sections for item in part.items]
    assert not any(sign in item for item in items for sign in ("\n", "**", " ", "—4—"))


def test_distribution() -> None:
    for name in YEAR_2022:
        assert real(name).distribution == {
            "报": "中心领导",
            "送": "各相关省级部门（单位），中心各处（室）、直属单位",
            "发": "各部门窗口",
        }
    assert real("2023-44").distribution == {
        "报": None,
        "送": "省中心领导、省级相关部门（单位）",
        "发": "省级相关部门（单位）窗口，省中心各处（室）、直属单位",
    }


def test_the_totals_of_a_year_never_fall_and_numbers_follow() -> None:
    totals = [
        Total(figure.as_of, figure.type, figure.measure, figure.value)
        for name in REAL
        for figure in real(name).figures
        if figure.scope is Scope.YEAR_TO_DATE and figure.as_of is not None
    ]
    assert len(totals) == 28
    assert check_monotone(totals) == []
    for number, total, issued_on, *_ in HEADS.values():
        assert total_number(int(issued_on[:4]), number) == total
