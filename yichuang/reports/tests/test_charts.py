"""Charts of an issue: frozen with it, the same in every form, their points lead to the cases."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.ofd_reading import Package
from yichuang.gateways.tests.samples import pdf_pages, word_paragraphs, words
from yichuang.kernel import canonical
from yichuang.reports.pages.common import cases_address
from yichuang.reports.render import official, report_docx, report_html, report_ofd, report_pdf, report_txt
from yichuang.reports.rules import charts
from yichuang.reports.rules.charts import Line, TimeChart, TimeRow, TrendChart, Week
from yichuang.reports.rules.content import Content
from yichuang.reports.rules.document import Document
from yichuang.reports.tests.test_downloads import composed
from yichuang.reports.tests.test_render import Reader

MONDAY = date(2022, 7, 4)


def trend_chart(*counts: int, after: int = 1) -> TrendChart:
    weeks = tuple(
        Week(MONDAY + timedelta(7 * at), MONDAY + timedelta(7 * at + 6), count)
        for at, count in enumerate(counts)
    )
    lines = (Line("受理", "licence", "accepted", weeks), Line("办结", "licence", "completed", weeks))
    return TrendChart("近几周受理、办结件数", "件", lines, after)


TIMES = TimeChart("平均办理用时", "个工作日", (TimeRow("水利厅", Decimal(20), Decimal("7.8")),), 99)
names = st.text(alphabet="水利商务厅局甲乙", min_size=1, max_size=6)
charts_made = st.one_of(
    st.lists(st.integers(0, 10**6), max_size=12).map(lambda counts: trend_chart(*counts)),
    st.lists(st.tuples(names, st.integers(0, 90), st.decimals(0, 90, places=1)), unique_by=lambda row: row[0], max_size=5).map(
        lambda rows: TimeChart("题", "日", tuple(TimeRow(name, Decimal(limit), used) for name, limit, used in rows), 2)
    ),
)  # fmt: skip


def document(*made: charts.Chart) -> Document:
    return replace(composed(Content(), [1, 2, 3, 4, 5, 6]), charts=made)


@given(charts_made)
def test_a_frozen_chart_comes_back_exactly(chart: charts.Chart) -> None:
    frozen = canonical.text(document(chart).as_json())
    assert Document.from_json(json.loads(frozen)) == document(chart)
    assert charts.chart_from_json(json.loads(canonical.text(charts.chart_json(chart)))) == chart


def test_without_charts_the_frozen_text_is_what_it_always_was() -> None:
    assert "charts" not in document().as_json()


def test_the_charts_say_the_same_in_every_form() -> None:
    made = official(document(trend_chart(5, 9, 7), TIMES), cases_address)
    expected = words(report_txt(made))
    assert "图1近几周受理、办结件数截至7月10日7月17日7月24日受理（件）597" in expected
    assert "图2平均办理用时" in expected
    assert words(Reader(report_html(made)).text) == expected
    fonts = chinese_fonts()
    assert words("".join(each.text for each in word_paragraphs(report_docx(made, fonts)))) == expected
    assert words("".join(pdf_pages(report_pdf(made, fonts)))) == expected
    assert words(Package(report_ofd(made, fonts)).text()) == expected


def test_a_point_leads_to_the_cases_of_its_week() -> None:
    page = report_html(official(document(trend_chart(5, 9)), cases_address))
    link = "/desk/figures/cases?measure=accepted&amp;first=2022-07-11&amp;last=2022-07-17&amp;group=licence"
    assert f'<a href="{link}"><path aria-label="受理 7月17日：9件"' in page
    assert "href" not in report_html(official(document(trend_chart(5, 9))))


@pytest.mark.parametrize("counts", [(), (3,), tuple(range(12))], ids=["none", "one", "a quarter"])
def test_any_number_of_weeks_can_be_drawn(counts: tuple[int, ...]) -> None:
    assert report_html(official(document(trend_chart(*counts)))).count("<figure") == 1
