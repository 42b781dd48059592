"""Restore: check everything, then bring back the files, then the database in one transaction.

The database comes back whole or stays as it was.
"""

import hashlib
import json
import os
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

import psycopg

from config.launch.backup import DUMP, FILES, FORMAT, MANIFEST, Made, below, key_mark
from config.launch.binaries import Binaries
from config.launch.database import EMPTY
from config.launch.pgtools import call
from config.launch.say import Stop

BLOCK = 1024 * 1024
# Drops what the owner made in this database, and nothing else, inside the transaction of the restore.
CLEAR = "set lock_timeout = '10s';\ndrop owned by current_user cascade;\n"


def restore(
    url: str, files: Path, source: Path, binaries: Binaries, *, key: str, force: bool = False
) -> Made:
    """Bring database and files back from `source` as the owner at `url`.

    Everything is checked against the hashes first. A database that holds anything is refused unless `force`;
    then what the owner made in it is replaced, in one transaction. Errors: Stop; the database is then as it
    was.
    """
    if not source.is_file():
        raise Stop(f"找不到备份文件 {source}。", f"There is no backup file {source}.")
    if not force and not _empty(url):
        raise Stop(
            "数据库不是空的，没有恢复；确要用备份替换现有数据，请加 --force。",
            "The database is not empty and was left alone; add --force to replace what it holds.",
        )
    files.mkdir(parents=True, exist_ok=True)
    # Inside the folder of the files, so that placing them is a rename on one disk.
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=files) as room:
        manifest = _unpack_checked(source, Path(room))
        need_server(binaries, int(manifest["server"]))
        _place_files(Path(room) / FILES, files)
        dump = Path(room) / DUMP
        _load(url, dump, binaries)
        same_key = manifest["key"] == key_mark(key)
        return Made(len(manifest["sha256"]) - 1, dump.stat().st_size, int(manifest["server"]), same_key)


def need_server(binaries: Binaries, made_by: int) -> None:
    """Stop where the dump is of a newer PostgreSQL than the tools that should read it."""
    if made_by > binaries.major:
        raise Stop(
            f"备份由 PostgreSQL {made_by} 制作，本机是 {binaries.major}，不能恢复到更旧的版本。",
            f"The backup is of PostgreSQL {made_by}; this is {binaries.major}, which is older.",
        )


def _empty(url: str) -> bool:
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute(EMPTY).fetchone()
    return bool(row and row[0])


def _unpack_checked(source: Path, room: Path) -> dict[str, Any]:
    """Unpack into `room`; Stop unless every file is there with its hash and nothing else is."""
    seen: dict[str, str] = {}
    try:
        with tarfile.open(source, "r:") as tar:
            for entry in tar:
                seen[entry.name] = _extract(tar, entry, room)
        manifest: dict[str, Any] = json.loads((room / MANIFEST).read_text())
        listed, form = manifest["sha256"], manifest["format"]
    except (tarfile.TarError, FileNotFoundError, ValueError, KeyError, TypeError):
        raise damaged(source) from None
    seen.pop(MANIFEST)
    if form != FORMAT or seen != listed or DUMP not in seen:
        raise damaged(source)
    return manifest


def _extract(tar: tarfile.TarFile, entry: tarfile.TarInfo, room: Path) -> str:
    """Write one entry below `room` and give its sha256. Errors: ValueError for a name that leads outside."""
    stream = tar.extractfile(entry) if entry.isreg() else None
    name = PurePosixPath(entry.name)
    if stream is None or name.is_absolute() or ".." in name.parts:
        raise ValueError(entry.name)
    target = room / name
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while block := stream.read(BLOCK):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def damaged(source: Path) -> Stop:
    """The sentence for a backup that is not what it was when it was made."""
    return Stop(
        f"备份文件 {source} 已损坏或不是一窗的备份，没有恢复任何数据。",
        f"The backup {source} is damaged or none of ours; nothing was restored.",
    )


def _place_files(unpacked: Path, files: Path) -> None:
    for path in below(unpacked):
        target = files / path.relative_to(unpacked)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


def _load(url: str, dump: Path, binaries: Binaries) -> None:
    """Clear and load in one transaction: the dump as a script, behind a statement that drops what is
    there."""
    script = dump.with_suffix(".sql")
    call(binaries, "pg_restore", ["--no-owner", "--exit-on-error", f"--file={script}", str(dump)], None)
    clear = dump.with_name("clear.sql")
    clear.write_text(CLEAR)
    quiet = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    call(binaries, "psql", [*quiet, f"--file={clear}", f"--file={script}"], url)
