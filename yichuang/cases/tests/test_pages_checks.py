"""The work list of reviews and surveys, the marks in the queue, and what comes first on the case page."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from yichuang.cases.commands import surveys
from yichuang.cases.queries import CaseRow
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_reviewers as beside
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.workdays import queries as workdays

pytestmark = pytest.mark.django_db
LIMITS = [{"step": "review", "days": 9}, {"step": "survey", "days": 2}, {"step": "expert_review", "days": 8}]
DUE = date(2022, 5, 7)
"""Two working days after Thursday 5 May 2022: Saturday the 7th was worked."""


def browser(who: Actor) -> Client:
    """A browser in which somebody has signed in."""
    client = Client()
    client.force_login(people.account_of(who), backend="django.contrib.auth.backends.ModelBackend")
    return client


def on(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """The business day of the pages."""
    at = datetime.combine(day, make.AT.timetz())
    monkeypatch.setattr("config.front_door.now", lambda: at)
    monkeypatch.setattr(workdays, "now", lambda: at)


def surveyed() -> CaseRow:
    """A case with a survey and an expert review, both open."""
    row = make.in_review(version=make.handled(step_limits=LIMITS))
    beside.drawn(row)
    surveys.plan_survey(row.id, beside.plan_form(), by=beside.lead(), at=make.AT, key=make.key())
    return row


def read(client: Client, address: str, **asked: str) -> str:
    """A page as text."""
    response = client.get(address, asked)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(("day", "overdue"), [(DUE, False), (DUE + timedelta(days=1), True)])
def test_every_list_of_whoever_has_to_act_marks_what_is_overdue(
    day: date, overdue: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The officer's list, the desk's queue, the panel and the dates of the case: the last day is not over."""
    row = surveyed()
    on(monkeypatch, day)
    officer = browser(beside.officers()[0])
    mine = read(officer, "/desk/checks", mine="1")
    assert row.number in mine
    assert str(DUE) in mine
    assert ("超期" in mine.split("<tbody")[1]) == overdue
    assert (row.number in read(officer, "/desk/checks", overdue="1")) == overdue
    queue = read(officer, "/desk", tab="in_hand")
    assert (f"现场核查超期 {DUE}" in queue) == overdue
    assert (f"现场核查 {DUE} 前" in queue) == (not overdue)
    page = read(officer, f"/desk/cases/{row.id}")
    assert ("已逾期" in page.split('id="reviewers"')[1].split('id="dates-title"')[0]) == overdue
    assert ("已过" in page.split('id="dates-title"')[1].split('id="timeline"')[0]) == overdue
    assert "办事指南承诺现场核查环节 2 个工作日" in page


def test_the_same_as_a_file() -> None:
    row = surveyed()
    response = browser(beside.lead()).get("/desk/checks", {"format": "csv", "q": row.number})
    lines = b"".join(response.streaming_content).decode().strip().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 3
    assert all(word in lines[1] for word in (row.number, "现场核查", str(DUE)))


def test_nothing_there_nothing_found_and_nobody_without_the_right() -> None:
    assert "没有进行中的评审和核查" in read(browser(people.clerk()), "/desk/checks")
    assert "没有符合条件的" in read(browser(people.clerk()), "/desk/checks", q="没有这个")
    assert browser(people.applicant_actor()).get("/desk/checks").status_code == 403
    assert Client().get("/desk/checks").status_code == 302


def test_another_department_reads_nothing_of_it() -> None:
    row = surveyed()
    other = people.reviewer(people.department("林业厅", "120", "川林"), "elsewhere")
    for address in ("/desk/checks", "/desk/checks?format=csv"):
        response = browser(other).get(address)
        body = b"".join(response) if response.streaming else response.content
        assert row.number not in body.decode()


def test_a_cursor_that_was_tampered_with_is_refused_and_a_page_leads_to_the_next() -> None:
    for _ in range(14):
        surveyed_again()
    client = browser(beside.lead())
    with sql.counting() as first:
        page = read(client, "/desk/checks")
    assert "回到第一页" not in page
    assert "after=" in page
    assert client.get("/desk/checks", {"after": "x"}).status_code in (400, 422)
    with sql.counting() as second:
        read(client, "/desk/checks", mine="1")
    assert len(second) <= len(first)


def surveyed_again() -> None:
    """One more, with two surveys."""
    row = make.in_review()
    for _ in range(2):
        surveys.plan_survey(row.id, beside.plan_form(), by=beside.lead(), at=make.AT, key=make.key())


def test_a_telephone_shows_the_day_and_what_to_do_before_the_matter() -> None:
    """The order of the page is that of a narrow screen; a wide one puts the matter to the left by the style sheet."""
    page = read(browser(beside.lead()), f"/desk/cases/{make.in_review().id}")
    places = [page.index(words) for words in ('id="clock-title"', 'id="act-title"', "<h2>申请内容", 'id="dates-title"', 'id="timeline"')]  # fmt: skip
    assert places == sorted(places)
