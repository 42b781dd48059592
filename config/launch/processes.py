"""Looking at processes through /proc: is it alive, whose child is it, did this checkout start it, end it.

A pid alone proves nothing (pids are used again, and a zombie still answers `kill(pid, 0)`), so every
question here is asked of the state or the environment of the process too.
"""

import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

MARK = "YICHUANG_LAUNCHED_FROM"
PROC = Path("/proc")
# How the C library of every process of ours keeps memory: few pools, and what is large goes back to the system when it is let go. By
# itself the library raises its idea of large with what it sees, and then keeps pages of a report for good.
MEMORY = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}


def pids() -> list[int]:
    """All process ids that the machine shows."""
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal()]


def stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the program's name; none where there is no such process."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    # The second field is the program's name in brackets and may itself hold brackets and spaces.
    return text.rpartition(")")[2].split()


def alive(pid: int) -> bool:
    """Whether the process exists and still runs: a zombie does not."""
    fields = stat(pid)
    return bool(fields) and fields[0] not in {"Z", "X"}


def children(pid: int) -> list[int]:
    """The live processes below this one, itself first, in order of pid."""
    parents = {one: int(fields[1]) for one in pids() if (fields := stat(one)) and fields[0] not in {"Z", "X"}}
    found = {pid} & parents.keys()
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found, key=lambda one: (one != pid, one))


def working_in(folder: Path) -> list[int]:
    """Live processes whose working directory is this folder (all of PostgreSQL's are in its data folder)."""
    return [pid for pid in pids() if _link(pid, "cwd") == str(folder) and alive(pid)]


def marked(value: str) -> list[int]:
    """Live processes that carry our mark with this value in their environment, ourselves left out."""
    wanted = f"{MARK}={value}".encode()
    return [pid for pid in pids() if pid != os.getpid() and wanted in _environment(pid) and alive(pid)]


def _link(pid: int, name: str) -> str:
    try:
        return str((PROC / str(pid) / name).readlink())
    except OSError:
        return ""


def _environment(pid: int) -> list[bytes]:
    try:
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def wait_until(done: Callable[[], bool], seconds: float, *, every: float = 0.05) -> bool:
    """Wait for a condition; False when the time ran out first."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() >= end:
            return False
        time.sleep(every)
    return True


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that is gone already is no error."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def end(victims: Iterable[int], *, patience: float) -> None:
    """Ask processes to end (SIGTERM), and kill those that have not after `patience` seconds."""
    rest = [pid for pid in victims if alive(pid)]
    for pid in rest:
        send(pid, signal.SIGTERM)
    wait_until(lambda: not any(alive(pid) for pid in rest), patience)
    for pid in rest:
        if alive(pid):
            send(pid, signal.SIGKILL)
    wait_until(lambda: not any(alive(pid) for pid in rest), 5)
