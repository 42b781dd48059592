"""Children: started again, given up, or killed with everything of theirs."""

import os
import signal
import sys
from pathlib import Path

import pytest

from config.launch import processes
from config.launch.say import Stop
from config.launch.supervise import QUICK_DEATHS, Child


def child(tmp_path: Path, code: str, patience: float = 10.0) -> Child:
    return Child("worker", "后台任务", [sys.executable, "-c", code], {}, tmp_path, tmp_path / "log", patience)


def test_a_child_that_keeps_failing_at_once_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.launch.supervise.time.sleep", lambda _seconds: None)
    one = child(tmp_path, "import sys; sys.exit('no such table: cases')")
    one.start("test")
    for _ in range(QUICK_DEATHS - 1):
        assert processes.wait_until(one.dead, 30)
        one.revive("test")
    assert processes.wait_until(one.dead, 30)
    with pytest.raises(Stop, match="no such table") as caught:
        one.revive("test")
    assert caught.value.code == 1


def test_a_child_that_is_killed_from_outside_is_never_given_up(tmp_path: Path) -> None:
    one = child(tmp_path, "import time; time.sleep(99)")
    one.start("test")
    for _ in range(QUICK_DEATHS + 3):
        [pid] = one.pids()
        os.kill(pid, signal.SIGKILL)
        assert processes.wait_until(one.dead, 30)
        one.revive("test")
    one.stop()
    assert one.pids() == []


def test_a_child_that_does_not_listen_is_killed_with_its_own_children(tmp_path: Path) -> None:
    code = (
        "import os,signal,time; signal.signal(15, signal.SIG_IGN); os.fork();"
        " open('ready%d' % os.getpid(), 'w').close(); time.sleep(99)"
    )
    one = child(tmp_path, code, patience=0.3)
    one.start("test")
    assert processes.wait_until(lambda: len(list(tmp_path.glob("ready*"))) == 2, 30)
    both = one.pids()
    assert len(both) == 2
    one.stop()
    assert processes.wait_until(lambda: not any(processes.alive(pid) for pid in both), 30)
