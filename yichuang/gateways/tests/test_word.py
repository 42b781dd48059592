"""DOCX: the styles, page and fields of an official document, fit to be edited on."""

import io
import re
import zipfile
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from yichuang.gateways.documents.model import FORM_2023, HeadLine
from yichuang.gateways.documents.report import report_docx
from yichuang.gateways.tests.samples import report, word_paragraphs

# The order that the schema (CT_PPrBase, CT_RPr) asks of properties; Word calls a file broken that has another.
PARAGRAPH_ORDER = [
    *("pStyle", "keepNext", "keepLines", "pageBreakBefore", "widowControl", "pBdr", "tabs", "kinsoku"),
    *("overflowPunct", "autoSpaceDE", "autoSpaceDN", "snapToGrid", "spacing", "ind", "jc", "outlineLvl"),
]
RUN_ORDER = [
    "rStyle",
    "rFonts",
    "b",
    "bCs",
    "color",
    "spacing",
    "w",
    "kern",
    "position",
    "sz",
    "szCs",
    "lang",
]


@pytest.fixture(scope="module")
def content() -> bytes:
    return report_docx(report())


@pytest.fixture(scope="module")
def document(content: bytes) -> Any:
    return docx.Document(io.BytesIO(content))


def part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return package.read(name).decode()


def effective(document: Any, style: str, tag: str, attribute: str) -> str:
    """A run property of a style, inherited where the style does not say."""
    found = document.styles[style]
    while found is not None:
        element = found.element.find(f"{qn('w:rPr')}/{qn(tag)}")
        if element is not None and element.get(qn(attribute)) is not None:
            return str(element.get(qn(attribute)))
        found = found.base_style
    defaults = document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn(tag)}")
    return str(defaults.get(qn(attribute)))


@pytest.mark.parametrize(
    ("style", "face", "half_points"),
    [
        ("Title", "方正小标宋简体", 44),
        ("报头", "方正小标宋简体", 96),
        ("heading 1", "黑体", 32),
        ("heading 2", "楷体_GB2312", 32),
        ("heading 3", "仿宋_GB2312", 32),
        ("Body Text", "仿宋_GB2312", 32),
        ("版记", "仿宋_GB2312", 28),
        ("footer", "宋体", 28),
    ],
)
def test_styles_have_the_official_faces_and_sizes(
    document: Any, style: str, face: str, half_points: int
) -> None:
    assert effective(document, style, "w:rFonts", "w:eastAsia") == face
    assert effective(document, style, "w:rFonts", "w:ascii") == face
    assert int(effective(document, style, "w:sz", "w:val")) == half_points


def test_body_has_exact_pitch_and_an_indent_of_two_characters(document: Any) -> None:
    spacing = document.styles["Normal"].element.find(f".//{qn('w:spacing')}")
    assert spacing.get(qn("w:lineRule")) == "exact"
    assert 28.95 <= int(spacing.get(qn("w:line"))) / 20 <= 29
    for style in ("Body Text", "heading 1", "heading 2"):
        assert document.styles[style].element.find(f".//{qn('w:ind')}").get(qn("w:firstLineChars")) == "200"


def test_page_geometry(document: Any) -> None:
    page = document.sections[0]
    millimetres = [round(length / Mm(1), 1) for length in (page.page_width, page.page_height)]
    margins = [page.top_margin, page.bottom_margin, page.left_margin, page.right_margin]
    assert millimetres == [210, 297]
    assert [round(length / Mm(1), 1) for length in margins] == [37, 35, 28, 26]
    grid = page._sectPr.find(qn("w:docGrid"))
    assert grid.get(qn("w:type")) == "linesAndChars"
    area = (page.page_height - page.top_margin - page.bottom_margin) / Pt(1)
    assert int(area / (int(grid.get(qn("w:linePitch"))) / 20)) == 22
    width = (page.page_width - page.left_margin - page.right_margin) / Pt(1)
    assert int(width / (16 + int(grid.get(qn("w:charSpace"))) / 4096)) == 28


def test_page_numbers_are_fields_right_on_odd_and_left_on_even_pages(document: Any) -> None:
    page = document.sections[0]
    assert document.settings.odd_and_even_pages_header_footer
    for footer, side in ((page.footer, "right"), (page.even_page_footer, "left")):
        paragraph = footer.paragraphs[0]
        assert paragraph.text == "— 1 —"
        assert paragraph._p.find(f".//{qn('w:instrText')}").text.strip() == "PAGE"
        # The style says it, not the paragraph: a typist changes it in one place.
        assert [child.tag for child in paragraph._p.pPr] == [qn("w:pStyle")]
        layout = paragraph.style.element.pPr
        assert layout.find(qn("w:jc")).get(qn("w:val")) == side
        assert layout.find(qn("w:ind")).get(qn(f"w:{side}Chars")) == "100"


def test_headings_are_headings_and_items_are_text(content: bytes) -> None:
    styles = {
        paragraph.text: paragraph.style.name for paragraph in word_paragraphs(content) if paragraph.style
    }
    assert styles["一、事项受理办理情况"] == "Heading 1"
    assert styles["（一）优化营商环境工作开展情况"] == "Heading 2"
    assert styles["政务服务工作"] == "Title"
    assert styles["（1）近日，示例厅开展上门服务，“送政策”到15家企业。"] == "Body Text"


def test_a_run_in_heading_keeps_its_face(content: bytes) -> None:
    paragraph = next(each for each in word_paragraphs(content) if each.text.startswith("（一）着装情况。"))
    assert next((run.text, run.style.name) for run in paragraph.runs) == ("（一）着装情况。", "段首楷体")


def test_issuer_and_date_share_the_line_above_the_red_rule(document: Any) -> None:
    line = next(each for each in document.paragraphs if each.style.name == "发文机关和日期")
    assert line.text == "示例省政务服务和公共资源交易服务中心\t2022年9月27日"
    rule = document.styles["发文机关和日期"].element.find(f".//{qn('w:pBdr')}/{qn('w:bottom')}")
    assert rule.get(qn("w:color")) == "C8102E"


@pytest.mark.parametrize("order", [FORM_2023[:4], (HeadLine.TITLE, HeadLine.ISSUED_ON, HeadLine.NUMBER)])
def test_the_red_rule_stands_under_any_head(order: tuple[HeadLine, ...]) -> None:
    made = docx.Document(io.BytesIO(report_docx(report(order=order))))
    ruled = [
        paragraph.text for paragraph in made.paragraphs if paragraph._p.find(f".//{qn('w:pBdr')}") is not None
    ]
    assert ruled == [report().head(order[-1])]


def test_the_imprint_is_one_table_at_the_foot_with_thick_outer_rules(document: Any) -> None:
    (table,) = document.tables
    place = table._tbl.tblPr.find(qn("w:tblpPr"))
    assert (place.get(qn("w:vertAnchor")), place.get(qn("w:tblpYSpec"))) == ("margin", "bottom")
    texts = [row.cells[0].text for row in table.rows]
    assert texts == [
        "报：中心领导。",
        "发：各部门窗口。",
        "（共印80份）",
        "数据截至2022年9月2日，封号第12号。",
    ]
    widths = [
        [int(rule.get(qn("w:sz"))) for rule in row.cells[0]._tc.findall(f".//{qn('w:tcBorders')}/*")]
        for row in table.rows
    ]
    assert widths == [[8, 6], [6, 6], [6, 8], []]


def test_a_report_without_imprint_has_no_table() -> None:
    bare = report(distribution=(), copies_text="", small_print="")
    assert docx.Document(io.BytesIO(report_docx(bare))).tables == []


def test_the_same_report_has_the_same_bytes(content: bytes) -> None:
    assert report_docx(report()) == content
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_file_describes_itself_and_nothing_of_the_library(content: bytes, document: Any) -> None:
    about = document.core_properties
    assert about.title == "窗口工作周报 2022年第29期（总第404期）"
    assert (about.author, about.language, about.comments) == (report().issuer, "zh-CN", "")
    assert about.created.date() == report().dated
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert not [name for name in names if "thumbnail" in name or "Effects" in name or "customXml" in name]


@pytest.mark.parametrize(
    "name", ["word/styles.xml", "word/document.xml", "word/footer1.xml", "word/footer2.xml"]
)
def test_properties_stand_in_the_order_of_the_schema(content: bytes, name: str) -> None:
    xml = part(content, name)
    for tag, order in (("pPr", PARAGRAPH_ORDER), ("rPr", RUN_ORDER)):
        for inner in re.findall(rf"<w:{tag}>(.*?)</w:{tag}>", xml, re.DOTALL):
            flat = re.sub(r"<w:(pBdr|tabs)>.*?</w:\1>", r"<w:\1/>", inner, flags=re.DOTALL)
            names = re.findall(r"<w:(\w+)", flat)
            assert names == sorted(names, key=order.index)


def test_characters_that_xml_refuses_do_not_break_the_file() -> None:
    made = report_docx(report(issuer="示例\x00\x1b\ufffe中心"))
    assert docx.Document(io.BytesIO(made)).core_properties.author == "示例中心"
