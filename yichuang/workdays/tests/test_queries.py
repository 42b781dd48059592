from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from yichuang.kernel.actor import SYSTEM
from yichuang.workdays import queries
from yichuang.workdays.commands import import_notice, load_packaged
from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.tests.factories import AT, CLERK, URL_2027, days_2027

pytestmark = pytest.mark.django_db


def enter_2027() -> None:
    import_notice(days_2027(), title="", url=URL_2027, at=AT, by=CLERK)


def test_before_anything_is_loaded_the_packaged_calendar_answers() -> None:
    assert queries.calendar() == packaged_calendar()
    assert queries.stored_calendar().days == ()


def test_the_calendar_is_read_once_and_then_kept(settings: Settings) -> None:
    settings.CALENDAR_PROBE_SECONDS = 60
    load_packaged(AT, SYSTEM)
    first = queries.calendar()
    with CaptureQueriesContext(connection) as statements:
        assert all(queries.calendar() is first for _ in range(50))
    assert len(statements) == 0


def test_a_probe_that_finds_nothing_new_keeps_the_calendar(settings: Settings) -> None:
    settings.CALENDAR_PROBE_SECONDS = 0
    load_packaged(AT, SYSTEM)
    first = queries.calendar()
    with CaptureQueriesContext(connection) as statements:
        assert queries.calendar() is first
    assert not any(
        "workdays_calendarday" in query["sql"] and "festival" in query["sql"] for query in statements
    )


def test_an_import_is_seen_at_once_in_this_process(settings: Settings) -> None:
    settings.CALENDAR_PROBE_SECONDS = 60
    load_packaged(AT, SYSTEM)
    assert not queries.calendar().is_official(2027)
    enter_2027()
    assert queries.calendar().is_official(2027)


def test_an_import_of_another_process_is_seen_after_a_few_seconds(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.CALENDAR_PROBE_SECONDS = 3
    moment = [100.0]
    monkeypatch.setattr("yichuang.workdays.queries.monotonic", lambda: moment[0])
    load_packaged(AT, SYSTEM)
    assert not queries.calendar().is_official(2027)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(queries, "forget", lambda: None)
        enter_2027()
    moment[0] += 2.9
    assert not queries.calendar().is_official(2027)
    moment[0] += 0.2
    assert queries.calendar().is_official(2027)


@pytest.mark.parametrize(("pause", "more"), [(None, 0), (3, 3)], ids=["as tests run", "the broken variant"])
def test_no_test_counts_statements_because_it_was_slow(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, pause: float | None, more: int
) -> None:
    """By the pause of the product a page that is asked ten seconds after another costs three statements more."""
    if pause is not None:
        settings.CALENDAR_PROBE_SECONDS = pause
    moment = [100.0]
    monkeypatch.setattr("yichuang.workdays.queries.monotonic", lambda: moment[0])
    queries.calendar()
    moment[0] += 10
    with CaptureQueriesContext(connection) as statements:
        queries.calendar()
    assert len(statements) == more


def test_an_import_that_is_rolled_back_is_forgotten(settings: Settings) -> None:
    settings.CALENDAR_PROBE_SECONDS = 0
    load_packaged(AT, SYSTEM)
    with transaction.atomic():
        enter_2027()
        assert queries.calendar().is_official(2027)
        transaction.set_rollback(True)
    assert queries.calendar() == packaged_calendar()


def test_the_history_lists_the_newest_year_and_import_first() -> None:
    load_packaged(AT, SYSTEM)
    enter_2027()
    import_notice(days_2027(), title="更正", url=URL_2027, at=AT + timedelta(hours=1), by=CLERK)
    history = queries.notice_history()
    assert [(row.year, row.title, row.packaged) for row in history[:3]] == [
        (2027, "更正", False),
        (2027, "国务院办公厅关于2027年部分节假日安排的通知", False),
        (2026, "国务院办公厅关于2026年部分节假日安排的通知", True),
    ]
    assert (history[2].days, history[2].imported_by, history[2].imported_at) == (39, SYSTEM.name, AT)


def test_the_history_is_one_statement() -> None:
    load_packaged(AT, SYSTEM)
    with CaptureQueriesContext(connection) as statements:
        assert len(queries.notice_history()) == 9
    assert len(statements) == 1


def test_days_that_rest_on_the_rule_have_no_notice() -> None:
    load_packaged(AT, SYSTEM)
    day = queries.calendar().day(date(2027, 1, 1))
    assert day is not None
    assert day.basis.year is None
