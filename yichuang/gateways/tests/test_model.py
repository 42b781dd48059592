"""The document model: cleaning, numbering, blocks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.gateways.documents.blocks import Kind, report_blocks
from yichuang.gateways.documents.model import FORM_2023, Section, clean, plain
from yichuang.gateways.documents.numbering import chinese, closed_up, section_number
from yichuang.gateways.tests.samples import report


@given(st.text())
def test_clean_text_is_one_printable_line_that_xml_accepts(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert all(ord(sign) >= 0x20 and not 0x7F <= ord(sign) < 0xA0 for sign in cleaned)
    assert not set(cleaned) & {"\ufffe", "\uffff", "\u200b", "\u2028", "\ufeff"}


def test_cleaning_keeps_rare_characters_of_names() -> None:
    # 𬀩 (extension E), a private-use code of old name lists, and a code point newer than Python's tables.
    assert clean("张𬀩\ue000\U00031350") == "张𬀩\ue000\U00031350"
    assert clean("一\r\n二\t三") == "一  二 三"


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (34, "三十四"), (99, "九十九")]
)
def test_chinese_numbers(number: int, text: str) -> None:
    assert chinese(number) == text


@pytest.mark.parametrize("number", [0, 100, -1])
def test_chinese_numbers_end_at_99(number: int) -> None:
    with pytest.raises(ValueError, match="1 to 99"):
        chinese(number)


def test_each_level_has_its_own_form_of_number() -> None:
    assert [section_number(level, 3) for level in (1, 2, 3, 4)] == ["三、", "（三）", "3.", "（3）"]


def test_empty_subsections_drop_out_and_numbers_close_up() -> None:
    given_sections = [
        Section(1, heading="甲", paragraphs=(plain("有"),)),
        Section(1, heading="乙"),
        Section(2, heading="乙一"),
        Section(2, heading="乙二", paragraphs=(plain("  "),)),
        Section(1, heading="丙"),
        Section(2, heading="丙一"),
        Section(2, heading="丙二"),
        Section(4, paragraphs=(plain("有"),)),
        Section(4, paragraphs=(plain("有"),)),
        Section(2, heading="丙三"),
        Section(4, paragraphs=(plain("有"),)),
    ]
    kept = [(section.number_text, section.heading) for section in closed_up(given_sections)]
    assert kept == [
        ("一、", "甲"),
        ("二、", "丙"),
        ("（一）", "丙二"),
        ("（1）", ""),
        ("（2）", ""),
        ("（二）", "丙三"),
        ("（1）", ""),
    ]


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=30))
def test_numbers_count_from_one_without_a_gap(shape: list[tuple[int, bool]]) -> None:
    sections = [Section(level, heading="题", paragraphs=(plain("文"),) * full) for level, full in shape]
    kept = closed_up(sections)
    counts = [0, 0, 0, 0]
    for section in kept:
        counts[section.level - 1] += 1
        counts[section.level :] = [0] * (4 - section.level)
        assert section.number_text == section_number(section.level, counts[section.level - 1])
    assert sum(bool(section.paragraphs) for section in kept) == sum(full for _, full in shape)


def test_a_level_outside_one_to_four_is_refused() -> None:
    with pytest.raises(ValueError, match="1 to 4"):
        Section(5, heading="题")


def test_blocks_follow_the_order_of_the_form() -> None:
    kinds = [block.kind.value for block in report_blocks(report())][:6]
    assert kinds == ["title", "number", "issuer", "issued_on", "heading", "period"]
    later = [block.kind.value for block in report_blocks(report(order=FORM_2023))][:5]
    assert later == ["number", "title", "period", "issuer", "issued_on"]


def test_what_is_empty_is_not_printed() -> None:
    kinds = {
        block.kind
        for block in report_blocks(report(title="", copies_text="", small_print="", distribution=()))
    }
    assert not kinds & {Kind.TITLE, Kind.COPIES, Kind.SMALL_PRINT, Kind.DISTRIBUTION}


def test_distribution_closes_with_one_full_stop_and_skips_the_empty() -> None:
    rows = [block.text for block in report_blocks(report()) if block.kind is Kind.DISTRIBUTION]
    assert rows == ["报：中心领导。", "发：各部门窗口。"]


def test_a_run_in_heading_opens_its_paragraph() -> None:
    last = [block for block in report_blocks(report()) if block.kind is Kind.TEXT][-1]
    assert (last.lead, last.level, last.text) == ("（一）着装情况。", 2, "（一）着装情况。总体情况良好。")


def test_paragraphs_lose_their_typed_indent() -> None:
    section = Section(1, "一、", "题", (plain("　　文字 "),))
    assert report_blocks(replace(report(), sections=(section,)))[7].text == "文字"
