"""A fictional weekly report, and readers of the files that are made of it."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import docx
import pypdfium2
from docx.table import Table
from docx.text.paragraph import Paragraph as WordParagraph

from yichuang.gateways.charts import Pair, Point, Series
from yichuang.gateways.documents.figures import comparison, trend
from yichuang.gateways.documents.model import Figure, OfficialReport, Run, Section, plain
from yichuang.gateways.documents.numbering import closed_up

DAY = date(2022, 9, 27)
PAGE_NUMBER = re.compile(r"— \d+ —")


def report(**changes: Any) -> OfficialReport:
    """The 2022 form with every kind of line, a figure, a run-in heading and an item."""
    figures = (
        Run("截至9月2日，省本级行政许可事项受理"),
        Run("597002", "licence.accepted", "/figures/licence.accepted?as_of=2022-09-02"),
        Run("件，办结"),
        Run("591301", "licence.completed"),
        Run("件。"),
    )
    content: dict[str, Any] = {
        "title": "窗口工作周报",
        "number_line": "2022年第29期（总第404期）",
        "issuer": "示例省政务服务和公共资源交易服务中心",
        "issued_on_text": "2022年9月27日",
        "heading": "政务服务工作",
        "period_text": "（8月29日—9月2日）",
        "dated": DAY,
        "sections": closed_up(
            [
                Section(1, "", "事项受理办理情况", (figures,)),
                Section(1, "", "窗口工作动态"),
                Section(2, "", "优化营商环境工作开展情况"),
                Section(4, paragraphs=(plain("近日，示例厅开展上门服务，“送政策”到15家企业。"),)),
                Section(2, "", "没有内容的一节"),
                Section(1, "", "大厅巡查情况", (plain("本周情况如下："),)),
                Section(2, "", "着装情况", (plain("总体情况良好。"),), run_in=True),
            ]
        ),
        "distribution": (("报", "中心领导"), ("送", ""), ("发", "各部门窗口。")),
        "copies_text": "（共印80份）",
        "small_print": "数据截至2022年9月2日，封号第12号。",
    }
    return OfficialReport(**{**content, **changes})


def weeks(name: str, *values: int) -> Series:
    """A line over the last days of weeks."""
    points = (Point(DAY + timedelta(7 * at), value, f"/cases?week={at}") for at, value in enumerate(values))
    return Series(name, tuple(points))


def figures() -> tuple[Figure, ...]:
    """Both figures of a report, each behind another section."""
    rows = [
        Pair("水利厅", 20, Decimal("7.8"), "/cases?department=1"),
        Pair("示例自然资源厅", 30, Decimal("12.5")),
    ]
    return (
        trend("近四周受理、办结件数", "件", [weeks("受理", 3, 9, 4, 7), weeks("办结", 3, 8, 5, 6)], after=1),
        comparison("部分部门平均办理用时", "个工作日", rows, ("法定时限", "平均用时"), after=4),
    )


def long_report(**changes: Any) -> OfficialReport:
    """The 2022 form over more than four pages, with both figures."""
    items = [
        Section(3, paragraphs=(plain(f"示例{n}厅把“取水许可”由20个工作日压减至7.8个，服务1,234家次。" * 3),))
        for n in range(18)
    ]
    head = [
        Section(1, "", "事项受理办理情况", (plain("受理597002件，办结591301件。"),)),
        Section(1, "", "窗口工作动态"),
    ]
    return report(
        sections=closed_up([*head, Section(2, "", "优化营商环境"), *items]), figures=figures(), **changes
    )


def pdf_pages(content: bytes) -> list[str]:
    """The text of each page, as a reader copies it."""
    document = pypdfium2.PdfDocument(content)
    return [page.get_textpage().get_text_range() for page in document]


def words(text: str) -> str:
    """The text without page numbers, line breaks and spaces: what must agree between all forms."""
    return re.sub(r"\s", "", PAGE_NUMBER.sub("", text))


def word_paragraphs(content: bytes) -> list[WordParagraph]:
    """Every paragraph of a Word file in reading order, tables included."""
    return list(_paragraphs(docx.Document(io.BytesIO(content))))


def _paragraphs(container: Any) -> Iterator[WordParagraph]:
    for part in container.iter_inner_content():
        if isinstance(part, Table):
            for row in part.rows:
                for cell in row.cells:
                    yield from _paragraphs(cell)
        else:
            yield part


@dataclass(frozen=True)
class Sign:
    """A printed character with its box in points, from the lower left corner of the page."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


def signs(content: bytes, page: int, *, loose: bool = True) -> list[Sign]:
    """The characters of one page with their boxes (or, not `loose`, their ink); blanks are left out."""
    text = pypdfium2.PdfDocument(content)[page].get_textpage()
    found = []
    for index in range(text.count_chars()):
        sign = text.get_text_range(index, 1)
        if sign.strip():
            found.append(Sign(sign, *text.get_charbox(index, loose=loose)))
    return found


def lines_of(found: list[Sign]) -> list[list[Sign]]:
    """The characters gathered into lines from top to bottom."""
    rows: dict[int, list[Sign]] = {}
    for sign in found:
        middle = (sign.bottom + sign.top) / 2
        key = next((place for place in rows if abs(place - middle) < 6), round(middle))
        rows.setdefault(key, []).append(sign)
    return [rows[key] for key in sorted(rows, reverse=True)]
