"""The feed for analysts: a day's facts without personal data as CSV and as Parquet, with a signed manifest; days that changed are
written again.

Cut off at any moment the feed is mended by the next writing: a day leaves the index before its files are touched, and comes
back with its manifest.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from yichuang.gateways import columns
from yichuang.gateways.signing import witness
from yichuang.journal.queries import head
from yichuang.kernel import replica, sql
from yichuang.kernel.errors import Conflict
from yichuang.kernel.times import local_day
from yichuang.statistics.flow.analysis import COLUMNS
from yichuang.statistics.queries.late import days_moved, days_with_rows
from yichuang.statistics.render.analysis import facts_between, folder
from yichuang.statistics.rules.feed import (
    INDEX,
    KINDS,
    Content,
    Index,
    Listed,
    Manifest,
    Signature,
    Unreadable,
    index_text,
    manifest_text,
    name_of,
    read_index,
    read_manifest,
    stray,
)

NAME = "days"
PART = ".part-"
LOCK = "hashtextextended('analysis-feed', 6)"
_BLOCK = 1 << 20
Told = Callable[[date, int], None]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found: how many days and rows the index names, and what is wrong, in words."""

    days: int
    rows: int
    problems: tuple[str, ...]


def place() -> Path:
    """Where the feed lies."""
    return folder() / NAME


def sign(words: bytes) -> Signature:
    """The installation's signature under some words. Raises Unavailable where the key cannot be read."""
    made = witness.sign(words)
    return {"key_id": made.key_id, "algorithm": made.algorithm, "value": made.value_hex}


def holds(words: bytes, given: Signature, public_hex: str | None = None) -> bool:
    """Whether a signature is the installation's, or that of one public key."""
    if public_hex is not None:
        return given["algorithm"] == witness.ALGORITHM and witness.holds(words, given["value"], public_hex)
    return witness.verify(words, witness.Signature(given["key_id"], given["algorithm"], given["value"]))


def write(*, at: datetime, days: Iterable[date] | None = None, each: Told) -> int:
    """Write the days that changed since the last writing, or these; how many. Today, which is not over, is never written.

    Read from the replica where there is one. One at a time: two would mix their files of a day. Raises Conflict while another
    writes, Unavailable where the key or the folder cannot be used.
    """
    with _alone():
        return _write(at, days, each)


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else writes the feed, on whatever host. Raises Conflict."""
    if sql.one(f"select pg_try_advisory_lock({LOCK})") != (True,):
        raise Conflict("按日数据正在由另一个进程写。", how="请等它写完再运行。")
    try:
        yield
    finally:
        sql.one(f"select pg_advisory_unlock({LOCK})")


def _write(at: datetime, days: Iterable[date] | None, each: Told) -> int:
    where, today = place(), local_day(at)
    where.mkdir(parents=True, exist_ok=True)
    index = known_index(where).of(tuple(COLUMNS))
    wanted = [day for day in sorted(set(changed(index, today) if days is None else days)) if day < today]
    if wanted:
        index = replace(index, days={day: one for day, one in index.days.items() if day not in set(wanted)})
        _keep(where / INDEX, index_text(index, sign))
    for day in wanted:
        manifest = _written(where, day, at)
        listed = Listed(manifest.rows, _digest_of(where / name_of(day, "json")).sha256)
        index = replace(index, days={**index.days, day: listed})
        _keep(where / INDEX, index_text(index, sign))
        each(day, manifest.rows)
    if days is None and index.complete_on != today:
        _keep(where / INDEX, index_text(replace(index, complete_on=today), sign))
    return len(wanted)


def known_index(where: Path) -> Index:
    """The index as it stands; an empty one where there is none that we have signed, so that every day is written anew."""
    try:
        return read_index((where / INDEX).read_text(encoding="utf-8"), holds)
    except (OSError, Unreadable, UnicodeDecodeError):
        return Index()


def changed(index: Index, today: date) -> list[date]:
    """The days before today that are not in the index, or of which something came since it was last complete."""
    there = replica.ask(lambda: days_with_rows(today - timedelta(days=1)))
    if index.complete_on is None:
        return there
    moved = set(days_moved(index.complete_on, today))
    return [day for day in there if day not in index.days or day in moved]


def _written(where: Path, day: date, at: datetime) -> Manifest:
    """Both files and the manifest of a day; what is said of them. Begun anew where a replica dies in the middle."""
    with TemporaryDirectory(dir=where, prefix=PART) as part:
        source = Path(part) / name_of(day, "csv")

        def read() -> tuple[int, int]:
            seal = head().number
            return seal, _copied(facts_between(day, day), source)

        seal, rows = replica.ask(read)
        found = columns.write_parquet(source, Path(part) / name_of(day, "parquet"), COLUMNS)
        if found != rows:
            raise columns.EngineFault(f"{found} rows in the column file of {day}, {rows} in the text")
        files = {kind: _digest_of(Path(part) / name_of(day, kind)) for kind in KINDS}
        manifest = Manifest(day, rows, seal, at, tuple(COLUMNS), files)
        for kind in KINDS:
            (Path(part) / name_of(day, kind)).replace(where / name_of(day, kind))
        _keep(where / name_of(day, "json"), manifest_text(manifest, sign))
    return manifest


def _copied(lines: Iterator[bytes | bytearray | memoryview], path: Path) -> int:
    """What the server sends into a file; how many rows after the header."""
    count = -1
    with path.open("wb", buffering=_BLOCK) as out:
        # Of each row the server makes one message.
        for line in lines:
            out.write(line)
            count += 1
        out.flush()
        os.fsync(out.fileno())
    return max(count, 0)


def _keep(path: Path, text: str) -> None:
    """A small file, whole or not at all, and on the disk when this returns."""
    part = path.with_name(f"{PART}{path.name}")
    with part.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


def _digest_of(path: Path) -> Content:
    size, digest = 0, hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return Content(digest.hexdigest(), size)


def verify(where: Path, *, public_hex: str | None = None) -> Verified:
    """Whether a feed is whole and untouched: every day of its signed index, every file of every day, and nothing else.

    `public_hex`: the key by which it was signed, for whoever has a copy elsewhere; otherwise this installation's own.
    """

    def known(words: bytes, given: Signature) -> bool:
        return holds(words, given, public_hex)

    try:
        index = read_index((where / INDEX).read_text(encoding="utf-8"), known)
    except (OSError, UnicodeDecodeError):
        return Verified(0, 0, (f"{INDEX}：读不到",))
    except Unreadable as error:
        return Verified(0, 0, (f"{INDEX}：{error}",))
    problems = [
        problem for day, one in sorted(index.days.items()) for problem in _wrong(where, day, one, known)
    ]
    names = [path.name for path in where.iterdir() if not path.name.startswith(PART)]
    problems += [f"{name}：不在清单里" for name in stray(names, index)]
    return Verified(len(index.days), sum(one.rows for one in index.days.values()), tuple(problems))


def _wrong(where: Path, day: date, listed: Listed, known: Callable[[bytes, Signature], bool]) -> list[str]:
    """What is wrong with a day."""
    name = name_of(day, "json")
    path = where / name
    try:
        if _digest_of(path).sha256 != listed.manifest:
            return [f"{name}：不是索引所列的那一份"]
        manifest = read_manifest(path.read_text(encoding="utf-8"), known)
    except (OSError, UnicodeDecodeError):
        return [f"{name}：读不到"]
    except Unreadable as error:
        return [f"{name}：{error}"]
    if (manifest.day, manifest.rows) != (day, listed.rows):
        return [f"{name}：与索引不符"]
    return [
        problem for kind in KINDS for problem in _file_wrong(where / name_of(day, kind), manifest.files[kind])
    ]


def _file_wrong(path: Path, said: Content) -> list[str]:
    try:
        found = _digest_of(path)
    except OSError:
        return [f"{path.name}：读不到"]
    return [] if found == said else [f"{path.name}：内容与清单不符"]
