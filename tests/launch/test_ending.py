"""A server that writes its last checkpoint has the time that it needs, aloud; one that does nothing is given up as before."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain, repeat

import psycopg
import pytest

from config.launch import ending, postgres, processes, stopping
from config.launch.ending import FIRST_WORD_SECONDS, NEXT_WORD_SECONDS, Writer, outlast
from config.launch.lockfile import stopping_pid
from config.launch.machine import only_one
from config.launch.places import Places, make_folder
from config.launch.postgres import STOP_SECONDS, Cluster
from config.launch.processes import alive
from config.launch.say import Stop

SERVER, WRITER = 4711, 4712
LOOK = 1.0


class Machine:
    """A clock that passes only in sleep, and a checkpoints' writer of whom each look tells the same as /proc would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, looks: Iterator[tuple[str, int]]) -> None:
        self.now = 100.0
        self._looks, self.title = looks, ending.WRITER + b" performing shutdown checkpoint\0"
        monkeypatch.setattr(ending, "time", self)
        monkeypatch.setattr(ending, "_title", lambda pid: self.title if pid == WRITER else b"postgres\0")
        monkeypatch.setattr(processes, "children", lambda pid: [pid, WRITER])
        monkeypatch.setattr(processes, "alive", lambda _: True)
        monkeypatch.setattr(processes, "stat", self.stat)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, _: float) -> None:
        self.now += LOOK

    def stat(self, _: int) -> list[str]:
        state, ticks = next(self._looks)
        return [state, *["0"] * 10, str(ticks // 2), str(ticks - ticks // 2)]

    def outlasts(self, seconds: float, *, patience: float = STOP_SECONDS) -> bool:
        """Whether a server that needs so long is waited for to its end."""
        end = self.now + seconds
        return outlast(lambda: self.now >= end, lambda: SERVER, patience)


def idle() -> Iterator[tuple[str, int]]:
    return repeat(("S", 9))


def busy() -> Iterator[tuple[str, int]]:
    return (("S", 9 + look) for look in range(100_000))


def waiting() -> Iterator[tuple[str, int]]:
    return repeat(("D", 9))


def now_and_then() -> Iterator[tuple[str, int]]:
    """A tick of work at a time, always just before patience is over."""
    return (("S", look // int(STOP_SECONDS - 2)) for look in range(100_000))


@pytest.mark.parametrize("looks", [busy, waiting, now_and_then])
def test_a_server_at_its_checkpoint_has_all_the_time_that_it_needs(
    looks: Callable[[], Iterator[tuple[str, int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Machine(monkeypatch, looks()).outlasts(40 * STOP_SECONDS)


def test_one_that_does_nothing_is_given_up_as_soon_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, idle())
    assert not machine.outlasts(2 * STOP_SECONDS)
    assert machine.now == 100 + STOP_SECONDS
    assert machine.outlasts(STOP_SECONDS - 1), "it ended in time"


def test_one_that_falls_idle_on_the_way_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    worked = int(5 * STOP_SECONDS)
    machine = Machine(monkeypatch, chain((("D", look) for look in range(worked)), repeat(("S", worked))))
    assert not machine.outlasts(40 * STOP_SECONDS)
    assert STOP_SECONDS * 6 - 2 <= machine.now - 100 <= STOP_SECONDS * 6 + 2


def test_the_work_of_others_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that heeds no signal keeps a server from its checkpoint, and would do so for ever."""
    machine = Machine(monkeypatch, busy())
    machine.title = b"postgres: yichuang_app yichuang 127.0.0.1(5432) SELECT\0"
    assert not machine.outlasts(2 * STOP_SECONDS)


def test_no_server_is_none_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, busy())
    assert not outlast(lambda: False, lambda: None, 5.0)
    assert machine.now == 105


def test_whoever_waits_is_told_what_for_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Machine(monkeypatch, busy()).outlasts(FIRST_WORD_SECONDS - 1)
    assert capsys.readouterr() == ("", ""), "an ordinary end needs no words"
    assert Machine(monkeypatch, busy()).outlasts(FIRST_WORD_SECONDS + 3 * NEXT_WORD_SECONDS + 1)
    out, err = capsys.readouterr()
    assert out == "", "what is printed for machines stays whole"
    said = [line for line in err.splitlines() if "等待数据库写完检查点" in line]
    assert [int(line.partition("已 ")[2].partition(" 秒")[0]) for line in said] == [5, 35, 65, 95]
    assert "ended by force it would recover" in err
    assert not Machine(monkeypatch, idle()).outlasts(STOP_SECONDS * 2)
    assert capsys.readouterr() == ("", ""), "nobody is told of a checkpoint where none is written"


# On a real server.


def test_a_real_server_has_a_writer_whose_work_is_seen(cluster: Cluster) -> None:
    cluster.start()
    pid = cluster.pid()
    assert pid is not None
    writer, seen = Writer(pid), False
    writer.at_work()
    with psycopg.connect(cluster.urls()["admin"], autocommit=True) as admin:
        admin.execute(
            "create table much as select n, repeat('x', 200) as words from generate_series(1, 20000) n"
        )
        for _ in range(100):
            admin.execute("update much set n = n + 1 where n % 4 = 0")
            admin.execute("checkpoint")
            if seen := writer.at_work():
                break
    assert seen
    assert cluster.stopping() is None
    cluster.stop()
    assert not writer.at_work(), "nobody is left"


@pytest.mark.parametrize(("works", "patience", "orderly"), [(True, 0.001, True), (False, 0.0, False)])
def test_a_server_that_works_is_not_ended_by_force(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, *, works: bool, patience: float, orderly: bool
) -> None:
    """Beside the broken variant that waits by the clock alone: that server recovers at its next start."""
    monkeypatch.setattr(postgres, "STOP_SECONDS", patience)
    monkeypatch.setattr(Writer, "at_work", lambda _: works)
    cluster.start()
    with psycopg.connect(cluster.urls()["owner"]) as connection:
        # The server of a test does not wait for the disk by itself: what is to be lost nowhere must be there first.
        connection.execute("set synchronous_commit = on")
        connection.execute("create table kept as select 7 as seven")
    cluster.stop()
    assert ("received immediate shutdown request" in cluster.log.read_text()) is not orderly
    cluster.start()
    assert ("was not properly shut down" in cluster.log.read_text()) is not orderly
    with psycopg.connect(cluster.urls()["owner"]) as connection:
        assert connection.execute("select seven from kept").fetchone() == (7,), "lost is nothing either way"


def test_stopping_from_another_terminal_waits_for_the_checkpoint_too(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The launcher holds its lock until its server has ended; for as long as that writes, `make stop` does not say that it failed."""
    make_folder(places.var)
    looks: list[int] = []
    monkeypatch.setattr(ending, "FIRST_WORD_SECONDS", 0.0)
    monkeypatch.setattr(Cluster, "stopping", lambda _: SERVER)
    with ExitStack() as launcher:
        launcher.enter_context(only_one(places.var / "launch.lock", None))

        def at_work(_: Writer) -> bool:
            looks.append(1)
            if len(looks) == 30:
                launcher.close()
            return True

        monkeypatch.setattr(Writer, "at_work", at_work)
        assert stopping.stop(places) == 0
    assert len(looks) >= 30
    assert "等待数据库写完检查点" in capsys.readouterr().err
    # The broken variant: nobody looks at the server.
    monkeypatch.setattr(Writer, "at_work", lambda _: False)
    with only_one(places.var / "launch.lock", None), pytest.raises(Stop, match="还没有停下"):
        stopping.stop(places)


def test_only_a_server_that_says_so_is_stopping(cluster: Cluster) -> None:
    cluster.start()
    pid, data = cluster.pid(), cluster.home / "postgres"
    lock = data / "postmaster.pid"
    told = lock.read_text()
    assert "ready" in told.splitlines()[7]
    assert stopping_pid(data) is None
    lock.write_text(told.replace("ready   ", "stopping"))
    assert stopping_pid(data) == cluster.stopping() == pid
    lock.write_text(told)
    cluster.stop()
    assert pid is not None
    assert not alive(pid)
    assert stopping_pid(data) is None
