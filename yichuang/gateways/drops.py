"""Folders in which other systems lay files down: what is ready, its bytes, and where it goes afterwards.

Below the folder of a sender: `in/` for what comes, `done/` and `refused/` for what was dealt with. A file counts when a second
file beside it, with `.ready` behind its name, says its SHA-256: what is still being written is not touched.
"""

import gzip
import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

MARK = ".ready"
RESULT = ".result.json"
MOST_BYTES = 1 << 30
LONGEST_LINE = 1 << 20
CHUNK = 1 << 20
# Of 255 bytes that a name may have: room for what is put before and behind it.
_LONGEST_NAME = 220
_DIGEST = re.compile(r"[0-9a-f]{64}")
# A mark without its whole digest is taken for one that is still being written, for so long.
MARK_SECONDS = 10
_NAME = re.compile(r"[^/\\\x00-\x1f]{1,200}")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file that is ready, with the SHA-256 that its sender has written beside it (empty: none that can be read)."""

    path: Path
    promised: str

    @property
    def name(self) -> str:
        """Its name as it can be told and kept: what is no UTF-8 in it is shown as a sign for that."""
        return os.fsencode(self.path.name).decode(errors="replace")

    @property
    def kind(self) -> str:
        """`ndjson`, `csv`, or empty for another."""
        suffixes = [one.lower() for one in self.path.suffixes if one.lower() != ".gz"]
        return {".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv"}.get(
            suffixes[-1] if suffixes else "", ""
        )


class TooLong(Exception):
    """A file holds more than any sender may send."""


def ready(folder: Path, *, now: datetime) -> list[Dropped]:
    """The files of a sender that are ready, by name. Links are passed over: what lies elsewhere was not sent.

    `now` is the disk's clock: a mark that came a moment ago and has no digest yet is still being written.
    """
    found: list[Dropped] = []
    if (folder / "in").is_symlink():
        return found
    for mark in sorted((folder / "in").glob(f"*{MARK}")):
        path = mark.with_name(mark.name.removesuffix(MARK))
        # Pipes too: whoever opens one waits for ever.
        if not (_is_file(mark) and _is_file(path)) or not _NAME.fullmatch(path.name):
            continue
        with suppress(OSError):
            with mark.open(encoding="ascii", errors="replace") as words_of:
                words = words_of.read(200).lower().split()
            promised = words[0] if words and _DIGEST.fullmatch(words[0]) else ""
            if promised or mark.stat().st_mtime < now.timestamp() - MARK_SECONDS:
                found.append(Dropped(path, promised))
    return found


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file as it lies there."""
    found = hashlib.sha256()
    with path.open("rb") as source:
        while data := source.read(CHUNK):
            found.update(data)
    return found.hexdigest()


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file, unpacked where its name ends with `.gz`. Raises TooLong, OSError (gzip's too), EOFError."""
    size = 0
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as source:
        while line := _line(source):
            size += len(line)
            if size > MOST_BYTES:
                raise TooLong
            yield line


def _line(source: BinaryIO | gzip.GzipFile) -> bytes:
    try:
        return source.readline(LONGEST_LINE)
    except zlib.error as error:
        raise OSError(str(error)) from error


def forget_old(folder: Path, *, before: datetime) -> int:
    """Remove what was put away before a moment (of the disk's clock), with what became of it; how many files."""
    gone = 0
    # A sender's own link would lead to files that are not ours to remove.
    own = [folder / name for name in ("done", "refused") if not (folder / name).is_symlink()]
    for result in sorted(one for place in own for one in place.glob(f"*{RESULT}")):
        with suppress(FileNotFoundError):
            if result.stat().st_mtime >= before.timestamp():
                continue
            # What became of it goes last: whoever is killed in between finds both again.
            result.with_name(result.name.removesuffix(RESULT)).unlink(missing_ok=True)
            result.unlink(missing_ok=True)
            gone += 1
    return gone


def put_away(dropped: Dropped, where: str, result: Mapping[str, Any]) -> None:
    """Move a file to `done` or `refused`, what became of it beside it. Another that stands there under its name stays."""
    folder = dropped.path.parent.parent / where
    if folder.is_symlink():
        # The sender's own link would carry files to where it may not write.
        folder.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    target = _free(folder, dropped.path.name)
    with target.with_name(target.name + RESULT).open("x", encoding="utf-8") as out:
        out.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    # Somebody else may have been faster: the file is put away then.
    with suppress(FileNotFoundError):
        dropped.path.replace(target)
    dropped.path.with_name(dropped.path.name + MARK).unlink(missing_ok=True)


def _free(folder: Path, name: str) -> Path:
    """A place that nothing takes, nor its result; a name too long for one is cut in the middle."""
    data = name.encode("utf-8", "surrogateescape")
    if len(data) > _LONGEST_NAME:
        start, end = data[: _LONGEST_NAME - 40], data[-40:]
        name = f"{start.decode(errors='ignore')}{end.decode(errors='ignore')}"
    for number in count(1):
        target = folder / (name if number == 1 else f"{number}-{name}")
        if not any(os.path.lexists(one) for one in (target, target.with_name(target.name + RESULT))):
            break
    return target
