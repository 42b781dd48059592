"""A draft reads the cells of its period once, for the figures and the charts, and what is small in one statement."""

from typing import Any

import pytest

from yichuang.kernel import sql
from yichuang.reports import queries
from yichuang.reports.models import Report
from yichuang.reports.queries import drafts
from yichuang.reports.queries.charts import charts_for
from yichuang.reports.queries.forms import form_of
from yichuang.reports.tests import factories as make
from yichuang.statistics import queries as statistics
from yichuang.statistics.queries.cells import text

pytestmark = pytest.mark.django_db
MOST = 12


def charted() -> Report:
    """A report in writing whose form asks for both charts, with cases behind them."""
    make.work()
    report = make.written(make.opened(), "本周完成3件。")
    report.form.data["charts"] = ["trend", "time"]
    return report


def said(report: Report) -> tuple[Any, list[str]]:
    """The document and the statements that it took."""
    with sql.counting() as statements:
        document = queries.draft_document(report, at=make.AT)
    return document, statements


def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures and charts read for themselves again."""
    figures = statistics.report_figures
    monkeypatch.setattr(statistics, "report_figures", lambda period=None, **asked: figures(**asked))
    monkeypatch.setattr(
        drafts,
        "charts_for",
        lambda form, first, last, period=None: charts_for(form, first, last),
    )


def test_the_period_is_read_once_and_the_document_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    report = charted()
    document, statements = said(report)
    assert [statements.count(text(name)) for name in ("cells", "days")] == [1, 1]
    assert len(statements) <= MOST, statements
    assert document.figures[0].value == 2
    assert document.charts
    # The broken variant reads the same cells again for each of them: same words, more statements.
    apart(monkeypatch)
    again, more = said(report)
    assert again == document
    assert [more.count(text(name)) for name in ("cells", "days")] == [3, 3]


def test_cells_of_other_days_would_be_other_figures() -> None:
    """What the caller has read is taken at its word."""
    report = charted()
    first, last = drafts.days_of(report)
    period = statistics.cells(first_day=first, last_day=last)
    given = statistics.report_figures(first_day=first, last_day=last, period=period)
    assert given == statistics.report_figures(first_day=first, last_day=last)
    nothing = statistics.Cells({}, {})
    assert statistics.report_figures(first_day=first, last_day=last, period=nothing) != given
    form = form_of(report)
    assert charts_for(form, first, last, period=period) == charts_for(form, first, last)
    assert charts_for(form, first, last, period=nothing) != charts_for(form, first, last)


def test_figures_that_are_given_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    report = charted()
    figures = queries.live_figures(report)

    def unasked(**_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(statistics, "report_figures", unasked)
    document = queries.draft_document(report, at=make.AT, figures=figures)
    assert document.figures[0].value == 2
    assert document.charts


def test_the_small_reads_of_the_figures_go_in_one_statement_a_turn() -> None:
    report = charted()
    first, last = drafts.days_of(report)
    with sql.counting() as statements:
        statistics.report_figures(first_day=first, last_day=last)
    # Cells and days of the period, three turns of what is small, four of the window.
    assert len(statements) <= 9
    joined = [one for one in statements if "array(select t from (" in one]
    assert len(joined) >= 1
