"""The worker of long jobs sleeps while there are none: small, under the same process id, and back within a second or two when called."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from click.testing import CliRunner
from django.db import close_old_connections, connections

from yichuang.cases.tests import factories as make
from yichuang.effects import long_work
from yichuang.effects.cli import asleep, worker
from yichuang.effects.long_work import Long, sweep, waits
from yichuang.kernel import sql

ROOT = Path(__file__).resolve().parents[3]
SLEEPY = """
import sys, django
django.setup()
from yichuang.effects.cli import worker
worker.SLEEPY_SECONDS = 0.3
worker.work.main(sys.argv[1:], standalone_mode=True)
"""
LONG_ALONE = ("--queues", "long", "--no-drain", "--sleep")
LISTENING = (
    "select count(*) from pg_stat_activity where query like 'listen%' and datname = current_database()"
)
NOBODY = "postgresql://nobody:x@127.0.0.1:1/none"


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    """Wait for something; False when the time is over first."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def call(address: str, channel: str = asleep.CHANNEL) -> None:
    with psycopg.connect(address, autocommit=True) as line:
        line.execute("select pg_notify(%s, '')", [channel])


@contextmanager
def sleeping(address: str, seconds: float) -> Iterator[list[bool]]:
    """Somebody asleep; at the end of the block he has woken, and says whether he was called."""
    found: list[bool] = []
    sleeper = threading.Thread(target=lambda: found.append(asleep.woken(address, seconds)))
    sleeper.start()
    with psycopg.connect(address, autocommit=True) as line:
        assert wait_until(lambda: line.execute(LISTENING).fetchone() == (1,), 10)
    yield found
    sleeper.join(20)
    assert not sleeper.is_alive()


def test_who_is_called_wakes_and_who_is_not_sleeps_on(committed: dict[str, str]) -> None:
    with sleeping(committed["app"], 10.0) as found:
        began = time.monotonic()
        call(committed["app"])
    assert found == [True]
    assert time.monotonic() - began < 5
    # Another's channel is no call; at the end of his time he wakes by himself.
    with sleeping(committed["app"], 0.6) as found:
        call(committed["app"], "another")
    assert found == [False]


def test_a_database_that_cannot_be_reached_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[float] = []
    monkeypatch.setattr(time, "sleep", tried.append)
    calls: Iterator[Exception | bool] = iter(
        (psycopg.OperationalError("gone"), psycopg.InterfaceError("gone"), True)
    )

    def answer(_address: str, _left: float) -> bool:
        said = next(calls)
        if isinstance(said, Exception):
            raise said
        return said

    monkeypatch.setattr(asleep, "_called", answer)
    assert asleep.woken(NOBODY, 60.0)
    assert tried == [asleep.AGAIN_SECONDS] * 2
    monkeypatch.undo()
    assert not asleep.woken(NOBODY, 0.05)


def test_it_goes_on_as_it_was_called(monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[list[str]] = []
    slept: list[str] = []
    monkeypatch.setattr(asleep, "woken", lambda address: slept.append(address))
    monkeypatch.setattr(os, "execv", lambda program, command: went.append([program, *command]))
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        monkeypatch.setenv("DATABASE_URL", NOBODY)
        asleep.main(["yichuang", "work", *LONG_ALONE])
        monkeypatch.delenv("DATABASE_URL")
        asleep.main(["x"])
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert went[0] == [sys.executable, sys.executable, "yichuang", "work", *LONG_ALONE]
    assert slept == [NOBODY, asleep.ADDRESS]


def test_who_sleeps_has_nothing_of_the_house_in_his_head() -> None:
    code = (
        "import sys, yichuang.effects.cli.asleep; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'django', 'procrastinate', 'click', 'config'}))"
    )
    for more, said in (("", "[]"), ("import django; ", "['django']")):
        done = subprocess.run(
            [sys.executable, "-c", more + code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == said


# The duty that calls.


def kind(*waiting: int) -> tuple[Long, ...]:
    return (Long("fake", lambda: [UUID(int=one) for one in waiting], lambda _id, *, at: at),)


@pytest.mark.django_db
def test_a_job_waits_until_it_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "close", lambda: None)
    assert waits(kind(1))
    assert not waits(kind())

    def fails(_id: UUID, /, *, at: datetime) -> None:
        raise OSError(at)

    failing = (Long("fake", lambda: [UUID(int=1)], fails),)
    assert sweep(at=make.AT, kinds=failing)
    assert not waits(failing), "it failed a moment ago"


@pytest.mark.django_db
def test_a_job_that_somebody_is_at_calls_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    job = long_work._Job(kind(1)[0], UUID(int=1))
    other = "select pg_advisory_lock(hashtext('other'), hashtext(%(key)s)), pg_advisory_lock(hashtextextended(%(key)s, 0))"
    try:
        sql.rows(other, {"key": job.key})
        assert waits(kind(1)), "locks of others are no sign"
        assert long_work._locked(job)
        assert (waits(kind(1)), waits(kind(1, 2))) == (False, True)
        with monkeypatch.context() as broken:
            # The broken variant: who sleeps is woken each time, finds the job taken and sleeps again.
            broken.setattr(long_work, "UNDER_WAY", "select 1 where %(keys)s::text[] is null")
            assert waits(kind(1))
        long_work._unlock(job)
        assert waits(kind(1)), "whoever was at it has gone"
    finally:
        sql.rows("select pg_advisory_unlock_all()")


@pytest.mark.parametrize("waiting", [True, False])
def test_the_duty_calls_where_something_waits(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch, waiting: bool
) -> None:
    monkeypatch.setattr(worker, "waits", lambda: waiting)
    with sleeping(committed["app"], 10.0 if waiting else 0.6) as found:
        worker._wake(make.AT)
    assert found == [waiting]
    assert "wake" in [duty.name for duty in worker.duties()]


# The worker that goes to sleep.


def swept(
    monkeypatch: pytest.MonkeyPatch,
    did: Callable[[], bool],
    sleep: Callable[[], object] | None,
    turns: int = 5,
) -> int:
    """How many turns the loop took, at most so many."""
    stop, taken = threading.Event(), 0

    def turn(*, at: datetime) -> bool:
        nonlocal taken
        taken += 1
        if taken >= turns:
            stop.set()
        return did()

    named: dict[str, Any] = {
        "sweep": turn, "worn": lambda: False, "IDLE_SECONDS": 0, "BREATH_SECONDS": 0, "now": lambda: make.AT,
        "close_old_connections": lambda: None,
    }  # fmt: skip
    for name, value in named.items():
        monkeypatch.setattr(worker, name, value)
    worker.sweep_for_ever(stop, lambda: None, sleep)
    return taken


def test_it_sleeps_when_nothing_has_waited_for_a_while_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[bool] = []
    monkeypatch.setattr(worker, "SLEEPY_SECONDS", 0.0)
    assert swept(monkeypatch, lambda: False, lambda: slept.append(True)) == 1
    assert slept == [True]
    monkeypatch.setattr(worker, "SLEEPY_SECONDS", 0.02)

    def busy() -> bool:
        time.sleep(0.005)
        return True

    # A job is never broken off for it: the time counts from its end.
    assert swept(monkeypatch, busy, lambda: slept.append(True), turns=10) == 10
    assert slept == [True]
    # Who was not told that he may never does.
    monkeypatch.setattr(worker, "SLEEPY_SECONDS", 0.0)
    assert swept(monkeypatch, lambda: False, None) == 5


@pytest.mark.parametrize(
    "given", [["--sleep"], ["--queues", "long", "--sleep"], ["--queues", "short", "--no-drain", "--sleep"]]
)
def test_a_worker_with_other_work_may_not_sleep(given: list[str]) -> None:
    said = CliRunner().invoke(worker.work, given)
    assert said.exit_code == 2
    assert "--queues long --no-drain" in said.output


def command_of(pid: int) -> str:
    return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()


def resident(pid: int) -> int:
    """Bytes of its own: not those of files that other processes map too."""
    found = [int(one) for one in (Path("/proc") / str(pid) / "statm").read_text().split()]
    return (found[1] - found[2]) * os.sysconf("SC_PAGE_SIZE")


def test_a_worker_sleeps_wakes_and_sleeps_again_under_one_process_id(committed: dict[str, str]) -> None:
    environment = {
        **os.environ, "DATABASE_URL": committed["app"], "DJANGO_SETTINGS_MODULE": "config.settings", "YICHUANG_TOOL": "1",
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", SLEEPY, *LONG_ALONE], cwd=ROOT, env=environment)

    def asleep_now() -> bool:
        return asleep.__name__ in command_of(process.pid)

    largest = 0

    def fell_asleep() -> bool:
        nonlocal largest
        largest = max(largest, resident(process.pid))
        return asleep_now()

    try:
        assert wait_until(fell_asleep, 60)
        with psycopg.connect(committed["app"], autocommit=True) as line:
            assert wait_until(lambda: line.execute(LISTENING).fetchone() == (1,), 10)
        small = resident(process.pid)
        assert small < largest / 2, (small, largest)
        call(committed["app"])
        assert wait_until(lambda: not asleep_now(), 30)
        assert wait_until(asleep_now, 60)
        assert process.poll() is None
        process.terminate()
        assert process.wait(timeout=10) == -signal.SIGTERM
    finally:
        process.kill()
        process.wait()
        close_old_connections()
