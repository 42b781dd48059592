"""The numbers of a text: what counts as one, how it is found again after an edit, when it agrees with a register."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.reports.rules.figure_fields import (
    Binding,
    agrees,
    anchor_of,
    anchored,
    decimal_text,
    numbers_in,
    printed_value,
    sentence_of,
)


def found(text: str) -> list[tuple[str, str]]:
    return [(number.printed, number.unit) for number in numbers_in(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("共计36个无矿县，6个特定区域", [("36", "个"), ("6", "个")]),
        ("平均用时7.8个工作日，较法定时限缩短12.2个工作日", [("7.8", "个工作日"), ("12.2", "个工作日")]),
        ("提前办结率达100%，占比 64.29 %。", [("100", "%"), ("64.29", "%")]),
        ("共计咨询 2085 人次、受理 547 件", [("2085", "人次"), ("547", "件")]),
        ("预计约有 30 万个无线电台（站）", [("30 万", "个")]),
        ("21个市（州）6000余人次参加", [("21", "个"), ("6000", "人次")]),
        ("受理18,330件", [("18,330", "件")]),
        ("受理１２件", [("１２", "件")]),
        ("效率提升3倍", [("3", "倍")]),
        ("每隔2小时消杀一次", [("2", "小时")]),
        ("由20人降至5人", [("20", "人"), ("5", "人")]),
        ("3—5个工作日", [("3", ""), ("5", "个工作日")]),
        ("在10日内办结", [("10", "")]),
        ("宽5km", [("5", "km")]),
        ("投资2亿元", [("2亿", "元")]),
    ],
)
def test_amounts_are_found(text: str, wanted: list[tuple[str, str]]) -> None:
    assert found(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "2022年9月2日", "11月14日至15日", "5月11日、12日", "2022年版", "2021—2022年", "2022 年 1 月 1 日", "9月下旬",
        "2022-05-13", "2022/5/13", "上午9:30", "9时30分", "8点半", "国办发〔2022〕2号", "川府发〔2022〕18号",
        "工信部无〔2017〕330 号", "住房和城乡建设部令第54号", "第3届", "第 2 次", "第404期", "第三方", "1.加大帮扶力度",
        "（1）近日", "(2) 近日", "2、压缩时限", "12345热线", "“12345”", "拨打12345平台", "028-12345678", "13800000000",
        "400-800-1234", "“一网通办”", "一是统一思想", "5G基站", "S1演播厅", "GB/T 9704", "7×24小时", "1+10+N",
        "《四川省行政许可事项清单（2022年版）》", "《关于推进3项工作的通知》", "21世纪", "v1.2.3", "88号楼",
        "51010020221114000123", "1.11月14日", "二十大", "三个务必", "A4纸", "1/3",
    ],
)  # fmt: skip
def test_what_counts_nothing_is_no_number(text: str) -> None:
    assert found(text) == []


def test_a_number_knows_its_place_its_worth_and_its_sentence() -> None:
    text = "近日完成。受理 1.5 万件，办结3件；另有2项。"
    first, second, third = numbers_in(text)
    assert text[first.start : first.end] == first.printed == "1.5 万"
    assert (first.value, second.value, third.value) == (Decimal(15000), Decimal(3), Decimal(2))
    assert sentence_of(text, second) == "受理 1.5 万件，办结3件；"
    assert sentence_of(text, third) == "另有2项。"


@pytest.mark.parametrize(
    ("printed", "value"),
    [("36", 36), ("64.29", "64.29"), ("1,234", 1234), ("30万", 300000), ("三十", None), ("", None), ("第3", None)],
)  # fmt: skip
def test_a_number_alone(printed: str, value: int | str | None) -> None:
    assert printed_value(printed) == (None if value is None else Decimal(value))


def test_values_are_said_in_plain_digits() -> None:
    said = [decimal_text(Decimal(text)) for text in ("300000.000000", "64.290000", "0", "100")]
    assert said == ["300000", "64.29", "0", "100"]


@pytest.mark.parametrize(
    ("text", "value", "agreed"),
    [
        ("受理36件", "36", True), ("受理36件", "37", False), ("占比64.29%", "64.2857", True),
        ("占比64.29%", "64.28", False), ("用时8天", "7.8", True), ("用时7天", "7.8", False),
        ("约30万个", "300123", True), ("约30万个", "330000", False), ("30万个", "300123", True),
        ("30万个", "306000", False), ("服务50余家", "53", True), ("服务50余家", "60", False),
        ("服务50余家", "49", False), ("6000多人", "6999", True), ("40天左右", "41", True), ("40天左右", "50", False),
        ("1.5万件", "15049", True), ("1.5万件", "15600", False), ("共0件", "0", True), ("共0件", "1", False),
    ],
)  # fmt: skip
def test_a_number_agrees_in_its_last_printed_place(text: str, value: str, agreed: bool) -> None:
    (number,) = numbers_in(text)
    assert agrees(number, Decimal(value)) is agreed


WORDS = st.text(alphabet="水利厅受理办结窗口服务企业群众，。", min_size=12, max_size=30)
PARTS = st.lists(
    st.tuples(WORDS, st.integers(1, 99), st.sampled_from(["件", "家", "人次"])), min_size=1, max_size=6
)


def said(parts: list[tuple[str, int, str]]) -> str:
    return "".join(f"{words}{number}{unit}" for words, number, unit in parts)


@given(parts=PARTS, before=WORDS, after=WORDS)
def test_words_put_before_and_behind_move_no_binding(
    parts: list[tuple[str, int, str]], before: str, after: str
) -> None:
    anchors = [anchor_of(number) for number in numbers_in(said(parts))]
    numbers = numbers_in(f"{before}{said(parts)}{after}")
    assert anchored(numbers, anchors) == list(range(len(parts)))


@given(parts=PARTS, data=st.data())
def test_a_sentence_with_its_own_number_put_in_anywhere_moves_no_binding(
    parts: list[tuple[str, int, str]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(parts)))
    more = (data.draw(WORDS), data.draw(st.integers(100, 999)), "项")
    anchors = [anchor_of(number) for number in numbers_in(said(parts))]
    numbers = numbers_in(said([*parts[:place], more, *parts[place:]]))
    kept = anchored(numbers, anchors)
    assert [each for each in kept if each is not None] == list(range(len(parts)))
    assert kept[place] is None


@given(parts=PARTS, data=st.data())
def test_a_number_taken_out_takes_only_its_own_binding(
    parts: list[tuple[str, int, str]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(parts) - 1))
    distinct = [(words, 10 + index, unit) for index, (words, _, unit) in enumerate(parts)]
    anchors = [anchor_of(number) for number in numbers_in(said(distinct))]
    left = [*distinct[:place], (distinct[place][0], 0, ""), *distinct[place + 1 :]]
    text = "".join(words + (f"{number}{unit}" if unit else "") for words, number, unit in left)
    kept = anchored(numbers_in(text), anchors)
    assert kept == [index for index in range(len(parts)) if index != place]


@given(parts=PARTS)
def test_no_binding_is_given_twice(parts: list[tuple[str, int, str]]) -> None:
    anchors = [anchor_of(number) for number in numbers_in(said(parts))]
    kept = [each for each in anchored(numbers_in(said(parts) * 2), anchors) if each is not None]
    assert len(kept) == len(set(kept)) <= len(anchors)


def places(before: str, after: str) -> list[int | None]:
    return anchored(numbers_in(after), [anchor_of(number) for number in numbers_in(before)])


def test_a_corrected_value_between_the_same_words_stays_bound() -> None:
    assert places("本周窗口受理36件，办结20件。", "本周窗口受理37件，办结20件。") == [0, 1]


def test_another_number_in_other_words_is_a_new_one() -> None:
    assert places("本周窗口受理36件。", "参加培训400人次。") == [None]


def test_the_same_print_in_quite_other_words_and_unit_is_a_new_one() -> None:
    assert places("本周窗口受理36件。", "参会36名同志。") == [None]


def test_a_sentence_that_was_moved_takes_its_binding_along() -> None:
    before = "水利厅窗口上门指导企业12家。交通运输厅窗口办结许可事项48件。"
    after = "交通运输厅窗口办结许可事项48件。水利厅窗口上门指导企业12家。"
    assert places(before, after) == [1, 0]


def test_where_all_words_were_rewritten_the_same_amount_stays_bound() -> None:
    assert places("本周共受理36件。", "截至周五，大厅收到并受理的申请达到36件，较上周增加。") == [0]


def test_bindings_have_names() -> None:
    assert [each.label for each in Binding] == ["未注明来源", "登记册", "手工填写", "部门报送"]
