"""The desk's warning of what silence will decide."""

from datetime import timedelta

import pytest
from django.test import Client

from yichuang.cases.queries import about_to_lapse
from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.workdays import queries as workdays

pytestmark = pytest.mark.django_db


def browser(who: Actor) -> Client:
    """A browser in which somebody has signed in."""
    client = Client()
    client.force_login(people.account_of(who), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(autouse=True)
def _two_days_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The business day of these tests: Monday, two working days before the last."""
    at = make.day("2022-05-09")
    monkeypatch.setattr("config.front_door.now", lambda: at)
    monkeypatch.setattr(workdays, "now", lambda: at)


def test_the_page_names_the_case_its_last_day_and_the_law() -> None:
    row, later = make.filed(), make.filed(at=make.AT + timedelta(days=4))
    client = browser(people.clerk())
    text = client.get("/desk/lapses").content.decode()
    assert row.number in text
    assert later.number not in text
    for words in ("将视为受理", "2022-05-11", "第三十二条", "第五十条"):
        assert words in text
    assert later.number in client.get("/desk/lapses", {"days": "10"}).content.decode()


def test_the_same_as_a_file() -> None:
    row = make.filed()
    response = browser(people.clerk()).get("/desk/lapses", {"format": "csv"})
    lines = b"".join(response.streaming_content).decode().strip().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2
    assert row.number in lines[1]


def test_nothing_to_warn_of_and_nobody_without_the_right() -> None:
    assert "没有会因逾期" in browser(people.clerk()).get("/desk/lapses").content.decode()
    assert browser(people.applicant_actor()).get("/desk/lapses").status_code == 403
    assert Client().get("/desk/lapses").status_code == 302


def test_a_case_of_another_department_is_not_named() -> None:
    make.filed()
    other = people.reviewer(people.department("林业厅", "120", "川林"), "elsewhere")
    assert "没有会因逾期" in browser(other).get("/desk/lapses").content.decode()


def test_the_list_costs_one_statement_however_long() -> None:
    for _ in range(3):
        make.filed()
    by = people.clerk()
    workdays.calendar()
    with sql.counting() as statements:
        assert len(about_to_lapse(by=by, today=make.AT.date() + timedelta(days=4))) == 3
    assert len(statements) == 1
