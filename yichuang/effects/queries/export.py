"""The export of the journal: what `docs/journal-format.md` describes, as of one moment of the database.

Rows go from COPY to the files as they come, so a journal of any size is exported in constant memory. No personal data
leaves by this way, unless it is asked for: facts hold salted commitments, cases are given by number, state and hash,
attachments by hash, contents by their commitment, computed anew from what the tables say.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
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
COMMITMENT = r"encode(sha256(convert_to(salt || e'\n' || content, 'UTF8')), 'hex')"
# The applicant is committed to with the salt of the first filing, under the name that the case was filed with.
CONTENTS = f"""
select row_to_json(r) from (
    select subject, name, n, {COMMITMENT} as commitment {{content}} from (
        select case_id as subject, 'words' as name, seq as n, salt, body as content from cases_particulars
        union all
        select subject_id, 'words', seq, salt, body from cases_reviewer_note where body <> '{{{{}}}}'
        union all
        select case_id, 'answers', edit, salt, answers from intake_application
        union all
        select c.id, 'applicant', 1, case when p.earlier = '[]' then p.salt else p.earlier::jsonb -> 0 ->> 'salt' end,
               '[' || to_json(c.applicant_name)::text || ',' || to_json(a.paper_type)::text || ',' || to_json(a.paper_number)::text || ']'
        from intake_application p join cases_case c on c.id = p.case_id join directory_applicant a on a.id = c.applicant_id
    ) said order by subject, name, n) r
"""  # noqa: S608 - constants
REPLACED = "select case_id::text, earlier from intake_application where earlier <> '[]' order by case_id"


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
    content: bool
    rows: dict[str, int] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


def export_journal(
    folder: Path,
    *,
    compress: bool = False,
    content: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Exported:
    """Write the export into a folder that is empty or not there. Raises FileExistsError where something stands there.

    `content`: with what people sent and wrote, and its salts; it is personal data, for those who may see it.
    The manifest is written last: an export that broke off has none and cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(folder)
    writing = _Writing(folder, compress, content)
    with transaction.atomic(), _snapshot() as cursor:
        for name, table in _quarters(cursor):
            _copy(cursor, FACTS.format(table=table), name, writing)
            say(name)
        for name, query in (
            ("seals", SEALS), ("leaves", LEAVES), ("queue", QUEUE), ("cases", CASES), ("attachments", ATTACHMENTS),
            ("contents", CONTENTS.format(content=", salt, content" if content else "")),
        ):  # fmt: skip
            _copy(cursor, query, name, writing)
            say(name)
        _replaced(cursor, writing)
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


def _replaced(cursor: psycopg.Cursor[tuple[Any, ...]], writing: _Writing) -> None:
    """Answers that a correction has replaced: the database keeps them together, so their text is made here."""
    path = writing.folder / ("replaced.jsonl.gz" if writing.compress else "replaced.jsonl")
    digest, rows = hashlib.sha256(), 0
    with _opened(path) as file, cursor.copy(f"copy ({REPLACED}) to stdout".encode()) as copy:
        for subject, earlier in copy.rows():
            for line in _answers(str(subject), json.loads(str(earlier)), writing.content):
                data = (canonical.text(line) + "\n").encode()
                rows += 1
                digest.update(data)
                file.write(data)
    writing.rows["replaced"], writing.digests["replaced"] = rows, digest.hexdigest()


def _answers(subject: str, earlier: list[dict[str, Any]], content: bool) -> Iterator[dict[str, Any]]:
    for one in earlier:
        line = {"subject": subject, "name": "answers", "n": one["edit"]}
        line["commitment"] = canonical.commitment(one["salt"], one["answers"])
        kept = {"salt": one["salt"], "content": canonical.text(one["answers"])} if content else {}
        yield line | kept


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "wb", compresslevel=1))
    return path.open("wb")
