"""What the clock asks for is done by one worker, by another when that one is gone, and daily duties once a day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from yichuang.cases.tests import factories as make
from yichuang.effects import scheduling
from yichuang.effects.cli import worker
from yichuang.effects.cli.worker import DUTIES, Duty, keep
from yichuang.effects.models import Duty as Row
from yichuang.effects.scheduling import Roster
from yichuang.kernel import sql
from yichuang.kernel.times import SHANGHAI

pytestmark = pytest.mark.django_db
DAY = date(2022, 5, 12)
MORNING = datetime(2022, 5, 12, 9, tzinfo=SHANGHAI)


def lease_ends() -> None:
    sql.execute("update effects_duty set until = now() - interval '1 second'")


def test_one_holds_it_until_its_lease_ends() -> None:
    mine, other = Roster("one"), Roster("two")
    assert (mine.mine("lapse"), other.mine("lapse"), other.mine("publish")) == (True, False, True)
    lease_ends()
    assert other.mine("lapse")
    assert Row.objects.get(name="lapse").holder == "two"


def test_who_holds_it_long_enough_asks_nothing() -> None:
    mine = Roster("one")
    mine.mine("lapse")
    with sql.counting() as statements:
        assert mine.mine("lapse")
    assert statements == []
    short = Roster("two", lease=0.0)
    short.mine("publish")
    with sql.counting() as statements:
        short.mine("publish")
    assert len(statements) == 1


def test_an_orderly_stop_gives_everything_back() -> None:
    mine, other = Roster("one"), Roster("two")
    mine.mine("lapse")
    mine.let_go()
    # now() stands still within the test's transaction.
    sql.execute("update effects_duty set until = until - interval '1 microsecond'")
    assert other.mine("lapse")


def times_done(rosters: list[Roster], days: int = 2) -> int:
    """How often a daily duty is done when two workers look at it twice a day each, and the first is gone on day two."""
    done: list[datetime] = []
    duty = Duty("daily", done.append, from_hour=8)
    for day in range(days):
        for hour in (7, 9, 10):
            for roster in rosters:
                keep(duty, roster, MORNING.replace(hour=hour) + timedelta(days=day))
        rosters = rosters[1:] or rosters
        lease_ends()
    return len(done)


def test_a_daily_duty_is_done_once_a_day_by_whomever() -> None:
    assert times_done([Roster("one"), Roster("two")]) == 2


def test_without_the_note_in_the_database_it_would_be_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: every worker remembers for itself what it has done."""
    monkeypatch.setattr(scheduling, "DONE", "select %(name)s, %(holder)s, %(day)s::date")
    assert times_done([Roster("one"), Roster("two")], days=1) == 1
    lease_ends()
    monkeypatch.setattr(
        scheduling, "TAKE", "select null::date where %(name)s || %(holder)s || %(lease)s::text <> ''"
    )
    assert times_done([Roster("one"), Roster("two")], days=1) == 2


@pytest.mark.parametrize("roster", [lambda: Roster("one")])
def test_a_duty_that_fails_is_not_noted_as_done(roster: Callable[[], Roster]) -> None:
    def fail(_at: datetime) -> object:
        raise OSError

    held = roster()
    with pytest.raises(OSError):  # noqa: PT011 - whatever it was
        keep(Duty("daily", fail, from_hour=8), held, MORNING)
    assert held.due("daily", DAY)


def test_every_duty_does_nothing_new_when_two_do_it(settings: Any, tmp_path: Path) -> None:
    """A worker that was frozen may wake in the middle of a duty that another has taken over."""
    settings.VAR_DIR, settings.KEYS_DIR = tmp_path, tmp_path / "keys"
    make.filed()
    for duty in DUTIES:
        if duty.name != "publish":
            assert (
                keep(duty, Roster("one"), make.AT) == keep(duty, Roster("one"), make.AT)
                or duty.from_hour is not None
            )
    names = [duty.name for duty in DUTIES]
    assert len(set(names)) == len(names)
    assert {"heartbeat", "publish", "lapse", "partitions", "transfers", "tidy", "chase", "feed"} <= set(names)
    assert worker.DUTIES is DUTIES
