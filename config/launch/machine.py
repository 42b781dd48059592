"""What the machine has to give: locks, ports, room on the disk, the program's own log tail."""

import errno
import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from config.launch.say import Stop, say

LOG_LIMIT_BYTES = 10 * 1024 * 1024


@contextmanager
def only_one(lock: Path, waiting: tuple[str, str] | None) -> Iterator[bool]:
    """Hold a file lock; the kernel lets go of it however the process ends.

    `waiting` is said (Chinese, English) before waiting for another holder; None: do not wait, give False.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting is None:
                yield False
                return
            say(*waiting)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield True


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now. Errors: Stop for a port that we may never use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Stop(
                f"没有权限使用端口 {port}，请换一个大于 1023 的端口，例如 make run PORT=8080。",
                f"Port {port} needs privileges; choose one above 1023, e.g. make run PORT=8080.",
            ) from None
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def free_port(preferred: int | None = None) -> int:
    """The preferred port where it is free, else one the system gives."""
    if preferred is not None and port_is_free(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def valid_port(port: int) -> int:
    """The port. Errors: Stop where it is none."""
    if not 0 < port < 65536:
        raise Stop(f"{port} 不是端口号（1–65535）。", f"{port} is not a port number (1-65535).")
    return port


def need_port(port: int) -> None:
    """Stop with a sentence where the port is taken."""
    if not port_is_free(valid_port(port)):
        raise Stop(
            f"端口 {port} 已被其他程序占用，请换一个，例如 make run PORT={port % 65535 + 1}。",
            f"Port {port} is taken by another program; choose another with make run PORT=….",
        )


def answers(port: int) -> bool:
    """Whether anybody listens on a port of this machine: asked before what is slower to ask."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def disk_full(where: Path) -> Stop:
    """The sentence for a full disk."""
    return Stop(
        f"磁盘空间不足：{where} 所在的磁盘已满或将满，请腾出空间后重试。",
        f"Disk full: no room left where {where} stands; free some space and try again.",
    )


def need_room(folder: Path, megabytes: int) -> None:
    """Stop where the disk of the (perhaps not yet made) folder has less room than this."""
    while not folder.exists():
        folder = folder.parent
    if shutil.disk_usage(folder).free < megabytes * 1024 * 1024:
        raise disk_full(folder)


def says_full(text: str) -> bool:
    """Whether a program's output complains about a full disk."""
    return os.strerror(errno.ENOSPC) in text or "ENOSPC" in text or os.strerror(errno.EDQUOT) in text


def open_log(path: Path) -> int:
    """Open a log for appending and give its descriptor; one that grew too large moves aside once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        if path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".old.log"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def tail(path: Path, lines: int = 8) -> str:
    """The last lines of a log, for a message; empty where there is none."""
    try:
        with path.open("rb") as handle:
            handle.seek(max(0, path.stat().st_size - 16384))
            text = handle.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def write_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file so that a reader sees the old or the new text, never half of it; never a wider mode."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(handle, "w") as stream:
            os.fchmod(stream.fileno(), mode)
            if os.geteuid() == 0 and path.exists():
                # A start by root must not lock the ordinary user out who made the file.
                os.fchown(stream.fileno(), path.stat().st_uid, path.stat().st_gid)
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
