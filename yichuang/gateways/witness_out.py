"""Where heads of the journal go when they leave the house: a folder that an auditor owns, or an address of theirs.

The folder gets one file a day, one line of JSON a head, only ever appended to and on the disk before it counts as
told. A head may stand there twice (the service was stopped between the disk and its own note): the two lines are equal.
"""

import fcntl
import json
import os
import stat
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from yichuang.kernel.errors import Conflict, Unavailable

MODE = 0o640
FOLDER_MODE = 0o750
TIMEOUT_SECONDS = 5.0
_TAIL = 16 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """A head as text: the day it belongs to, its number, its hash, and the line of JSON that says all of it."""

    day: date
    number: int
    hash: str
    text: str


class Place(Protocol):
    """Somewhere that is told of heads."""

    name: str

    def tell(self, lines: Sequence[Line]) -> None:
        """Hand over heads in their order. Raises Unavailable (try again later) or Conflict (another past is known there)."""


class Folder:
    """One append-only file a day."""

    name = "directory"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tell(self, lines: Sequence[Line]) -> None:
        """Append the heads that are not there yet; each file is on the disk when this returns.

        Raises Conflict where the folder knows another head under a number that is told: the database then has another
        past than the one that left the house.
        """
        try:
            self._folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            with (self._folder / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                fresh = self._unknown(lines)
                for day in sorted({line.day for line in fresh}):
                    self._append(day, [line.text for line in fresh if line.day == day])
        except OSError as error:
            raise Unavailable(
                f"账链末端没有写出：{error.strerror}。",
                how=f"请管理员检查目录 {self._folder} 的权限和磁盘空间。",
            ) from error

    def newest(self) -> tuple[int, str] | None:
        """The highest number that the folder knows, with its hash; None while it is empty."""
        known = self._latest()
        return max(known.items()) if known else None

    def hash_of(self, number: int) -> str | None:
        """The hash that the folder knows under a number; None where it knows none."""
        known: dict[int, str] = {}
        for path in self._files():
            _read_into(known, path)
        return known.get(number)

    def declare(self, day: date, text: str) -> None:
        """Append the declaration of a loss: the heads above its number no longer count from here on."""
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._append(day, [text])

    def _unknown(self, lines: Sequence[Line]) -> list[Line]:
        known = self._latest()
        newest = max(known, default=0)
        old = [line for line in lines if line.number <= newest]
        if any(line.number not in known for line in old):
            known = {}
            for path in self._files():
                _read_into(known, path)
        for line in old:
            if known.get(line.number) != line.hash:
                raise another_past(line.number)
        return [line for line in lines if line.number > newest]

    def _files(self) -> list[Path]:
        """The files, the one written last at the end (a demonstration's clock may be set back)."""
        return sorted(
            self._folder.glob("heads-*.jsonl"), key=lambda path: (path.stat().st_mtime_ns, path.name)
        )

    def _latest(self) -> dict[int, str]:
        """Numbers and hashes of the last lines: the newest head is among them."""
        known: dict[int, str] = {}
        for path in self._files()[-2:]:
            _read_into(known, path, _TAIL)
        return known

    def _append(self, day: date, texts: Sequence[str]) -> None:
        path = self._folder / f"heads-{day:%Y-%m-%d}.jsonl"
        fresh = not path.exists()
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, MODE)
        try:
            if fresh:
                os.fchmod(handle, MODE)
            # A line that a power cut left half written must not swallow the one that follows it.
            mend = "\n" if _ends_within_a_line(path) else ""
            _write_all(handle, (mend + "".join(f"{text}\n" for text in texts)).encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        if fresh:
            _sync(self._folder)


class Webhook:
    """An address that takes heads as lines of JSON by POST; anything but 2xx means: try again."""

    name = "webhook"

    def __init__(self, address: str, timeout: float = TIMEOUT_SECONDS) -> None:
        if not address.startswith(("http://", "https://")):
            raise ValueError("the address of a witness begins with http:// or https://")
        self._address = address
        self._timeout = timeout

    def tell(self, lines: Sequence[Line]) -> None:
        """Post all of them at once. Raises Unavailable where the address does not answer with success."""
        body = "".join(f"{line.text}\n" for line in lines).encode()
        request = urllib.request.Request(  # noqa: S310 - only http and https, checked above
            self._address, data=body, headers={"Content-Type": "application/x-ndjson"}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310 - as above
                answer.read(1024)
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise Unavailable(
                "见证地址没有收下账链末端。", how="系统会继续重试；请管理员检查该地址。"
            ) from error


def places(folder: Path | None, webhook: str) -> list[Place]:
    """The places that an installation tells, by its settings."""
    found: list[Place] = [] if folder is None else [Folder(folder)]
    return [*found, Webhook(webhook)] if webhook else found


def another_past(number: int) -> Conflict:
    """The refusal where a place knows another head than the database: a forgery, or an older backup restored."""
    return Conflict(
        f"目录中已有第 {number} 号账链末端，与数据库不一致，已停止写出。",
        how="数据库可能是从较早的备份恢复的，或者被改动过：请立即保全数据库，用 yichuang verify-journal 核验。",
    )


def _read_into(known: dict[int, str], path: Path, last: int | None = None) -> None:
    """Number and hash of every whole line of a file, or of those in its last bytes; a declared loss takes back."""
    with path.open("rb") as file:
        file.seek(0 if last is None else max(0, path.stat().st_size - last))
        pieces = file.read().splitlines()
    for piece in pieces:
        try:
            head = json.loads(piece)
            number, value = int(head["number"]), str(head["hash"])
        except (ValueError, KeyError, TypeError):
            continue
        if "lost_to" in head:
            for taken_back in [one for one in known if one > number]:
                del known[taken_back]
        known[number] = value


def _ends_within_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode) and file.seek(0, os.SEEK_END) > 0:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    return False


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
