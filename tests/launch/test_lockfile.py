"""PostgreSQL's lock file: believed only when the process it names really works in the folder."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.launch.lockfile import clear_stale, server_pid, server_port
from config.launch.processes import alive, wait_until, working_in


@contextmanager
def worker(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that works in the folder, as every process of PostgreSQL does."""
    process = subprocess.Popen(["sleep", "99"], cwd=folder)
    try:
        assert wait_until(lambda: process.pid in working_in(folder), 30)
        yield process
    finally:
        process.kill()
        process.wait()


def write(folder: Path, pid: object, *more: object) -> Path:
    lock = folder / "postmaster.pid"
    lock.write_text("\n".join(str(line) for line in (pid, *more)) + "\n")
    return lock


def test_a_live_process_in_the_folder_is_the_server(tmp_path: Path) -> None:
    with worker(tmp_path) as process:
        write(tmp_path, process.pid, tmp_path, 1650000000, 5444, "", "127.0.0.1", "", "ready")
        assert server_pid(tmp_path) == process.pid
        assert server_port(tmp_path) == 5444


def test_a_live_process_elsewhere_is_not(tmp_path: Path) -> None:
    write(tmp_path, os.getpid(), tmp_path)
    assert server_pid(tmp_path) is None


def test_a_dead_or_zombie_process_is_not(tmp_path: Path) -> None:
    process = subprocess.Popen(["true"], cwd=tmp_path)
    assert wait_until(lambda: not alive(process.pid), 30)
    write(tmp_path, process.pid)
    assert server_pid(tmp_path) is None
    process.wait()
    assert server_pid(tmp_path) is None


@pytest.mark.parametrize("content", ["", "\n", "nonsense", "-12\n", "12 34\n", "\x00\x00"])
def test_a_damaged_file_names_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / "postmaster.pid").write_text(content)
    assert server_pid(tmp_path) is None
    assert server_port(tmp_path) is None


def test_no_file_and_no_folder_name_nobody(tmp_path: Path) -> None:
    assert server_pid(tmp_path) is None
    assert server_pid(tmp_path / "none") is None
    assert server_port(tmp_path / "none") is None


def test_a_stale_file_goes_when_nobody_works_there(tmp_path: Path) -> None:
    lock = write(tmp_path, 2**22 + 5)
    clear_stale(tmp_path)
    assert not lock.exists()
    clear_stale(tmp_path)


def test_left_over_children_of_a_killed_server_are_waited_for(tmp_path: Path) -> None:
    lock = write(tmp_path, 2**22 + 5)
    with worker(tmp_path) as left:
        os.kill(left.pid, signal.SIGTERM)
        clear_stale(tmp_path)
        assert not alive(left.pid)
        assert not lock.exists()


def test_left_over_children_that_hang_are_ended_before_the_file_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience: list[float] = []

    def impatient(done: object, seconds: float) -> bool:
        assert callable(done)
        patience.append(seconds)
        return wait_until(done, min(seconds, 1.0))

    monkeypatch.setattr("config.launch.lockfile.wait_until", impatient)
    lock = write(tmp_path, 2**22 + 5)
    with worker(tmp_path) as hanging:
        clear_stale(tmp_path)
        assert not alive(hanging.pid)
    assert not lock.exists()
    assert patience[0] == 10, "backends of a killed server get time to notice and to end by themselves"
