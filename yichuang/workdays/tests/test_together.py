"""What happens when two do it at once: with transactions that really commit."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from yichuang.kernel.actor import SYSTEM
from yichuang.workdays import queries
from yichuang.workdays.commands import ImportedNotice, import_notice, load_packaged
from yichuang.workdays.models import CalendarNotice
from yichuang.workdays.tests.factories import AT, CLERK, URL_2027, days_2027

pytestmark = pytest.mark.usefixtures("committed")
PATIENCE_SECONDS = 10
WAITING = """
    select count(*) from pg_locks join pg_database on pg_database.oid = pg_locks.database
    where datname = current_database() and locktype = 'advisory' and not granted
"""
Answer = TypeVar("Answer")


def enter_2027() -> ImportedNotice:
    return import_notice(days_2027(), title="", url=URL_2027, at=AT + timedelta(hours=1), by=CLERK)


def in_another_connection(work: Callable[[], Answer]) -> Answer:
    """The answer of a thread, whose connection is its own and is closed again."""
    try:
        return work()
    finally:
        connection.close()


def wait_for_a_waiting_import() -> None:
    """Until one import stands behind the lock of another."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            row = cursor.fetchone()
        if row and row[0]:
            return
        time.sleep(0.02)
    pytest.fail("the second import did not wait for the first")


def test_two_imports_of_the_same_notice_enter_it_once() -> None:
    load_packaged(AT, SYSTEM)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            first = enter_2027()
            second: Future[ImportedNotice] = threads.submit(in_another_connection, enter_2027)
            wait_for_a_waiting_import()
        assert not second.result(PATIENCE_SECONDS).changed
    assert first.changed
    assert CalendarNotice.objects.filter(year=2027).count() == 1


def test_what_another_thread_read_before_the_commit_is_forgotten_at_the_commit(settings: Settings) -> None:
    settings.CALENDAR_PROBE_SECONDS = 60
    load_packaged(AT, SYSTEM)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            enter_2027()
            seen = threads.submit(in_another_connection, queries.calendar).result(PATIENCE_SECONDS)
        assert not seen.is_official(2027)
    assert queries.calendar().is_official(2027)
