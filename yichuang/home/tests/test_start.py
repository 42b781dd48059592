"""The public start page: its figures are the statistics', its links lead somewhere, every visitor can open it."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from urllib.parse import unquote

import pytest
from django.test import Client

from yichuang.cases.tests import factories as make
from yichuang.catalogue.tests import factories as catalogue
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.effects.commands import drain_all
from yichuang.home.queries import HALL, PUBLIC_NAV, navigation
from yichuang.home.tests.visitors import browser, holder, ids, text
from yichuang.intake.tests import factories as filing
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS
from yichuang.kernel.times import SHANGHAI
from yichuang.reports.tests import factories as reports
from yichuang.statistics.queries import cells

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at")]
MONDAY = datetime(2022, 5, 9, 10, 0, tzinfo=SHANGHAI)


def shown(client: Client | None = None) -> dict[str, str]:
    """The three figures by their label."""
    page = (client or Client()).get("/").content.decode()
    page = page[page.index('id="week"') : page.index('id="window"')]
    found = re.findall(r'aria-label="(受理|办结|提前办结率) ([^"]*?) ?"', page)
    return {label: value.strip() for label, value in found}


def test_the_figures_of_the_week_are_those_of_the_statistics(at: Callable[[datetime], None]) -> None:
    make.decided(MONDAY - timedelta(days=4))
    make.decided(MONDAY - timedelta(days=3))
    make.in_review(MONDAY)
    at(MONDAY + timedelta(days=2))
    values = cells(first_day=MONDAY.date(), last_day=MONDAY.date() + timedelta(days=2)).values()
    assert (values["accepted"], values["concluded"]) == (1, 2)
    assert shown() == {"受理": "1 件", "办结": "2 件", "提前办结率": f"{values['early_share']} %"}


def test_they_stay_the_same_when_the_queue_is_drained(at: Callable[[datetime], None]) -> None:
    make.decided(MONDAY - timedelta(days=4))
    make.in_review(MONDAY)
    at(MONDAY)
    before = shown()
    drain_all(at=MONDAY)
    assert shown() == before


def test_a_week_without_decisions_has_no_share() -> None:
    assert shown() == {"受理": "0 件", "办结": "0 件", "提前办结率": "—"}


def test_an_empty_house_says_what_will_stand_here() -> None:
    said = text(Client().get("/"))
    assert "您要办什么事？" in said
    assert "还没有发布的事项" in said
    assert "还没有印发的周报" in said
    assert HALL["hours"] in said


@pytest.mark.parametrize("bring", [catalogue.published, reports.issued])
def test_every_link_of_the_start_page_leads_somewhere(bring: Callable[[], object]) -> None:
    bring()
    visitor = Client()
    page = visitor.get("/").content.decode()
    links = {link for link in re.findall(r'href="(/[^"]*)"', page) if not link.startswith("/static/")}
    assert {"/reports", "/figures", "/items", "/follow"} <= {link.partition("?")[0] for link in links}
    for link in links:
        assert visitor.get(link.replace("&amp;", "&"), follow=True).status_code == 200, link


def test_published_matters_are_shown() -> None:
    item = catalogue.published().item
    page = Client().get("/").content.decode()
    assert f'href="/items/{item.code}"' in page
    assert "取水许可" in page


def test_the_latest_report_is_shown() -> None:
    reports.opened(date(2022, 5, 16), date(2022, 5, 20))
    report = reports.issued()
    page = Client().get("/").content.decode()
    assert f'href="/reports/{report.slug}"' in page
    assert str(report.total_number) in page


def test_the_number_goes_to_the_follow_page() -> None:
    page = Client().get("/").content.decode()
    assert re.search(r'<form action="/follow" method="get"', page)
    assert 'name="number"' in page
    assert (
        'value="510000119-2022-000001"'
        in Client().get("/follow?number=510000119-2022-000001").content.decode()
    )


def test_ids_stand_once() -> None:
    assert {"main", "hall"} <= ids(Client().get("/"))


def test_the_page_takes_the_same_statements_for_one_matter_and_for_many() -> None:
    Client().get("/")
    with sql.counting() as few:
        Client().get("/")
    filing.filed()
    Client().get("/")
    with sql.counting() as many:
        Client().get("/")
    assert len(many) <= len(few) + 2 <= 10, many


def test_the_elder_mode_is_remembered_and_left_again() -> None:
    visitor = Client()
    assert 'class="public"' in visitor.get("/").content.decode()
    switched = visitor.post("/elder", {"elder": "1", "next": "/items?q=取水"})
    assert unquote(switched["Location"]) == "/items?q=取水"
    assert visitor.cookies["elder"]["max-age"] == 365 * 24 * 3600
    assert visitor.cookies["elder"]["httponly"]
    page = visitor.get("/").content.decode()
    assert 'class="public elder"' in page
    assert "回到普通版" in page
    for door in ("找事项", "我的办件", "预约", "打电话"):
        assert door in page
    visitor.post("/elder", {"elder": "0", "next": "/"})
    assert 'class="public"' in visitor.get("/").content.decode()


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/", "//example.com", "javascript:alert(1)", "\\\\x.com", ""]
)
def test_the_switch_leads_nowhere_else(elsewhere: str) -> None:
    assert Client().post("/elder", {"elder": "1", "next": elsewhere})["Location"] == "/"


def test_the_frame_knows_who_is_there() -> None:
    assert "登录" in text(Client().get("/"))
    applicant = text(browser(people.applicant_actor()).get("/"))
    assert "示例科技有限公司" in applicant
    assert "退出" in applicant
    assert "工作台" not in applicant
    assert "工作台" in text(browser(people.clerk()).get("/"))


def test_navigation_marks_the_deepest_place() -> None:
    assert [label for label, _, here in navigation(ANONYMOUS, "/reports/2022-29") if here] == ["周报"]
    assert [label for label, _, here in navigation(ANONYMOUS, "/") if here] == []
    assert len(navigation(ANONYMOUS, "/")) == len(PUBLIC_NAV)
    assert navigation(ANONYMOUS, "/desk") == []
    clerk = people.clerk()
    assert [label for label, _, here in navigation(clerk, "/desk/window/new") if here] == ["综窗收件"]
    assert [label for label, _, here in navigation(clerk, "/desk/cases/1") if here] == ["办件"]
    inspector = holder(Capability.CASE_SEARCH, Capability.HALL_INSPECT)
    for room in ("hall/acts", "feedback/ratings", "programmes/tasks"):
        assert [label for label, _, here in navigation(inspector, f"/desk/{room}") if here] == ["登记册"]
    reader = holder(
        Capability.CASE_SEARCH, Capability.FIGURES_READ, Capability.ANALYSIS_READ, Capability.FEEDBACK_REVIEW
    )
    for path, entry in (
        ("/desk/analysis", "统计"), ("/desk/durations/cases", "统计"), ("/desk/exchange", "登记册"),
        ("/desk/exchange/batches", "登记册"), ("/desk/bulk-acts", "办件"),
    ):  # fmt: skip
        assert [label for label, _, here in navigation(reader, path) if here] == [entry], path
    assert navigation(holder(), "/desk") == []
