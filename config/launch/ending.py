"""Waiting for a database server that was told to stop: before it ends it writes what it holds in memory, its last checkpoint.

On a big database and a slow disk that takes minutes. A server that is ended by force meanwhile has lost nothing, but reads its log
for as many minutes at its next start. So it has all the time that it is seen to need, and whoever waits is told what for.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from config.launch import processes
from config.launch.say import warn

# How PostgreSQL names the process that writes checkpoints; it stays to the very end.
WRITER = b"postgres: checkpointer"
LOOK_SECONDS = 0.05
# An ordinary end takes no second: only whoever waits longer is told.
FIRST_WORD_SECONDS, NEXT_WORD_SECONDS = 5.0, 30.0
# Fields of /proc/PID/stat behind the name: what it does, time in the processor by itself and in the kernel.
STATE, OWN_TIME, KERNEL_TIME = 0, 11, 12
WAITS_FOR_DISK = "D"


@dataclass
class Writer:
    """The checkpoints' writer of a server, looked at again and again."""

    server: int
    _pid: int | None = field(default=None, init=False)
    _used: tuple[str, ...] | None = field(default=None, init=False)

    def at_work(self) -> bool:
        """Whether it has worked since the last look, or waits for the disk at this moment; False where there is none."""
        found = self._stat()
        if not found:
            return False
        used, self._used = self._used, (found[OWN_TIME], found[KERNEL_TIME])
        return found[STATE] == WAITS_FOR_DISK or used not in (None, self._used)

    def _stat(self) -> list[str]:
        if self._pid is None or not processes.alive(self._pid):
            self._pid, self._used = _writer(self.server), None
        return [] if self._pid is None else processes.stat(self._pid)


def outlast(done: Callable[[], bool], server: Callable[[], int | None], patience: float) -> bool:
    """Wait until `done`; False when `patience` seconds have passed since the server's writer was last seen at work.

    `server`: the process that is stopping, None where none is (yet). After some seconds of writing it is said what is waited for.
    """
    began = seen = time.monotonic()
    word, writer = began + FIRST_WORD_SECONDS, None
    while not done():
        pid, now = server(), time.monotonic()
        if pid is None:
            writer = None
        elif writer is None or writer.server != pid:
            writer = Writer(pid)
        if writer is not None and writer.at_work():
            seen = now
            if now >= word:
                word = now + NEXT_WORD_SECONDS
                _tell(now - began)
        if now - seen >= patience:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _tell(seconds: float) -> None:
    warn(
        f"等待数据库写完检查点（已 {seconds:.0f} 秒），请不要强行结束：否则下次启动要用同样长的时间恢复",
        f"The database writes its checkpoint ({seconds:.0f} s so far); ended by force it would recover as long at the next start",
    )


def _writer(server: int) -> int | None:
    return next((pid for pid in processes.children(server) if _title(pid).startswith(WRITER)), None)


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
