"""`postmaster.pid`, the file by which PostgreSQL says who works in a data folder.

PostgreSQL believes its pid too readily: a zombie (as in a container whose first process does not collect
them) or a reused pid would keep a sound server from starting. Here it counts only if that process works in
the folder.
"""

import signal
from contextlib import suppress
from pathlib import Path

from config.launch.processes import alive, send, wait_until, working_in

NAME = "postmaster.pid"
PORT_LINE = 3
STATUS_LINE = 7


def server_pid(data: Path) -> int | None:
    """The live server of this data folder; None where there is none."""
    lines = _lines(data)
    if not lines or not lines[0].strip().isdecimal():
        return None
    pid = int(lines[0])
    return pid if alive(pid) and pid in working_in(data) else None


def server_port(data: Path) -> int | None:
    """The port that the server of this folder listens on, as it wrote it down itself."""
    lines = _lines(data)
    if len(lines) <= PORT_LINE or not lines[PORT_LINE].strip().isdecimal():
        return None
    return int(lines[PORT_LINE])


def stopping_pid(data: Path) -> int | None:
    """The live server of this data folder if it says that it is stopping."""
    lines = _lines(data)
    if len(lines) <= STATUS_LINE or lines[STATUS_LINE].strip() != "stopping":
        return None
    return server_pid(data)


def clear_stale(data: Path) -> None:
    """Make way after a `kill -9` of the server.

    Its children end by themselves when they notice. Two servers on one folder would destroy it, so the file
    goes only when nothing works in the folder any more.
    """
    if not wait_until(lambda: not working_in(data), 10):
        for pid in working_in(data):
            send(pid, signal.SIGKILL)
        wait_until(lambda: not working_in(data), 5)
    if not working_in(data):
        (data / NAME).unlink(missing_ok=True)


def _lines(data: Path) -> list[str]:
    with suppress(OSError):
        return (data / NAME).read_text().splitlines()
    return []
