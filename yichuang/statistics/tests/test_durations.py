"""The time of each step: counted from the facts, per department and officer, down to the cases, never beyond one's reach."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from yichuang.cases import commands
from yichuang.cases.flow import Action
from yichuang.cases.queries import CaseRow
from yichuang.cases.queries.durations import StepTime, Taken, behind, step_times, summed
from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Refused
from yichuang.statistics.tests.test_pages import _friday as _friday
from yichuang.statistics.tests.test_pages import analyst, body, browser, words
from yichuang.workdays.queries import calendar

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2022, 5, 1), date(2022, 6, 30)
PERIOD = {"first": str(FIRST), "last": str(LAST)}


def life() -> CaseRow:
    """5 May filed and accepted; 9 May paused, 13 May resumed; 17 May proposed, 18 May decided, 24 May delivered."""
    row = make.in_review(version=make.handled(step_limits=[{"step": "review", "days": 1}]))
    by = people.reviewer()
    commands.pause(
        row.id, ground="appraisal", expected_days=9, by=by, at=make.day("2022-05-09"), key=make.key()
    )
    commands.resume(row.id, by=by, at=make.day("2022-05-13"), key=make.key())
    moves: tuple[tuple[Action, str, Callable[[], Any]], ...] = (
        (Action.PROPOSE, "2022-05-17", people.reviewer),
        (Action.DECIDE, "2022-05-18", people.head),
        (Action.DELIVER, "2022-05-24", people.clerk),
    )
    for action, day, who in moves:
        make.perform(row, action, who(), at=make.day(day))
    return make.fresh(row.id)


def brief(steps: list[StepTime]) -> list[tuple[str, int]]:
    """Step and days."""
    return [(one.step, one.days) for one in steps]


def test_held_time_is_nobodys_and_the_rest_adds_up() -> None:
    row = life()
    steps = step_times(FIRST, LAST, by=SYSTEM)
    # Friday and the worked Saturday before the pause count, then Monday to the proposal.
    assert brief(steps) == [("accept", 0), ("review", 3), ("review", 2), ("decide", 1), ("deliver", 4)]
    assert sum(days for step, days in brief(steps) if step in ("review", "decide")) == row.days_used
    assert [one.late for one in steps] == [False, True, True, False, False]
    assert {one.department_id for one in steps} == {row.department_id}


def test_a_step_belongs_to_the_period_in_which_it_ended() -> None:
    life()
    assert brief(step_times(date(2022, 5, 17), date(2022, 5, 18), by=SYSTEM)) == [
        ("review", 2),
        ("decide", 1),
    ]
    assert step_times(date(2022, 5, 19), date(2022, 5, 20), by=SYSTEM) == []
    whole = brief(step_times(FIRST, LAST, by=SYSTEM))
    parts = [
        brief(step_times(FIRST + timedelta(days=n), FIRST + timedelta(days=n), by=SYSTEM)) for n in range(61)
    ]
    assert [one for part in parts for one in part] == whole


def test_the_sums_are_by_department_or_by_officer() -> None:
    row = life()
    steps = step_times(FIRST, LAST, by=SYSTEM)
    body_ = str(row.department_id)
    assert summed(steps)[body_, "", "review"] == Taken(2, 5, 3, 2)
    assert summed(steps)[body_, "", "review"].mean == Decimal("2.5")
    by_officer = summed(steps, officers=True)
    assert {key[2] for key in by_officer if key[1] == people.head().signature} == {"decide"}
    assert sum(taken.days for taken in by_officer.values()) == sum(one.days for one in steps)


def test_nobody_reads_beyond_the_own_reach_or_clearance() -> None:
    row = life()
    other = people.staff(
        "elsewhere",
        people.post(people.department("商务厅", "125", "川商"), "统计", [Capability.FIGURES_READ]),
    )
    assert step_times(FIRST, LAST, by=other) == []
    with pytest.raises(Refused):
        step_times(FIRST, LAST, by=people.clerk())
    sql.execute("update cases_case set confidentiality = 2 where id = %(id)s", {"id": row.id})
    steps = step_times(FIRST, LAST, by=analyst())
    assert len(steps) == 5, "figures are whole"
    assert behind(steps, by=analyst()) == [], "the cases behind them are not for everybody"
    assert len(behind(steps, by=SYSTEM)) == 5


def test_the_cases_behind_a_number_are_those_that_were_counted() -> None:
    life()
    steps = step_times(FIRST, LAST, by=SYSTEM)
    assert [one.days for one in behind(steps, by=SYSTEM)] == [4, 3, 2, 1, 0]
    assert brief(behind(steps, by=SYSTEM, step="review", late=True)) == [("review", 3), ("review", 2)]
    assert brief(behind(steps, by=SYSTEM, officer=people.head().signature)) == [("decide", 1)]


def test_a_withdrawal_is_no_work_of_the_office() -> None:
    row = make.in_review()
    make.perform(row, Action.WITHDRAW, people.applicant_actor(), at=make.day("2022-05-20"))
    assert brief(step_times(FIRST, LAST, by=SYSTEM)) == [("accept", 0)]


def test_the_time_of_steps_is_one_statement() -> None:
    for _ in range(3):
        life()
    calendar()
    with sql.counting() as statements:
        assert len(step_times(FIRST, LAST, by=SYSTEM)) == 15
    assert len(statements) == 1


def test_the_page_leads_from_department_to_officer_to_case() -> None:
    row = life()
    client = browser(analyst())
    page = client.get("/desk/durations", PERIOD)
    assert page.status_code == 200
    assert "水利厅" in words(page)
    assert "水利厅 0.0 2.5 — — 1.0 4.0 2" in words(page)
    officers = words(client.get("/desk/durations", PERIOD | {"department": str(row.department_id)}))
    assert people.head().name in officers
    assert "初审 1 2 2.0 2 1" in officers or "初审 2 5 2.5 3 2" in officers
    shown = words(client.get("/desk/durations/cases", PERIOD | {"step": "review", "late": "1"}))
    assert row.number in shown
    assert "超 2" in shown


def test_the_same_as_a_file_and_what_cannot_be_read() -> None:
    life()
    client = browser(analyst())
    lines = body(client.get("/desk/durations", PERIOD | {"format": "csv"})).strip().splitlines()
    assert len(lines) == 1 + 4
    assert "初审,2,5,2.5,3,2" in lines[2]
    lines = body(client.get("/desk/durations/cases", PERIOD | {"format": "csv"})).strip().splitlines()
    assert len(lines) == 1 + 5
    assert client.get("/desk/durations", {"first": "x"}).status_code == 422
    assert client.get("/desk/durations", {"first": "2018-01-01", "last": "2022-06-30"}).status_code == 422
    assert client.get("/desk/durations/cases", PERIOD | {"step": "nap"}).status_code == 422
    assert "没有办结的环节" in words(
        client.get("/desk/durations", {"first": "2021-01-01", "last": "2021-01-31"})
    )
    assert Client().get("/desk/durations").status_code in (302, 403)
