"""The weekly report in its five forms: one text, linked figures, files that can be sent."""

import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import docx
import pytest

from yichuang.gateways.documents.model import FORM_2023, Run, Section, plain
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.ofd_reading import Package
from yichuang.gateways.tests.samples import figures, long_report, pdf_pages, report, word_paragraphs, words
from yichuang.reports.render import (
    Format,
    render,
    report_docx,
    report_html,
    report_ofd,
    report_pdf,
    report_txt,
)


class Reader(HTMLParser):
    """The text and the elements of a page, without its style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags, self.attributes = "", list[str](), list[tuple[str, str | None]]()
        self._silent = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        # What is written inside a chart stands in the table below it.
        self._silent = tag in {"style", "title"} or (self._silent and tag != "figcaption") or tag == "svg"

    def handle_endtag(self, tag: str) -> None:
        self._silent = self._silent and tag not in {"style", "title", "svg"}

    def handle_data(self, data: str) -> None:
        self.text += "" if self._silent else data


REPORTS = {
    "2022": report(),
    "2023": report(order=FORM_2023, heading=""),
    "no title": report(title=""),
    "charts": report(figures=figures()),
    "charts 2023": long_report(order=FORM_2023, heading=""),
    "bare": report(distribution=(), copies_text="", small_print="", sections=()),
    "long": report(
        sections=(Section(1, "一、", "长文", tuple(plain(f"第{n}段，" + "文字" * 90) for n in range(12))),)
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_the_text_is_the_same_in_html_and_word(name: str) -> None:
    expected = words(report_txt(REPORTS[name]))
    assert words(Reader(report_html(REPORTS[name])).text) == expected
    paragraphs = word_paragraphs(report_docx(REPORTS[name]))
    assert words("".join(paragraph.text for paragraph in paragraphs)) == expected


@pytest.mark.parametrize("name", REPORTS)
def test_the_text_is_the_same_in_pdf_and_ofd(name: str) -> None:
    pages = pdf_pages(report_pdf(REPORTS[name], chinese_fonts()))
    assert words("".join(pages)) == words(report_txt(REPORTS[name]))
    package = Package(report_ofd(REPORTS[name], chinese_fonts()))
    assert words(package.text()) == words(report_txt(REPORTS[name]))
    assert len(package.pages) == len(pages) >= (4 if "charts 2023" in name else 1)


def test_a_chart_on_the_page_leads_to_its_cases_and_in_a_file_nowhere() -> None:
    shown = report_html(report(figures=figures()))
    assert 'href="/cases?week=0"' in shown
    assert 'href="/cases?department=1"' in shown
    assert shown.count('aria-label="折线图：受理、办结（9月27日—10月18日），单位：件，各点数值见表。"') == 1
    assert "<figcaption>图2　部分部门平均办理用时</figcaption>" in shown
    page = render(report(figures=figures()), Format.HTML, Path("unused")).content.decode()
    assert "<svg" in page
    assert "href" not in dict(Reader(page).attributes)


def test_plain_text_has_a_line_for_each_heading_and_paragraph() -> None:
    assert report_txt(report()).splitlines() == [
        "窗口工作周报",
        "2022年第29期（总第404期）",
        "示例省政务服务和公共资源交易服务中心",
        "2022年9月27日",
        "政务服务工作",
        "（8月29日—9月2日）",
        "一、事项受理办理情况",
        "截至9月2日，省本级行政许可事项受理597002件，办结591301件。",
        "二、窗口工作动态",
        "（一）优化营商环境工作开展情况",
        "（1）近日，示例厅开展上门服务，“送政策”到15家企业。",
        "三、大厅巡查情况",
        "本周情况如下：",
        "（一）着装情况。总体情况良好。",
        "报：中心领导。",
        "发：各部门窗口。",
        "（共印80份）",
        "数据截至2022年9月2日，封号第12号。",
    ]


def test_every_figure_carries_its_measure_and_leads_to_its_cases() -> None:
    page = report_html(report())
    assert re.findall(r'data-figure="([^"]+)"', page) == ["licence.accepted", "licence.completed"]
    linked = '<a href="/figures/licence.accepted?as_of=2022-09-02">597002</a>'
    assert f'<span class="figure" data-figure="licence.accepted">{linked}</span>' in page
    assert '<span class="figure" data-figure="licence.completed">591301</span>' in page


@pytest.mark.parametrize(
    ("top", "name"), [(1, "2022"), (2, "2022"), (1, "2023"), (1, "no title"), (1, "bare")]
)
def test_headings_go_down_without_a_gap(top: int, name: str) -> None:
    tags = Reader(report_html(REPORTS[name], top_level=top)).tags
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == top
    assert levels.count(top) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_contributed_words_are_escaped_and_nothing_is_styled_inline() -> None:
    nasty = (Run('<script>alert("1")</script>&', 'm"x', '/f?a=1&b="2"'),)
    page = report_html(report(sections=(Section(1, "一、", "<b>题</b>", (nasty,)),)))
    reader = Reader(page)
    assert not {"script", "b"} & set(reader.tags)
    assert "style" not in dict(reader.attributes)
    assert ("data-figure", 'm"x') in reader.attributes
    assert ("href", '/f?a=1&b="2"') in reader.attributes
    assert '<script>alert("1")</script>&' in reader.text


def test_files_have_a_name_and_a_type() -> None:
    made = render(report(), Format.DOCX, Path("unused"))
    assert made.file_name == "窗口工作周报2022年第29期（总第404期）.docx"
    assert made.media_type.endswith("wordprocessingml.document")
    assert docx.Document(io.BytesIO(made.content)).paragraphs[0].text == "窗口工作周报"
    assert render(report(), Format.TXT, Path("unused")).content.decode() == report_txt(report())


def test_the_html_file_stands_alone() -> None:
    page = render(report(), Format.HTML, Path("unused")).content.decode()
    reader = Reader(page)
    assert page.startswith("<!DOCTYPE html>")
    assert ("charset", "utf-8") in reader.attributes
    assert "@page" in page
    assert "data-figure" in page
    assert "href" not in dict(reader.attributes)
    assert not re.search(r"https?://", page)
    assert reader.text.strip().replace("\n", "") == report_txt(report()).replace("\n", "")


def test_the_pdf_file_is_a_pdf() -> None:
    made = render(report(), Format.PDF, chinese_fonts())
    assert (made.media_type, made.content[:5]) == ("application/pdf", b"%PDF-")
