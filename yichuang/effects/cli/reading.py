"""An export as files, read line by line: in constant memory, whatever its size."""

import gzip
import heapq
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from yichuang.journal.rules.verify import Unreadable

FORMAT = "yichuang-journal-1"
CHUNK = 500_000
# Half the time of `json.loads`, which guesses the encoding of every line.
DECODE = json.JSONDecoder().raw_decode
Record = Mapping[str, Any]


class Export:
    """A folder that `export-journal` wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            self.manifest: Record = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            known = self.manifest["format"] == FORMAT
            self._names = sorted(self.manifest["files"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unreadable(f"{folder} 中没有可读的 manifest.json，不是完整的导出。") from error
        if not known:
            raise Unreadable(f"格式 {self.manifest['format']} 不是 {FORMAT}。")

    def rows(self, name: str) -> Iterator[Record]:
        """The records of a file in its order. Raises Unreadable with the line where it cannot be read."""
        line = 0
        try:
            with self._opened(name) as file:
                for line, raw in enumerate(file, start=1):  # noqa: B007 - told where it breaks
                    text = raw.decode()
                    row, end = DECODE(text)
                    if end < len(text) - 1:
                        raise ValueError("一行多于一个对象")
                    yield row
        except (OSError, ValueError, EOFError) as error:
            raise Unreadable(f"{name} 第 {line + 1} 行无法读取：{error}") from error

    def facts(self) -> Iterator[Record]:
        """The facts of all quarters, in the order of time."""
        for name in self._names:
            if name.startswith("facts-"):
                yield from self.rows(name)

    def _opened(self, name: str) -> IO[bytes]:
        path = self._folder / f"{name}.jsonl"
        if path.exists():
            return path.open("rb")
        return cast("IO[bytes]", gzip.open(path.with_suffix(".jsonl.gz"), "rb"))


def read_heads(given: Iterable[Path]) -> Iterator[Record]:
    """The heads of these files, or of every file of these folders, in the order in which they were written."""
    for path in given:
        files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        if not files:
            raise Unreadable(f"{path} 中没有 .jsonl 文件。")
        for file in files:
            yield from _heads_of(file)


def _heads_of(file: Path) -> Iterator[Record]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise Unreadable(f"无法读取账链末端 {file}：{error}") from error
    for number, line in enumerate(lines, start=1):
        try:
            head = json.loads(line)
            int(head["number"]), str(head["hash"])
        except (ValueError, KeyError, TypeError) as error:
            # The last line may have been cut by a loss of power; the head follows again on the next one.
            if not line.strip() or not line.rstrip().endswith("}"):
                continue
            raise Unreadable(f"{file} 第 {number} 行不是账链末端。") from error
        yield head


class Sorter:
    """Leaves in the order of their subjects, sorted on disk where there are many."""

    def __init__(self, chunk: int = CHUNK) -> None:
        self._chunk = chunk
        self._lines: list[str] = []
        self._spilled: list[IO[str]] = []

    def through(self, groups: Iterable[Record]) -> Iterator[Record]:
        """Pass groups of leaves on and remember every leaf."""
        for group in groups:
            seal = group["seal"]
            self._lines += [
                f"{subject}{seq:010d}{seal:014d}{digest}" for subject, seq, digest in group["leaves"]
            ]
            if len(self._lines) >= self._chunk:
                self._spill()
            yield group

    def _spill(self) -> None:
        self._lines.sort()
        file = tempfile.TemporaryFile("w+", encoding="ascii")  # noqa: SIM115 - closed when it has been read
        file.writelines(f"{line}\n" for line in self._lines)
        file.seek(0)
        self._spilled.append(file)
        self._lines = []

    def sorted(self) -> Iterator[Record]:
        """Every leaf, by subject and number."""
        self._lines.sort()
        for line in heapq.merge(self._lines, *self._spilled):
            yield {
                "subject": line[:36],
                "seq": int(line[36:46]),
                "seal": int(line[46:60]),
                "hash": line[60:124],
            }
        for file in self._spilled:
            file.close()


class Gathered:
    """A sorted stream, taken subject by subject beside others."""

    def __init__(self, name: str, rows: Iterable[Record]) -> None:
        self._name = name
        self._rows = iter(rows)
        self._next = next(self._rows, None)

    @property
    def subject(self) -> str | None:
        """Whose rows come next; None at the end."""
        return None if self._next is None else self._next["subject"]

    def take(self, subject: str) -> list[Record]:
        """The rows of a subject, if they are next. Raises Unreadable where the file is not in order."""
        found: list[Record] = []
        while self._next is not None and self._next["subject"] == subject:
            found.append(self._next)
            self._next = next(self._rows, None)
        if self._next is not None and found and self._next["subject"] < subject:
            raise Unreadable(f"{self._name} 没有按标识排序，在 {self._next['subject']} 处。")
        return found


def side_by_side(*streams: Gathered) -> Iterator[tuple[str, list[list[Record]]]]:
    """Every subject that any stream knows, with the rows of each stream."""
    while subjects := [one.subject for one in streams if one.subject is not None]:
        subject = min(subjects)
        yield subject, [one.take(subject) for one in streams]
