"""Processes: alive or not, whose, ours; ended for certain."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from config.launch import processes


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process with a child of its own; both are gone after the test."""
    process = subprocess.Popen(["sh", "-c", "sleep 100 & wait"], start_new_session=True)
    yield process
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_zombie_is_not_alive() -> None:
    process = subprocess.Popen(["true"])
    assert processes.wait_until(lambda: not processes.alive(process.pid), 30)
    os.kill(process.pid, 0)
    process.wait()
    assert not processes.alive(process.pid)
    assert processes.alive(os.getpid())


def test_children_are_found_below_a_process(sleeper: subprocess.Popen[bytes]) -> None:
    assert processes.wait_until(lambda: len(processes.children(sleeper.pid)) == 2, 30)
    assert processes.children(sleeper.pid)[0] == sleeper.pid
    assert sleeper.pid in processes.children(os.getpid())


def test_our_mark_is_found_whoever_the_parent_is() -> None:
    value = f"/nowhere/{os.getpid()}"
    process = subprocess.Popen(
        ["sh", "-c", "sleep 100 & echo $!"], env={**os.environ, processes.MARK: value}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    orphan = int(process.stdout.readline())
    process.stdout.close()
    process.wait()

    assert processes.marked(value) == [orphan]
    assert processes.marked(value + "-of-another-checkout") == []
    processes.end([orphan], patience=5)
    assert not processes.alive(orphan)


def test_end_kills_what_does_not_listen() -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal,time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(99)",
        ],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    processes.end([process.pid], patience=0.2)
    assert process.wait(5) == -signal.SIGKILL
    process.stdout.close()
