"""Figures in documents: chart, caption and table in one, fit for black and white, the same numbers everywhere."""

import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import docx
import pypdfium2
import pytest
from defusedxml.ElementTree import fromstring
from docx.oxml.ns import qn
from docx.shared import Mm
from hypothesis import given
from hypothesis import strategies as st

from yichuang.gateways import charts
from yichuang.gateways.charts import Pair, Point, Series
from yichuang.gateways.documents.blocks import Kind, report_blocks
from yichuang.gateways.documents.figures import comparison, trend
from yichuang.gateways.documents.model import Figure
from yichuang.gateways.documents.report import report_docx, report_pdf, report_txt
from yichuang.gateways.tests.fonts import chinese_fonts, svg
from yichuang.gateways.tests.samples import figures, long_report, report, weeks

PAIRS = [Pair("水利厅", 20, Decimal("7.8"), "/cases?department=1"), Pair("商务厅", 9, Decimal("9.5"))]
NAMES = ("法定时限", "平均用时")


def test_a_trend_has_its_numbers_in_a_table() -> None:
    made = trend("近三周受理、办结", "件", [weeks("受理", 3, 9, 4), weeks("办结", 3, 8, 5)])
    assert made.head == ("截至", "9月27日", "10月4日", "10月11日")
    assert made.rows == (("受理（件）", "3", "9", "4"), ("办结（件）", "3", "8", "5"))
    assert made.alt == "折线图：受理、办结（9月27日—10月11日），单位：件，各点数值见表。"


def test_many_days_stand_below_each_other() -> None:
    made = trend("一年", "件", [weeks("受理", *range(20)), weeks("办结", *range(20))])
    assert made.head == ("截至", "受理（件）", "办结（件）")
    assert len(made.rows) == 20
    assert made.rows[1] == ("10月4日", "1", "1")


def test_lines_of_other_days_are_no_figure() -> None:
    short = Series("办结", (Point(date(2022, 1, 1), 1),))
    with pytest.raises(ValueError, match="same days"):
        trend("题", "件", [weeks("受理", 1, 2), short])
    assert trend("题", "件", []).rows == ()


def test_a_comparison_computes_what_was_saved() -> None:
    made = comparison("平均用时", "个工作日", PAIRS, NAMES)
    assert made.head == ("部门", "法定时限（个工作日）", "平均用时（个工作日）", "缩短（个工作日）")
    assert made.rows == (("水利厅", "20", "7.8", "12.2"), ("商务厅", "9", "9.5", "-0.5"))


@given(st.lists(st.tuples(st.integers(0, 400), st.decimals(0, 400, places=1)), max_size=12))
def test_used_and_saved_make_the_limit(values: list[tuple[int, Decimal]]) -> None:
    rows = [Pair(f"部门{n}", allowed, used) for n, (allowed, used) in enumerate(values)]
    for _, allowed, used, saved in comparison("题", "日", rows, NAMES).rows:
        assert Decimal(used) + Decimal(saved) == Decimal(allowed)


def test_bars_say_their_names_and_values_and_lead_to_their_cases() -> None:
    root = fromstring(svg(charts.pairs("平均用时", "个工作日", PAIRS, NAMES)))
    texts = {element.text for element in root.iter() if element.text}
    assert {"法定时限 20", "平均用时 7.8", "平均用时 9.5", "水利厅", "商务厅"} <= texts
    links = [(each.get("href"), each[0].get("aria-label")) for each in root.iter() if each.tag.endswith("}a")]
    assert links == [
        ("/cases?department=1", "水利厅法定时限：20个工作日"),
        ("/cases?department=1", "水利厅平均用时：7.8个工作日"),
    ]


def test_bars_have_the_length_of_their_values() -> None:
    drawn = svg(charts.pairs("题", "日", [Pair("甲", 100, 50), Pair("乙", 20, 100)], NAMES))
    lengths = {
        name: float(length)
        for name, length in re.findall(r'aria-label="(.{5}：\d+日)"[^>]* d="M0,[\d.]+h([\d.]+)v', drawn)
    }
    assert lengths["甲法定时限：100日"] == pytest.approx(2 * lengths["甲平均用时：50日"])
    assert lengths["乙平均用时：100日"] == pytest.approx(5 * lengths["乙法定时限：20日"])


def test_without_colour_the_two_bars_are_pale_and_dark_and_lines_are_dashed() -> None:
    drawn = svg(charts.pairs("题", "日", PAIRS, NAMES))
    fills = set(re.findall(r'<path aria-label[^>]* fill="(#[0-9a-f]{6})"', drawn))
    assert fills == {"#ffffff", "#0b5cad"}
    lines = svg(charts.lines("题", "件", [weeks("受理", 1, 2), weeks("办结", 2, 1)]))
    assert 'stroke-dasharray="6,3"' in lines


def test_two_rows_of_one_name_would_be_one() -> None:
    with pytest.raises(ValueError, match="same label"):
        charts.pairs("题", "日", [PAIRS[0], PAIRS[0]], NAMES)


def test_the_ends_of_weeks_are_named_on_the_axis() -> None:
    drawn = svg(charts.lines("题", "件", [weeks("受理", 1, 2, 3)]))
    assert {"9月27日", "10月4日", "10月11日"} <= set(re.findall(r">([^<]*日)<", drawn))


def test_a_row_has_a_cell_below_each_heading() -> None:
    with pytest.raises(ValueError, match="a cell below each heading"):
        Figure("题", "说明", ("甲", "乙"), (("1",),))


def test_figures_are_numbered_and_stand_behind_their_sections() -> None:
    kinds = [(block.kind, block.lead) for block in report_blocks(report(figures=figures()))]
    first = kinds.index((Kind.FIGURE, "图1　近四周受理、办结件数"))
    assert kinds[first + 1] == (Kind.SECTION, "二、窗口工作动态")
    late = Figure("附图", "说明", ("甲",), (("1",),), after=99)
    blocks = report_blocks(report(figures=(late,)))
    assert [block.kind for block in blocks][-6:-4] == [Kind.TEXT, Kind.FIGURE]


def test_in_plain_text_the_table_is_lines_with_tabs() -> None:
    lines = report_txt(report(figures=figures())).splitlines()
    start = lines.index("图2　部分部门平均办理用时")
    assert lines[start + 2] == "水利厅\t20\t7.8\t12.2"


@pytest.fixture(scope="module")
def word() -> Any:
    return docx.Document(io.BytesIO(report_docx(report(figures=figures()), chinese_fonts())))


def test_word_has_the_picture_with_its_words_for_who_cannot_see_it(word: Any) -> None:
    pictures = list(word.inline_shapes)
    assert [round(picture.width / Mm(1)) for picture in pictures] == [140, 140]
    about = pictures[0]._inline.docPr
    assert about.get("descr").startswith("折线图：受理、办结")
    assert about.get("title") == "图1　近四周受理、办结件数"
    # Print quality: 300 dots an inch over 140 mm are about 1650.
    pixels = pictures[0]._inline.graphic.graphicData.pic.blipFill.blip.embed
    assert word.part.related_parts[pixels].image.px_width > 1500


def test_word_sets_caption_and_table_by_styles_alone(word: Any) -> None:
    captions = [each for each in word.paragraphs if each.style.name == "Caption"]
    assert [each.text for each in captions] == ["图1　近四周受理、办结件数", "图2　部分部门平均办理用时"]
    table = word.tables[0]
    assert table.style.name == "图表数据"
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    styles = {
        paragraph.style.name for row in table.rows for cell in row.cells for paragraph in cell.paragraphs
    }
    assert styles == {"表中文字", "表中数字"}
    for element in word.element.body.iter(qn("w:pPr")):
        tags = {child.tag for child in element} - {qn("w:sectPr")}
        assert tags <= {qn("w:pStyle")}, "a style says it, not the paragraph"
    assert not list(word.element.body.iter(qn("w:rFonts"), qn("w:sz"), qn("w:color"), qn("w:b")))


def test_without_typefaces_word_has_the_tables_alone() -> None:
    made = docx.Document(io.BytesIO(report_docx(report(figures=figures()))))
    assert len(made.inline_shapes) == 0
    assert [cell.text for cell in made.tables[1].rows[1].cells] == ["水利厅", "20", "7.8", "12.2"]


def test_pdf_has_the_picture_in_print_quality_and_is_still_for_archives() -> None:
    content = report_pdf(long_report(), chinese_fonts())
    found = []
    for page in pypdfium2.PdfDocument(content):
        for thing in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]):
            left, _, right, _ = thing.get_bounds()
            found.append(thing.get_px_size()[0] / ((right - left) / 72))
    assert len(found) == 2
    assert all(dots > 290 for dots in found)
    assert b"<pdfaid:part>2</pdfaid:part>" in content
