"""Signals by window and as a file: counted against a history made by hand, one fact a look, statements counted."""

from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yichuang.cases import commands
from yichuang.cases.tests import factories as cases
from yichuang.directory.tests import factories as people
from yichuang.feedback.flow.integrity import SignalKind
from yichuang.feedback.queries.integrity import NO_WINDOW, at_window, by_window, signals
from yichuang.feedback.tests import factories as make
from yichuang.halls.models import Staffing
from yichuang.halls.tests import factories_windows as hall
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2022, 5, 1), date(2022, 5, 31)
PAGE = "/desk/feedback/integrity"
PERIOD = "first=2022-05-01&last=2022-05-31"


def sits(by: Actor, code: str, since: date, until: date | None = None) -> None:
    Staffing.objects.create(
        id=uuid7(make.AT), window=hall.window(code), account=people.account_of(by), since=since, until=until,
        at=make.AT, by_name="示例",
    )  # fmt: skip


def history() -> None:
    """Two clerks take young cases before three old ones: one at two windows in turn, one at none in the period."""

    def moment(day: int) -> datetime:
        return datetime(2022, 5, day, 10, tzinfo=SHANGHAI)

    for _ in range(3):
        cases.filed(at=moment(5))
    mover, loose = people.clerk("mover"), people.clerk("loose")
    sits(mover, "A01", date(2022, 4, 1), date(2022, 5, 10))
    sits(mover, "A02", date(2022, 5, 11))
    sits(loose, "A03", date(2022, 1, 1), date(2022, 4, 30))
    for by, number in ((mover, 2), (loose, 1)):
        for _ in range(number):
            commands.accept(cases.filed(at=moment(9)).id, by=by, at=moment(10), key=make.key())


def test_windows_are_those_of_the_period_and_people_count_at_each() -> None:
    history()
    groups = signals(FIRST, LAST, by=make.auditor())
    lines = {line.code: (line.people, line.cases[SignalKind.JUMPED_ACCEPTANCE]) for line in by_window(groups)}
    assert lines == {"A01": (1, 2), "A02": (1, 2), NO_WINDOW: (1, 1)}
    assert [line.code for line in by_window(groups)][-1] == NO_WINDOW
    for code, officers in (("A01", ["mover（示例）"]), (NO_WINDOW, ["loose（示例）"]), ("A03", [])):
        found = [each.officer for group in at_window(groups, code) for each in group.signals]
        assert found == officers
        assert len(at_window(groups, code)) == len(groups)


def test_the_file_holds_every_case_a_line_and_leaves_the_fact() -> None:
    history()
    client = hall.browser(make.auditor())
    answer: Any = client.get(f"{PAGE}.csv?{PERIOD}")
    lines = b"".join(answer).decode().strip().splitlines()
    assert len(lines) == 1 + 3
    assert sum("mover" in line and "A01、A02" in line for line in lines) == 2
    narrowed: Any = client.get(f"{PAGE}.csv?{PERIOD}&window={NO_WINDOW}")
    assert len(b"".join(narrowed).decode().strip().splitlines()) == 1 + 1
    assert len(sql.rows("select 1 from journal_fact where kind = 'integrity.viewed'")) == 2


def test_the_page_leads_from_a_window_to_its_signals() -> None:
    history()
    client = hall.browser(make.auditor())
    whole = client.get(f"{PAGE}?{PERIOD}").content.decode()
    assert 'window=A01"' in whole
    assert "loose（示例）" in whole
    one = client.get(f"{PAGE}?{PERIOD}&window=A01").content.decode()
    assert "loose（示例）" not in one
    assert "mover（示例）" in one


def test_statements_do_not_grow_with_what_is_found() -> None:
    client, counted = hall.browser(make.auditor()), list[int]()
    client.get(f"{PAGE}?{PERIOD}")
    for _ in range(2):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"{PAGE}?{PERIOD}").status_code == 200
        counted.append(len(seen))
        if len(counted) == 1:
            history()
    assert counted[0] == counted[1] <= 20
