"""The leaders' board: figures beside last year's, every number leads to as many cases as it says, scope, workbook."""

import io
import itertools
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases.flow import State
from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.effects.commands import drain_all
from yichuang.home.queries import board
from yichuang.home.tests.visitors import browser, holder, text
from yichuang.kernel.times import SHANGHAI

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at")]
TODAY = date(2022, 5, 12)
MOST_STATEMENTS = 20


def leader() -> Any:
    return browser(
        holder(Capability.DASHBOARD_READ, Capability.FIGURES_READ, Capability.CASE_SEARCH, everywhere=True)
    )


def tiles(response: Any) -> dict[str, tuple[str, str]]:
    """The five figures: label → (value, address)."""
    page = response.content.decode()
    found = {}
    for block in re.findall(r'<div class="figure">.*?</div>', page, re.DOTALL):
        label = re.search(r'figure-label">([^<]+)<', block)
        value = re.search(r'figure-value">(?:<a[^>]*>)?\s*([^<\s]+)', block)
        href = re.search(r'href="([^"]+)"', block)
        if label and value:
            found[label[1]] = (value[1], unescape(href[1]) if href else "")
    return found


def test_figures_equal_the_lists_behind_them() -> None:
    make.IN_STATE[State.DELIVERED]()
    make.IN_STATE[State.REVIEW]()
    found = tiles(leader().get("/desk/leaders", {"span": "year"}))
    assert found["受理"][0] == "2"
    assert found["办结"][0] == "1"
    for label in ("受理", "办结"):
        value, href = found[label]
        listed = leader().get(href)
        assert listed.status_code == 200
        assert len(set(re.findall(r'href="(/desk/cases/[^"]+)"', listed.content.decode()))) == int(value)


def test_drained_or_not_the_board_says_the_same() -> None:
    make.IN_STATE[State.DELIVERED]()
    before = tiles(leader().get("/desk/leaders", {"span": "year"}))
    drain_all(at=make.LATER)
    assert tiles(leader().get("/desk/leaders", {"span": "year"})) == before


def test_risk_counts_equal_the_desks_lists() -> None:
    for _ in range(3):
        make.IN_STATE[State.REVIEW]()
    make.IN_STATE[State.SPECIAL]()
    page = leader().get("/desk/leaders").content.decode()
    links = re.findall(r'<a class="number fs-5 px-2" href="([^"]+)">(\d+)<', page)
    assert sum(int(count) for _, count in links) == 4
    for href, count in links:
        listed = leader().get(unescape(href)).content.decode()
        assert len(set(re.findall(r'class="row-link" href="(/desk/cases/[^"]+)"', listed))) == int(count)


def test_overdue_work_moves_band_with_the_day(at: Callable[[datetime], None]) -> None:
    row = make.IN_STATE[State.REVIEW]()
    assert row.due_on is not None
    at(datetime.combine(row.due_on + timedelta(days=1), datetime.min.time(), SHANGHAI))
    words = text(leader().get("/desk/leaders"))
    assert re.search(r"已超期 1 件", words)


def test_a_head_sees_the_own_department_only() -> None:
    make.IN_STATE[State.DELIVERED]()
    post = people.post(
        people.department("商务厅", "121", "川商"),
        "负责人",
        [Capability.DASHBOARD_READ, Capability.FIGURES_READ, Capability.CASE_SEARCH],
    )
    stranger = browser(people.staff("head.commerce", post))
    water = people.department()
    page = stranger.get("/desk/leaders", {"span": "year", "department": str(water.pk)})
    assert tiles(page)["办结"][0] == "0"
    assert "商务厅" in text(page)
    assert "各部门" not in text(page)


def test_an_account_without_the_capability_is_refused() -> None:
    assert browser(holder(Capability.FIGURES_READ)).get("/desk/leaders").status_code == 403
    assert browser(holder(Capability.FIGURES_READ)).get("/desk/leaders.xlsx").status_code == 403


def test_statements_do_not_grow_with_cases(settings: Any) -> None:
    # Whether the calendar was corrected is asked every few seconds: not between these two looks.
    settings.CALENDAR_PROBE_SECONDS = 1_000_000
    make.IN_STATE[State.DELIVERED]()
    client = leader()
    client.get("/desk/leaders")
    with CaptureQueriesContext(connection) as few:
        client.get("/desk/leaders")
    for _ in range(4):
        make.IN_STATE[State.REVIEW]()
    with CaptureQueriesContext(connection) as many:
        client.get("/desk/leaders")
    assert len(few) == len(many) <= MOST_STATEMENTS
    assert not [q["sql"] for q in many if "from cases_case" in q["sql"].lower()]


def test_nothing_yet_is_said() -> None:
    page = text(leader().get("/desk/leaders"))
    assert "还没有可画的走势" in page


def test_the_wall_has_no_navigation_and_comes_again() -> None:
    page = leader().get("/desk/leaders", {"wall": "1"}).content.decode()
    assert 'http-equiv="refresh"' in page
    assert "desknav" not in page
    assert 'class="wall' in page


def test_the_workbook_opens_and_holds_no_formula() -> None:
    make.IN_STATE[State.DELIVERED]()
    answer = leader().get("/desk/leaders.xlsx")
    assert answer.status_code == 200
    book = zipfile.ZipFile(io.BytesIO(answer.content))
    sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")]
    assert len(sheets) == 4
    assert not any("<f>" in sheet for sheet in sheets)


@given(st.dates(date(2020, 1, 1), date(2029, 12, 31)))
def test_spans_end_today_and_stand_a_year_after_their_like(today: date) -> None:
    for span in board.spans(today):
        assert span.first <= span.last == today
        first, last = span.before
        assert first <= last
        assert last.year == today.year - 1


@pytest.mark.parametrize(
    ("now", "before", "plain", "words"),
    [
        (110, 100, False, "增长 10.0%"),
        (95, 100, False, "下降 5.0%"),
        (100, 100, False, "持平"),
        (5, 0, False, ""),
        (None, 5, False, ""),
        (Decimal("98.50"), Decimal("97.25"), True, "增长 1.25"),
        (Decimal("7.8"), Decimal("8.0"), True, "下降 0.20"),
        (1, 3, False, "下降 66.7%"),
    ],
)
def test_growth_in_words(now: board.Value, before: board.Value, plain: bool, words: str) -> None:
    assert board.growth(now, before, plain=plain) == words


def test_weeks_add_up_to_the_quarter() -> None:
    make.IN_STATE[State.DELIVERED]()
    make.IN_STATE[State.REVIEW]()
    found = board.weeks(TODAY)
    assert len(found) == board.TREND_WEEKS
    assert sum(week.accepted for week in found) == 2
    assert found[-1].last == TODAY
    assert all((after.first - one.first).days == 7 for one, after in itertools.pairwise(found))
