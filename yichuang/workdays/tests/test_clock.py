from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from yichuang.kernel.errors import Invalid, Refused
from yichuang.workdays import queries
from yichuang.workdays.commands import move_clock
from yichuang.workdays.models import BusinessClock
from yichuang.workdays.tests.factories import CLERK, SHANGHAI, STRANGER

SECOND = timedelta(seconds=1)
THEN = datetime(2022, 9, 26, 9, 0, tzinfo=SHANGHAI)


def real() -> datetime:
    return datetime.now(SHANGHAI)


def shows(expected: datetime) -> bool:
    return abs(queries.now() - expected) < 5 * SECOND


def test_the_clock_is_shanghais_and_needs_no_database(settings: Settings) -> None:
    settings.DEMO_CLOCK = False
    now = queries.now()
    assert now.utcoffset() == timedelta(hours=8)
    assert abs(now - real()) < 5 * SECOND
    assert queries.today() in {now.date(), queries.now().date()}


@pytest.mark.django_db
class TestDemonstration:
    @pytest.fixture(autouse=True)
    def _demonstration(self, settings: Settings) -> None:
        settings.DEMO_CLOCK = True

    def test_without_a_row_the_clock_is_real(self) -> None:
        assert shows(real())

    def test_the_clock_moves_back_forth_and_home(self) -> None:
        move_clock(THEN, queries.now(), CLERK)
        assert shows(THEN)
        assert queries.today() == THEN.date()
        move_clock(THEN + timedelta(days=40), queries.now(), CLERK)
        assert shows(THEN + timedelta(days=40))
        assert move_clock(None, queries.now(), CLERK) == timedelta()
        assert shows(real())

    def test_a_stale_time_of_the_request_does_not_spoil_the_target(self) -> None:
        move_clock(THEN, queries.now(), CLERK)
        move_clock(THEN + timedelta(days=3), real(), CLERK)
        assert shows(THEN + timedelta(days=3))

    def test_who_moved_it_is_kept_in_the_one_row(self) -> None:
        at = queries.now()
        move_clock(THEN, at, CLERK)
        move_clock(THEN + timedelta(days=1), queries.now(), CLERK)
        clock = BusinessClock.objects.get()
        assert clock.moved_by == CLERK.name
        with pytest.raises(IntegrityError, match="workdays_clock_one_row"), transaction.atomic():
            BusinessClock.objects.create(id=2, moved_at=at, moved_by="另一行")

    def test_an_offset_is_ignored_outside_a_demonstration(self, settings: Settings) -> None:
        move_clock(THEN, queries.now(), CLERK)
        settings.DEMO_CLOCK = False
        assert shows(real())
        with pytest.raises(Refused, match="不是演示环境"):
            move_clock(THEN, real(), CLERK)

    def test_only_who_may_moves_it(self) -> None:
        with pytest.raises(Refused):
            move_clock(THEN, queries.now(), STRANGER)
        assert shows(real())

    @pytest.mark.parametrize("year", [2017, 2100])
    def test_it_stays_within_the_calendar(self, year: int) -> None:
        with pytest.raises(Invalid, match="演示时间应在"):
            move_clock(THEN.replace(year=year), queries.now(), CLERK)

    def test_a_time_without_zone_is_refused(self) -> None:
        with pytest.raises(Invalid, match="缺少时区"):
            move_clock(THEN.replace(tzinfo=None), queries.now(), CLERK)

    def test_asking_often_reads_the_row_once(self) -> None:
        with CaptureQueriesContext(connection) as statements:
            for _ in range(50):
                queries.now()
        assert len(statements) == 1

    def test_another_process_is_heard_within_a_second(self, monkeypatch: pytest.MonkeyPatch) -> None:
        moment = [100.0]
        monkeypatch.setattr("yichuang.workdays.queries.monotonic", lambda: moment[0])
        assert shows(real())
        BusinessClock.objects.create(offset_seconds=3600, moved_at=real(), moved_by="另一进程")
        moment[0] += 0.9
        assert shows(real())
        moment[0] += 0.2
        assert shows(real() + timedelta(hours=1))
