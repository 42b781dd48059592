"""Long jobs: one at a time, never the same in two workers, taken over when a worker is killed, laid aside at last."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
import pytest
from django.db import connection, connections

from yichuang.cases.tests import factories as make
from yichuang.effects import long_work
from yichuang.effects.cli import queues, worker
from yichuang.effects.long_work import LONG, MOST_DEATHS, MOST_STUMBLES, Long, sweep
from yichuang.effects.models import LongJob
from yichuang.kernel import sql

FIRST, SECOND = UUID(int=1), UUID(int=2)
# Of anybody in this database; a lock of another one is no sign.
HELD_LOCKS = """
select classid, objid from pg_locks
where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
"""
ROOT = Path(__file__).resolve().parents[3]


class Room:
    """A room that stands in for one with long jobs: what waits, what was run, what was given up."""

    def __init__(self, *waiting: UUID, run: Callable[[UUID], None] = lambda _job: None) -> None:
        self.waiting = list(waiting)
        self.ran: list[UUID] = []
        self.given_up: list[tuple[UUID, str]] = []
        self._run = run

    def run(self, job_id: UUID, /, *, at: datetime) -> None:
        self.ran.append(job_id)
        self._run(job_id)
        self.waiting.remove(job_id)

    def lay_aside(self, job_id: UUID, /, *, why: str, at: datetime) -> None:
        self.given_up.append((job_id, why))
        self.waiting.remove(job_id)

    def kind(self, name: str = "fake") -> Long:
        return Long(name, lambda: list(self.waiting), self.run, self.lay_aside)


@pytest.fixture
def no_locks(db: None) -> Iterator[None]:
    """The worker's connection holds nothing of other tests' when the test begins, and nothing of ours when it has ended."""
    sql.rows("select pg_advisory_unlock_all()")
    yield
    sql.rows("select pg_advisory_unlock_all()")


def fails(_job: UUID) -> None:
    raise OSError("磁盘已满")


def let_all_try_again() -> None:
    sql.execute("update effects_longjob set not_before = now()")


@pytest.mark.django_db
def test_one_job_a_turn_and_nothing_is_left_of_what_ended_well(no_locks: None) -> None:
    held: list[int] = []
    room = Room(FIRST, SECOND, run=lambda _job: held.append(len(sql.rows(HELD_LOCKS))))
    kinds = (room.kind(),)
    assert [sweep(at=make.AT, kinds=kinds) for _ in range(3)] == [True, True, False]
    assert room.ran == [FIRST, SECOND]
    assert held == [1, 1], "each at its own time"
    assert not LongJob.objects.exists()
    assert sql.rows(HELD_LOCKS) == []


@pytest.mark.django_db
def test_a_lock_that_is_left_behind_is_seen(no_locks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: nobody lets go; what failed leaves as little as what ended well."""
    room = Room(FIRST, SECOND, run=fails)
    monkeypatch.setattr(connections["default"], "close", lambda: None)
    assert sweep(at=make.AT, kinds=(room.kind(),))
    assert sql.rows(HELD_LOCKS) == []
    monkeypatch.setattr(long_work, "_unlock", lambda _job: None)
    assert sweep(at=make.AT, kinds=(room.kind(),))
    assert len(sql.rows(HELD_LOCKS)) == 1


@pytest.mark.django_db
def test_a_kind_that_cannot_be_asked_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "close", lambda: None)
    room = Room(FIRST)

    def unanswered() -> list[UUID]:
        raise OSError

    assert sweep(at=make.AT, kinds=(replace(room.kind("bad"), find_waiting=unanswered), room.kind()))
    assert room.ran == [FIRST]


def test_trouble_is_kept_waited_out_and_at_last_the_job_is_laid_aside(committed: dict[str, str]) -> None:
    room, well = Room(FIRST, run=fails), Room()
    kinds = (room.kind(), well.kind("well"))
    assert sweep(at=make.AT, kinds=kinds)
    kept = LongJob.objects.get()
    assert (kept.key, kept.stumbled, kept.trouble) == (f"fake:{FIRST}", 1, "OSError: 磁盘已满")
    assert not sweep(at=make.AT, kinds=kinds), "it waits before it is tried again"
    for _ in range(MOST_STUMBLES - 1):
        assert room.given_up == []
        let_all_try_again()
        assert sweep(at=make.AT, kinds=kinds)
    assert room.given_up == [(FIRST, "OSError: 磁盘已满")]
    assert not LongJob.objects.exists(), "its room knows now; put back by hand it is tried afresh"


def test_a_job_that_kills_its_worker_comes_last_and_is_laid_aside(committed: dict[str, str]) -> None:
    killer, room = Room(FIRST), Room(SECOND)
    LongJob.objects.create(key=f"killer:{FIRST}", begun=3, not_before=make.AT)
    assert sweep(at=make.AT, kinds=(killer.kind("killer"), room.kind()))
    assert (killer.ran, room.ran) == ([], [SECOND])
    LongJob.objects.update(begun=MOST_DEATHS)
    assert sweep(at=make.AT, kinds=(killer.kind("killer"),))
    assert killer.ran == []
    assert killer.given_up == [(FIRST, f"处理程序在处理中被终止 {MOST_DEATHS + 1} 次")]


def two_at_once(kinds: Callable[[Room], tuple[Long, ...]]) -> list[UUID]:
    """What runs when a second worker sweeps while the first is in the middle of the job."""
    inside, go_on = threading.Event(), threading.Event()

    def run(_job: UUID) -> None:
        if not inside.is_set():
            inside.set()
            go_on.wait(60)

    room = Room(FIRST, run=run)

    def first() -> None:
        try:
            sweep(at=make.AT, kinds=kinds(room))
        finally:
            connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(60)
    room.waiting.append(FIRST)
    # However long the second takes, the first is in the middle until it has looked.
    try:
        sweep(at=make.AT, kinds=kinds(room))
    finally:
        go_on.set()
        thread.join(60)
    return room.ran


def test_two_workers_never_run_the_same_job(committed: dict[str, str]) -> None:
    assert two_at_once(lambda room: (room.kind(),)) == [FIRST]


def test_without_the_lock_they_would(committed: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_work, "TRY_LOCK", "select true or %(key)s = ''")
    assert two_at_once(lambda room: (room.kind(),)) == [FIRST, FIRST]


KILLED = """
import os, sys, time, django
django.setup()
from uuid import UUID
from yichuang.effects.long_work import Long, sweep
from yichuang.workdays.queries import now
def run(job_id, /, *, at):
    print("begun", flush=True)
    time.sleep(60)
sweep(at=now(), kinds=(Long("fake", lambda: [UUID(int=1)], run),))
"""


def test_a_killed_workers_job_goes_on_in_another(committed: dict[str, str]) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": committed["app"],
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    worker_process = subprocess.Popen(
        [sys.executable, "-c", KILLED], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**environment, "YICHUANG_TOOL": "1"},
    )  # fmt: skip
    room = Room(FIRST)
    with worker_process:
        assert worker_process.stdout is not None
        assert worker_process.stdout.readline() == "begun\n"
        assert not sweep(at=make.AT, kinds=(room.kind(),)), "somebody is at it"
        worker_process.kill()
    for _ in range(1000):
        if sweep(at=make.AT, kinds=(room.kind(),)):
            break
        connection.ensure_connection()
        threading.Event().wait(0.05)
    assert room.ran == [FIRST]
    assert not LongJob.objects.exists()


def test_the_loop_ends_when_told_and_when_worn(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, worn = threading.Event(), []
    turns: Iterator[bool | OSError] = iter([False, OSError(), True])

    def turn(*, at: datetime) -> bool:
        said = next(turns)
        if not isinstance(said, bool):
            raise said
        return said

    for name, value in {
        "sweep": turn,
        "worn": lambda: True,
        "IDLE_SECONDS": 0,
        "PAUSE_AFTER_TROUBLE": 0,
    }.items():
        monkeypatch.setattr(worker, name, value)
    monkeypatch.setattr(worker, "now", lambda: make.AT)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    monkeypatch.setattr(worker, "connection", type("Open", (), {"close": lambda _: None})())
    worker.sweep_for_ever(stop, lambda: worn.append(True))
    assert worn == [True]
    assert long_work.worn(limit=1)
    assert not long_work.worn(limit=1 << 50)


def test_queues_mean_what_they_say() -> None:
    assert queues.queues("") == (None, True)
    assert queues.chosen(None) == {}, "an empty list of queues would mean none"
    assert queues.chosen(["long"]) == {"queues": ["long"]}
    short, sweeps = queues.queues("short")
    assert short is not None
    assert {"messages", "files"} <= set(short)
    assert "long" not in short
    assert not sweeps
    assert queues.queues("long") == (["long"], True)
    both, sweeps = queues.queues("short, long")
    assert (both, sweeps) == (sorted([*short, "long"]), True)
    with pytest.raises(click.BadParameter, match="没有队列 mesages"):
        queues.queues("mesages")


def test_kinds_have_names_of_their_own() -> None:
    assert len({kind.name for kind in LONG}) == len(LONG)
