"""The archive: filters of the list, printed corrections on the old issue, one figure through the issues."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client

from yichuang.kernel import sql
from yichuang.reports import commands
from yichuang.reports.models import Erratum, Report
from yichuang.reports.pages.archive import code
from yichuang.reports.queries.published import Narrowed, choices, published
from yichuang.reports.queries.timeline import FigureKey, known_figures, timeline
from yichuang.reports.rules.reading import decode, read_report
from yichuang.reports.rules.reading.report import Scope
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.readings import SYNTHETIC
from yichuang.reports.tests.test_pages_desk import as_

pytestmark = pytest.mark.django_db
PAGE = "/reports/figures"
ISSUER = "示例市政务服务中心"


def stored(number: int, total: str, *, year: int = 2022, words: str = "") -> Report:
    """A past issue that prints one total of the year."""
    text = (
        f"示例周报\n{year}年第{number}期\n{ISSUER}\n{year}年{number + 1}月15日\n"
        f"（{number}月4日—{number}月8日）\n一、办件情况\n"
        f"今年以来，行政许可事项累计办结{total}件。{words}\n"
    )
    made = commands.store_past_report(read_report(text), text, at=make.AT, by=make.editor())
    return Report.objects.get(pk=made.id)


def corrected(old: Report, new: Report | None, value: str) -> Erratum:
    """A correction of the old issue's figure that the new one printed."""
    figure = old.figures.get()
    return Erratum.objects.create(
        id=uuid4(), report=old, figure=figure, passage=figure.sentence, old="120", new=value, reason="数据补报",
        at=make.AT, by_name="周报编辑", printed_in=new, key=uuid4().hex,
    )  # fmt: skip


KEY = FigureKey(ISSUER, "行政许可", "办结", Scope.YEAR_TO_DATE, "件")


def test_a_figure_through_the_issues_with_its_changes() -> None:
    for number, total in ((3, "180"), (1, "100"), (2, "120"), (4, "200余")):
        stored(number, total)
    stored(1, "90", year=2023)
    rows = timeline(KEY)
    assert [(row.year, row.slug[:6], row.value, row.change) for row in rows] == [
        (2022, "2022-1", Decimal(100), None),
        (2022, "2022-2", Decimal(120), Decimal(20)),
        (2022, "2022-3", Decimal(180), Decimal(60)),
        (2022, "2022-4", Decimal(200), None),
        (2023, "2023-1", Decimal(90), None),
    ]
    assert rows[0].day == date(2022, 1, 8)
    assert [row.approximate for row in rows] == [False, False, False, True, False]
    assert [row.year for row in timeline(KEY, 2023)] == [2023]
    assert [(known.key, known.issues) for known in known_figures()] == [(KEY, 5)]
    assert KEY.name == "行政许可 办结 今年累计"


def test_drafts_and_other_issuers_are_not_mixed_in() -> None:
    stored(1, "100")
    make.written(make.opened(), "今年以来，行政许可事项累计办结999件。")
    assert [row.value for row in timeline(KEY)] == [Decimal(100)]
    assert timeline(FigureKey("别的中心", KEY.type, KEY.measure, KEY.scope, KEY.unit)) == []


def test_a_correction_stands_beside_what_was_printed(client: Client) -> None:
    old, new = stored(1, "120"), stored(2, "150")
    corrected(old, new, "121")
    rows = timeline(KEY)
    assert rows[0].value == Decimal(120)
    assert [(each.old, each.new, each.slug) for each in rows[0].corrections] == [("120", "121", new.slug)]
    shown = client.get(PAGE, {"figure": code(KEY)}).content.decode()
    assert "更正为 <strong>121</strong>" in shown
    assert f'href="/reports/{new.slug}"' in shown
    sheet = b"".join(client.get(PAGE, {"figure": code(KEY), "format": "csv"})).decode()
    assert "2022年第1期,2022-01-08,120,件,,121,2022年第2期" in sheet


def test_the_old_issue_says_what_was_corrected_and_stays_as_printed(client: Client) -> None:
    old, new = stored(1, "120"), stored(2, "150")
    assert "更正" not in client.get(f"/reports/{old.slug}").content.decode()
    corrected(old, new, "121")
    shown = client.get(f"/reports/{old.slug}").content.decode()
    assert "“120”更正为“121”" in shown
    assert f'<a href="/reports/{new.slug}">2022年第2期</a>' in shown
    assert "累计办结120件" in shown


def test_a_correction_that_is_not_printed_yet_is_not_public(client: Client) -> None:
    old = stored(1, "120")
    corrected(old, None, "121")
    assert "121" not in client.get(f"/reports/{old.slug}").content.decode()
    assert timeline(KEY)[0].corrections == ()


def test_the_page_draws_lines_and_leads_to_each_issue(client: Client) -> None:
    assert "还没有印出的数字" in client.get(PAGE).content.decode()
    stored(1, "100")
    assert "画不出走势" in client.get(PAGE).content.decode()
    stored(2, "120")
    stored(2, "95", year=2023)
    shown = client.get(PAGE).content.decode()
    assert "<svg" in shown
    assert "+20" in shown
    assert "2022年第2期" in shown
    only = client.get(PAGE, {"figure": code(KEY), "year": "2023"}).content.decode()
    assert "2022年第2期" not in only
    assert "2023年第2期" in only


@pytest.mark.parametrize(
    "asked",
    [
        {"figure": "x"},
        {"figure": "week|'|\"|<script>|"},
        {"year": "abc"},
        {"year": "99999999999"},
        {"format": "csv"},
    ],
)
def test_hostile_questions_are_answered_calmly(client: Client, asked: dict[str, str]) -> None:
    assert client.get(PAGE, asked).status_code == 200
    stored(1, "100")
    answer = client.get(PAGE, asked)
    assert answer.status_code == 200
    assert b"<script>|" not in b"".join(answer)


def test_the_timeline_costs_three_statements(client: Client) -> None:
    for number in range(1, 9):
        stored(number, f"{number}00")
    with sql.counting() as found:
        client.get(PAGE)
    assert len(found) == 3


def test_an_issue_made_here_prints_figures_of_the_timeline() -> None:
    make.work()
    issue = make.issued()
    (key,) = [
        known.key
        for known in known_figures()
        if (known.key.type, known.key.measure, known.key.scope) == ("行政许可", "办结", Scope.YEAR_TO_DATE)
    ]
    assert [row.slug for row in timeline(key)] == [issue.slug]


def slugs(**narrowed: object) -> list[str]:
    return [found.row.slug for found in published("", Narrowed(**narrowed)).rows]  # type: ignore[arg-type]


def test_the_list_is_narrowed_by_year_form_and_figures() -> None:
    first, second = stored(1, "100"), stored(1, "90", year=2023)
    text = decode((SYNTHETIC / "form_2022_torn.txt").read_bytes())
    commands.store_past_report(read_report(text), text, at=make.AT, by=make.editor())
    third = Report.objects.get(year=2024)
    plain = decode((SYNTHETIC / "foreign_no_figures.txt").read_bytes())
    commands.store_past_report(read_report(plain), plain, at=make.AT, by=make.editor())
    assert slugs(year=2022) == [first.slug]
    assert slugs(form="2022") == [third.slug]
    assert set(slugs(with_figures=True)) == {first.slug, second.slug, third.slug}
    assert slugs(year=2023, form="2022") == []
    there = choices()
    assert there.years == (2024, 2023, 2022)
    assert {form for form, _ in there.forms} == {"2022", "other"}


def test_filters_are_switches_that_keep_the_question(client: Client) -> None:
    stored(1, "100", words="窗口整理常见问题。")
    stored(1, "90", year=2023, words="窗口整理常见问题。")
    shown = client.get("/reports", {"q": "常见问题", "year": "2022"}).content.decode()
    assert "2022年第1期" in shown
    assert "2023年第1期" not in shown
    assert "<mark>常见问题</mark>" in shown
    assert 'href="/reports?q=%E5%B8%B8%E8%A7%81%E9%97%AE%E9%A2%98&amp;year=2023"' in shown
    assert 'href="/reports?q=%E5%B8%B8%E8%A7%81%E9%97%AE%E9%A2%98" aria-current="true"' in shown
    assert client.get("/reports", {"year": "1' or 1=1", "form": "x", "figures": "2"}).status_code == 200
    assert "没有找到" in client.get("/reports", {"q": "潜水艇", "year": "2022"}).content.decode()


def test_the_list_costs_two_statements(client: Client) -> None:
    for number in range(1, 6):
        stored(number, f"{number}00")
    with sql.counting() as found:
        client.get("/reports")
    assert len(found) == 2


def test_an_imported_issue_can_be_distributed(client: Client) -> None:
    report = stored(1, "100")
    assert as_(client, make.editor()).get(f"/desk/reports/{report.pk}/distribution").status_code == 200
