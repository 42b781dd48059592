"""Which number an issue gets: behind the past ones, by the year of the day of issue, with the offset of its form."""

from datetime import date, datetime, timedelta

import pytest

from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.errors import Conflict
from yichuang.kernel.times import SHANGHAI
from yichuang.reports import commands, queries
from yichuang.reports.models import PrintedFigure, Report, ReportForm
from yichuang.reports.rules.numbering import PROVINCIAL_CENTRE
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_commands_past import ISSUE_24, stored, text_of_issue_24

pytestmark = pytest.mark.django_db


def past(year: int, number: int, total: int, issuer: str = PROVINCIAL_CENTRE) -> None:
    """A past issue, read from its text."""
    text = text_of_issue_24().replace("2022年第24期（总第399期）", f"{year}年第{number}期（总第{total}期）")
    stored(text.replace(PROVINCIAL_CENTRE, issuer))


def issued_on(day: date, days_before: int = 10) -> tuple[int | None, int | None, int | None]:
    """Year, number and total of a report that is issued on a day, for a week that ended before."""
    first = day - timedelta(days=days_before)
    at = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
    report = make.issued(first, first + timedelta(days=4), at=at)
    return report.year, report.number, report.total_number


@pytest.mark.parametrize(
    ("numbers", "following"),
    [((), 1), ((1,), 2), ((24,), 25), ((24, 14), 25), ((14, 24), 25), ((3, 45, 9), 46)],
)
def test_our_first_issue_follows_the_highest_past_one(numbers: tuple[int, ...], following: int) -> None:
    for number in numbers:
        past(2022, number, number + 375)
    assert issued_on(date(2022, 12, 20)) == (2022, following, following + 375)


def test_past_issues_of_another_year_do_not_push_this_one() -> None:
    past(2022, 45, 420)
    past(2023, 44, 464)
    assert issued_on(date(2022, 12, 20)) == (2022, 46, 421)
    assert issued_on(date(2023, 12, 20)) == (2023, 45, 465)
    assert issued_on(date(2024, 1, 20)) == (2024, 1, 466)


@pytest.mark.parametrize("issuer", ["示例市政务服务中心", "示例省政务服务和公共资源交易服务中心"])
def test_past_issues_of_another_centre_push_nothing(issuer: str) -> None:
    past(2022, 30, 999, issuer)
    past(2024, 30, 5000, issuer)
    assert issued_on(date(2022, 12, 20)) == (2022, 1, 376)
    assert issued_on(date(2024, 5, 20)) == (2024, 1, 377)


def test_a_past_issue_below_our_own_numbers_leaves_them_alone() -> None:
    past(2022, 24, 399)
    assert issued_on(date(2022, 11, 8))[1] == 25
    past(2022, 7, 382)
    assert issued_on(date(2022, 12, 20))[1] == 26


def test_the_number_of_an_issue_of_our_own_is_taken() -> None:
    assert issued_on(date(2022, 12, 20))[1] == 1
    with pytest.raises(Conflict):
        past(2022, 1, 376)
    past(2022, 1, 376, "示例市政务服务中心")
    assert Report.objects.filter(year=2022, number=1).count() == 2


def test_the_year_is_that_of_the_day_of_issue_and_not_of_the_period() -> None:
    assert issued_on(date(2022, 12, 31)) == (2022, 1, 376)
    assert issued_on(date(2023, 1, 3), days_before=8) == (2023, 1, 421)
    report = Report.objects.get(year=2023)
    assert (report.first_day, report.last_day) == (date(2022, 12, 26), date(2022, 12, 30))
    assert "2022年1月1日至2022年12月30日" in report.text
    assert report.slug == "2023-1"


def test_the_day_turns_in_shanghai() -> None:
    """23:30 in Shanghai on 31 December is 15:30 in Greenwich; half an hour past midnight is the new year."""
    for at, year in [
        (datetime(2022, 12, 31, 23, 30, tzinfo=SHANGHAI), 2022), (datetime(2023, 1, 1, 0, 30, tzinfo=SHANGHAI), 2023),
    ]:  # fmt: skip
        first = date(2022, 12, 19) + timedelta(weeks=year - 2022)
        report = make.issued(first, first + timedelta(days=4), at=at)
        assert (report.year, report.issued_on) == (year, at.date())


def test_an_offset_that_the_form_gives_later_counts_from_then_on() -> None:
    assert issued_on(date(2024, 1, 20))[2] == 1
    form = ReportForm.objects.get(pk="2022")
    form.data["offsets"]["2024"] = 464
    form.save()
    assert issued_on(date(2024, 2, 20)) == (2024, 2, 466)
    assert issued_on(date(2025, 2, 20)) == (2025, 1, 467)


def test_the_fact_the_row_and_the_document_say_the_same_number() -> None:
    past(2022, 28, 403)
    assert issued_on(date(2022, 12, 20))[1] == 29
    report = Report.objects.get(slug="2022-29")
    assert facts_of(report.pk)[-1].number == "2022年第29期"
    assert queries.issued_document(report).number_line == "2022年第29期（总第404期）"


def test_no_two_issues_share_a_number_even_by_hand() -> None:
    issued_on(date(2022, 12, 20))
    rows = "select year, number, count(*) from reports_report where not imported group by 1, 2 having count(*) > 1"
    assert sql.rows(rows) == []
    index = "select count(*) from pg_indexes where indexname in ('report_number_once', 'report_slug_once')"
    assert sql.one(index) == (2,)


def test_printed_totals_of_past_issues_warn_and_of_another_centre_do_not() -> None:
    past(2022, 24, 399, "示例市政务服务中心")
    report = make.opened(date(2022, 7, 25), date(2022, 7, 29))
    figures = queries.live_figures(report)
    assert not [a for a in queries.advice_for(report, at=make.AT, figures=figures) if a.weight == "bad"]
    past(2022, 24, 399)
    assert len([a for a in queries.advice_for(report, at=make.AT, figures=figures) if a.weight == "bad"]) == 6


def test_after_bringing_forward_nothing_falls_any_more() -> None:
    kept = stored(text_of_issue_24())
    commands.bring_forward(kept.id, by=make.everything(), at=make.AT)
    report = make.opened(date(2022, 7, 25), date(2022, 7, 29))
    figures = queries.live_figures(report)
    assert [each.value for each in figures.values() if each.code in dict.fromkeys(cited_codes())] == list(
        ISSUE_24.values()
    )
    assert not [a for a in queries.advice_for(report, at=make.AT, figures=figures) if a.weight == "bad"]


def cited_codes() -> list[str]:
    """The codes of the figures line, in its order."""
    return [f"year_to_date.{group}.{measure}" for group, measure in ISSUE_24]


def test_the_figures_of_an_issue_are_kept_with_their_sentence() -> None:
    make.work()
    report = make.issued()
    rows = PrintedFigure.objects.filter(report=report)
    assert [(row.type, row.measure, int(row.value), row.unit) for row in rows] == [
        ("行政许可", "受理", 2, "件"), ("行政许可", "办结", 1, "件"), ("公共服务", "受理", 0, "件"),
        ("公共服务", "办结", 0, "件"), ("其它九类行权事项", "受理", 0, "件"), ("其它九类行权事项", "办结", 0, "件"),
    ]  # fmt: skip
    assert {row.as_of for row in rows} == {make.LAST}
    assert len({row.sentence for row in rows}) == 1
    assert rows[0].sentence in report.text
