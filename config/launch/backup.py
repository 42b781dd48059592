"""Backup: the database by PostgreSQL's own tools and the kept files, in one checked tar file.

The order makes the two agree: files are named by their content and never changed, so files taken *after* the
dump hold everything that the dump speaks of.
"""

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from config.launch.binaries import Binaries
from config.launch.pgtools import call
from config.launch.say import Stop

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
FILES = "files/"


@dataclass(frozen=True)
class Made:
    """What a backup holds: number of files, bytes of the dump, PostgreSQL's major version; whether the key
    fits."""

    files: int
    dump_bytes: int
    server: int
    same_key: bool


def key_mark(key: str) -> str:
    """A mark of the site's secret from which the secret cannot be found."""
    return hashlib.sha256(b"yichuang backup\0" + key.encode()).hexdigest()[:16]


def backup(url: str, files: Path, to: Path, binaries: Binaries, *, at: datetime, key: str) -> Made:
    """Write the database at `url` and everything below `files` into the new tar file `to`, mode 0600.

    Personal data is in it: keep it as you keep the database. `key`, the site's secret, is not in it, only a
    mark by which a restore tells whether it is the same. Errors: Stop (target exists, no pg_dump, disk
    full).
    """
    if to.exists():
        raise Stop(f"{to} 已存在，不覆盖。", f"{to} exists already and is not overwritten.")
    if not to.parent.is_dir():
        raise Stop(f"目录 {to.parent} 不存在。", f"There is no folder {to.parent}.")
    part = to.with_name(f".{to.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=to.parent) as room:
            dump = Path(room) / DUMP
            call(binaries, "pg_dump", ["--format=custom", "--no-owner", f"--file={dump}"], url)
            manifest = {"format": FORMAT, "made_at": at.isoformat(), "server": binaries.major}
            made = _pack(part, dump, files, {**manifest, "key": key_mark(key)})
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return made


def _pack(part: Path, dump: Path, files: Path, manifest: dict[str, Any]) -> Made:
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    listed: dict[str, str] = {}
    with open(descriptor, "w+b") as stream:
        with tarfile.open(fileobj=stream, mode="w") as tar:
            listed[DUMP] = _add(tar, dump, DUMP)
            for path in below(files):
                name = FILES + path.relative_to(files).as_posix()
                listed[name] = _add(tar, path, name)
            last = dump.with_name(MANIFEST)
            last.write_text(json.dumps({**manifest, "sha256": listed}, ensure_ascii=False))
            _add(tar, last, MANIFEST)
        stream.flush()
        os.fsync(stream.fileno())
    return Made(len(listed) - 1, dump.stat().st_size, int(manifest["server"]), same_key=True)


def below(folder: Path) -> Iterator[Path]:
    """The files below a folder in a fixed order; half-written ones (hidden names) are not files yet."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _add(tar: tarfile.TarFile, path: Path, name: str) -> str:
    """Add one file and give the sha256 of exactly what was added."""
    with path.open("rb") as source:
        entry = tar.gettarinfo(arcname=name, fileobj=source)
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mode = 0o600
        reader = _Hashing(source)
        tar.addfile(entry, reader)
    return reader.digest.hexdigest()


class _Hashing:
    """A reader that hashes what passes through it."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.source.read(size)
        self.digest.update(block)
        return block
