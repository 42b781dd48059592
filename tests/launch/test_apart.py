"""Work in a child process: what it gives, what it raises, and that nothing of it stays."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from config.launch.apart import Broken, apart
from config.launch.processes import alive, wait_until
from config.launch.say import Stop

from .conftest import Site

# What the launcher has no use for while it watches: the driver of the database, and what HTTP brings with it.
HEAVY = ("psycopg", "libpq", "_ssl", "_asyncio")


def test_the_answer_comes_back_and_the_child_is_gone() -> None:
    here = os.getpid()
    pid, found = apart(lambda: (os.getpid(), {"一": [1, None]}))
    assert found == {"一": [1, None]}
    assert pid != here
    assert not alive(pid)


def test_what_is_longer_than_a_pipe_holds_comes_whole() -> None:
    assert apart(lambda: b"x" * 2_000_000) == b"x" * 2_000_000


def test_what_is_changed_there_is_not_changed_here() -> None:
    changed: list[int] = []
    assert apart(lambda: changed.append(1)) is None
    assert changed == []


def test_a_stop_is_raised_as_it_was() -> None:
    def work() -> None:
        raise Stop("停下。", "Stop.", code=7)

    with pytest.raises(Stop) as raised:
        apart(work)
    assert (raised.value.chinese, raised.value.english, raised.value.code) == ("停下。", "Stop.", 7)


def test_anything_else_is_told_with_its_trace() -> None:
    with pytest.raises(Broken, match="ZeroDivisionError"):
        apart(lambda: 1 // 0)
    with pytest.raises(Broken, match="pickle"):
        apart(lambda: threading.Lock())


def kill_ourselves() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_child_that_is_killed_is_told() -> None:
    with pytest.raises(Broken, match="status -9"):
        apart(kill_ourselves)


def test_whoever_is_told_to_stop_meanwhile_leaves_no_child(tmp_path: Path) -> None:
    said = tmp_path / "pid"

    class Told(BaseException):
        pass

    def tell(*_: object) -> None:
        raise Told

    before = signal.signal(signal.SIGTERM, tell)

    def stop_us() -> None:
        assert wait_until(lambda: said.exists() and said.read_text() != "", 10)
        os.kill(os.getpid(), signal.SIGTERM)

    def work() -> None:
        said.write_text(str(os.getpid()))
        time.sleep(30)

    teller = threading.Thread(target=stop_us)
    teller.start()
    try:
        with pytest.raises(Told):
            apart(work)
    finally:
        signal.signal(signal.SIGTERM, before)
        teller.join()
    assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert not alive(int(said.read_text()))


def test_a_child_that_is_told_to_stop_begins_no_stop_of_its_parent(tmp_path: Path) -> None:
    said = tmp_path / "said"

    def work() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(30)

    before = signal.signal(signal.SIGTERM, lambda *_: said.touch())
    try:
        with pytest.raises(Broken, match="status -15"):
            apart(work)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not said.exists()


def test_a_launcher_that_watches_holds_no_driver_of_the_database(site: Site) -> None:
    launcher = site.launch()
    site.ready(launcher)

    def heavy(pid: int) -> list[str]:
        maps = Path(f"/proc/{pid}/maps").read_text()
        return [name for name in HEAVY if name in maps]

    assert heavy(launcher.pid) == []
    assert "psycopg" in heavy(os.getpid()), "else this test shows nothing"
    # Nor after the database has died and was started again.
    run = site.run()
    assert run is not None
    os.kill(run["processes"]["database"][0], signal.SIGKILL)
    assert wait_until(
        lambda: (site.run() or run)["processes"]["database"] not in ([], run["processes"]["database"]), 30
    )
    assert heavy(launcher.pid) == []
