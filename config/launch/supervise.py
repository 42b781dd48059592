"""Keeping the web server and the worker alive: each a child in a process group of its own.

A child that dies is started again; one that keeps dying at once is given up, because a loop of starts would
hide the fault and fill the log.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.launch.machine import open_log, tail
from config.launch.processes import MARK, children, send
from config.launch.say import Stop, warn

QUICK_SECONDS = 5.0
QUICK_DEATHS = 5
KILLED = (-signal.SIGKILL, -signal.SIGTERM)


@dataclass
class Child:
    """One long-running child: how it is called, and what became of it."""

    kind: str
    chinese: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    patience: float = 10.0
    process: subprocess.Popen[bytes] | None = None
    born: float = 0.0
    quick: int = 0

    def start(self, mark: str) -> None:
        """Start it in a session of its own, marked as ours so that a later launcher recognises it."""
        log = open_log(self.log)
        try:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**os.environ, **self.environment, MARK: mark, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            os.close(log)
        self.born = time.monotonic()

    def pids(self) -> list[int]:
        """Itself and what it started, as far as they live."""
        return [] if self.process is None else children(self.process.pid)

    def dead(self) -> bool:
        """Whether it was started and has ended."""
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """Ask it to end, wait, and leave nothing of its group behind."""
        if self.process is None:
            return
        send(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=self.patience)
        except subprocess.TimeoutExpired:
            warn(f"{self.chinese}没有按时停止，强制结束", f"The {self.kind} did not stop in time")
        self.clear()

    def clear(self) -> None:
        """Kill what is left of its group: a server's own children outlive a `kill -9` of their parent."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def revive(self, mark: str) -> None:
        """Start it again after it died. Errors: Stop where it has died at once too many times in a row."""
        code = self.process.returncode if self.process is not None else 0
        quick = time.monotonic() - self.born < QUICK_SECONDS
        # Killed from outside is not the fault of the child, however often it happens.
        if not quick or code in KILLED:
            self.quick = 0
        else:
            self.quick += 1
        self.clear()
        if self.quick >= QUICK_DEATHS:
            raise Stop(
                f"{self.chinese}连续 {self.quick} 次一启动就退出；详见 {self.log}。\n{tail(self.log)}",
                f"The {self.kind} ended {self.quick} times in a row right after its start; see {self.log}.",
                code=1,
            )
        how = f"信号 {-code}" if code < 0 else f"退出码 {code}"
        warn(
            f"{self.chinese}意外退出（{how}），正在重新启动",
            f"{self.kind} ended; restarting",
        )
        if self.quick:
            time.sleep(0.2 * 2**self.quick)
        self.start(mark)
