"""The export of the journal: what `docs/journal-format.md` describes, as of one moment of the database.

Rows go from COPY to the files as they come, so a journal of any size is exported in constant memory. No personal data
leaves by this way: facts hold salted commitments, cases are given by number, state and hash, attachments by hash.
"""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import psycopg
from django.db import connection, transaction

from yichuang.journal.queries import head
from yichuang.journal.rules import CHAIN
from yichuang.kernel import canonical

FORMAT = "yichuang-journal-1"
# JSON never holds these bytes, so CSV leaves every line as it is.
AS_LINES = r"(format csv, quote e'\x01', delimiter e'\x02')"
STAMP = """to_char({} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

FACTS = f"""
select row_to_json(r) from (
    select subject_id as subject, seq, subject_kind, kind, {STAMP.format("at")} as at, day, actor,
           department_id as department, ground, number, data, key, key_hash, encode(prev_hash, 'hex') as prev,
           encode(hash, 'hex') as hash
    from {{table}} order by subject_id, seq) r
"""  # noqa: S608 - constants, and names of partitions from the catalogue
SEALS = f"""
select row_to_json(r) from (
    select number, {STAMP.format("at")} as at, leaves, algorithm, root, chain as hash from journal_seal order by number) r
"""  # noqa: S608 - constants
LEAVES = """
select row_to_json(r) from (
    select seal_number as seal, json_agg(json_build_array(subject_id, seq, encode(hash, 'hex')) order by position) as leaves
    from journal_leaf group by seal_number order by seal_number) r
"""
QUEUE = """
select row_to_json(r) from (
    select subject_id as subject, seq, encode(hash, 'hex') as hash from journal_fresh order by subject_id, seq) r
"""
CASES = """
select row_to_json(r) from (
    select id as subject, number, state, seq, encode(last_hash, 'hex') as hash, department_id as department
    from cases_case order by id) r
"""
ATTACHMENTS = """
select row_to_json(r) from (
    select case_id as subject, id, code, sha256, size as bytes from intake_material order by case_id, id) r
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows each file got, and the head of the journal that the export reaches."""

    rows: dict[str, int]
    number: int
    hash: str


@dataclass(slots=True)
class _Writing:
    folder: Path
    compress: bool
    rows: dict[str, int] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


def export_journal(
    folder: Path, *, compress: bool = False, say: Callable[[str], None] = lambda _: None
) -> Exported:
    """Write the export into a folder that is empty or not there. Raises FileExistsError where something stands there.

    The manifest is written last: an export that broke off has none and cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(folder)
    writing = _Writing(folder, compress)
    with transaction.atomic(), _snapshot() as cursor:
        for name, table in _quarters(cursor):
            _copy(cursor, FACTS.format(table=table), name, writing)
            say(name)
        for name, query in (
            ("seals", SEALS), ("leaves", LEAVES), ("queue", QUEUE), ("cases", CASES), ("attachments", ATTACHMENTS),
        ):  # fmt: skip
            _copy(cursor, query, name, writing)
            say(name)
        newest = head()
    manifest = {
        "format": FORMAT,
        "chain": CHAIN,
        "number": newest.number,
        "hash": newest.chain,
        "rows": writing.rows,
        "files": writing.digests,
    }
    (folder / "manifest.json").write_text(canonical.text(manifest) + "\n", encoding="utf-8")
    return Exported(writing.rows, newest.number, newest.chain)


def _snapshot() -> psycopg.Cursor[tuple[Any, ...]]:
    """One moment for all files, however long they take."""
    connection.ensure_connection()
    raw = cast("psycopg.Connection[Any]", connection.connection)
    cursor = psycopg.Cursor(raw)
    cursor.execute("set transaction isolation level repeatable read, read only")
    cursor.execute("set local statement_timeout = 0")
    cursor.execute("set local idle_in_transaction_session_timeout = 0")
    return cursor


def _quarters(cursor: psycopg.Cursor[tuple[Any, ...]]) -> list[tuple[str, str]]:
    """The partitions of facts in the order of time: (name of the file, table)."""
    cursor.execute(
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid "
        "where i.inhparent = 'journal_fact'::regclass order by c.relname"
    )
    return [("facts-" + str(row[0]).removeprefix("journal_fact_"), str(row[0])) for row in cursor.fetchall()]


def _copy(cursor: psycopg.Cursor[tuple[Any, ...]], query: str, name: str, writing: _Writing) -> None:
    path = writing.folder / (f"{name}.jsonl.gz" if writing.compress else f"{name}.jsonl")
    digest, rows = hashlib.sha256(), 0
    with _opened(path) as file, cursor.copy(f"copy ({query}) to stdout with {AS_LINES}".encode()) as copy:
        for piece in copy:
            data = bytes(piece)
            rows += data.count(b"\n")
            digest.update(data)
            file.write(data)
    writing.rows[name] = rows
    writing.digests[name] = digest.hexdigest()


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "wb", compresslevel=1))
    return path.open("wb")
