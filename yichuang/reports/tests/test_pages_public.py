"""What everybody sees: the list, the search, an issue, its files."""

import io
import re

import docx
import pytest
from django.test import Client

from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.samples import pdf_pages, words
from yichuang.kernel import sql
from yichuang.reports import queries
from yichuang.reports.flow import State
from yichuang.reports.tests import factories as make

pytestmark = pytest.mark.django_db


def test_an_empty_list_says_what_will_stand_there(client: Client) -> None:
    page = client.get("/reports").content.decode()
    assert "还没有周报" in page


@pytest.mark.parametrize("state", [State.COLLECTING, State.EDITING, State.IN_REVIEW])
def test_drafts_are_never_public(client: Client, state: State) -> None:
    report = make.in_state(state)
    assert "还没有周报" in client.get("/reports").content.decode()
    assert client.get("/reports/2022-1").status_code == 404
    assert client.get(f"/reports/{report.pk}").status_code == 404


def test_an_issue_stands_on_the_list_and_opens(client: Client) -> None:
    make.work()
    report = make.issued()
    page = client.get("/reports").content.decode()
    assert f'href="/reports/{report.slug}"' in page
    assert "2022年第1期（总第376期）" in page
    shown = client.get(f"/reports/{report.slug}").content.decode()
    assert "受理" in shown
    assert len(re.findall("<h1", shown)) == 1
    assert "/desk/figures" not in shown


def test_staff_who_read_figures_are_led_to_the_cases(client: Client) -> None:
    make.work()
    report = make.issued()
    client.force_login(make.people.account_of(make.editor()))
    shown = client.get(f"/reports/{report.slug}").content.decode()
    assert (
        "/desk/figures/cases?measure=accepted&amp;first=2022-01-01&amp;last=2022-05-13&amp;group=licence"
        in shown
    )


def test_the_files_say_the_same_and_stay_the_same(client: Client) -> None:
    chinese_fonts()
    make.work()
    report = make.issued()
    first = {
        form: client.get(f"/reports/{report.slug}/download.{form}").content
        for form in ("pdf", "docx", "txt", "html")
    }
    make.cases.in_review(make.cases.day("2022-05-12"))
    again = {form: client.get(f"/reports/{report.slug}/download.{form}").content for form in first}
    assert first == again
    text = first["txt"].decode()
    assert "行政许可事项受理2件，办结1件" in text
    assert words("".join(pdf_pages(first["pdf"]))) == words(text)
    assert docx.Document(io.BytesIO(first["docx"])).paragraphs[0].text == "窗口工作周报"


def test_an_unknown_issue_and_an_unknown_format_are_not_found(client: Client) -> None:
    report = make.issued()
    assert client.get("/reports/2022-99").status_code == 404
    assert client.get(f"/reports/{report.slug}/download.exe").status_code == 404


@pytest.mark.parametrize("asked", ["取水", "水", "取水许可预约", "2022-1", "政务服务"])
def test_words_are_found_a_single_character_too(client: Client, asked: str) -> None:
    report = make.written(make.opened(), "近日，水利厅推行取水许可预约核查。")
    make.moved(report, *make.TO_ISSUE)
    page = client.get("/reports", {"q": asked}).content.decode()
    assert 'href="/reports/2022-1"' in page
    assert "没有找到" not in page


@pytest.mark.parametrize("asked", ["渔业", "！？", "取水渔业"])
def test_what_is_not_there_is_not_found(client: Client, asked: str) -> None:
    make.moved(make.written(make.opened(), "近日，水利厅推行取水许可预约核查。"), *make.TO_ISSUE)
    assert "没有找到" in client.get("/reports", {"q": asked}).content.decode()


def test_the_hit_is_marked(client: Client) -> None:
    make.moved(make.written(make.opened(), "近日，水利厅推行取水许可预约核查。"), *make.TO_ISSUE)
    assert "<mark>取水许可</mark>" in client.get("/reports", {"q": "取水许可"}).content.decode()


def test_the_list_is_one_statement_however_long() -> None:
    for week in range(3):
        first = make.FIRST.replace(day=2) + make.timedelta(weeks=week)
        make.issued(first, first + make.timedelta(days=4), at=make.ISSUE_AT + make.timedelta(weeks=week))
    with sql.counting() as statements:
        assert len(queries.published().rows) == 3
    assert len(statements) == 1
    page = queries.published(size=2)
    assert [found.row.number for found in page.rows] == [3, 2]
    assert [found.row.number for found in queries.published(after=page.following, size=2).rows] == [1]
