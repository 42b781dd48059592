"""The job itself: a list is read by COPY and becomes a file, in constant memory. It may be killed and starts anew.

`find_waiting` and `run` are what a worker calls; two runners of one export exclude each other by a lock that ends with
the process that holds it.
"""

import csv
import io
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from logging import getLogger
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from yichuang.directory.queries import actor_of
from yichuang.exports.commands import (
    begin_export,
    end_export,
    expire_export,
    finish_export,
    forget_questions,
    note_progress,
)
from yichuang.exports.flow import KEPT_FOR, OPEN, Format, Selection, Sort, State
from yichuang.exports.models import Export
from yichuang.exports.queries.lists import selection
from yichuang.exports.queries.own import expired, waiting
from yichuang.exports.queries.wording import statement
from yichuang.exports.rules import reach_of
from yichuang.gateways import sheets_out
from yichuang.gateways.handouts import Handouts
from yichuang.kernel import replica
from yichuang.kernel.errors import Problem, Unavailable
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import now

log = getLogger(__name__)
MARK = b"\xef\xbb\xbf"
# No export writes for so long: a draft that old was left by a process that was killed.
ABANDONED = timedelta(days=1)
UNWRITABLE = "清单里有内容不能写成所选的格式，没有生成文件。请换一种格式重新导出，仍不成功时联系管理员。"
_LOOK_EVERY_ROWS = 2_000
_NOTE_EVERY_SECONDS = 1.0
_BLOCK = 1 << 18
_SORTS = {Sort.NUMBER: sheets_out.Sort.NUMBER, Sort.DAY: sheets_out.Sort.DAY}


class Stopped(Exception):
    """The export was cancelled while it ran."""


def handouts() -> Handouts:
    """Where the files lie until they expire."""
    return Handouts(settings.FILES_DIR / "exports")


def file_name(export: Export) -> str:
    """The name under which the file of an export lies."""
    return f"{export.pk}.{export.format}"


def find_waiting() -> list[UUID]:
    """The exports that nobody works on, the oldest first."""
    return waiting(at=now())


def run(export_id: UUID, *, at: datetime) -> None:
    """Make the file of an export, if it is still wanted and nobody else makes it. Safe to run twice.

    Rights are asked for anew: an export of somebody who has lost them meanwhile ends as refused and reads nothing.
    """
    with reader() as connection:
        if not _locked(connection, export_id):
            return
        export = begin_export(export_id, at=at)
        if export is None:
            return
        try:
            _make(export, at)
        except Stopped:
            log.info("export %s was cancelled while it ran", export_id)
        except Unavailable:
            # The disk or the database: it stays open and is tried again when its last sign has grown old.
            raise
        except Problem as problem:
            end_export(export_id, State.REFUSED, f"{problem.message}{problem.how}", at=now())
        except (psycopg.errors.DataError, psycopg.errors.ProgrammingError, sheets_out.NotConverted):
            log.exception("export %s failed", export_id)
            end_export(export_id, State.FAILED, UNWRITABLE, at=now())


def lay_aside(export_id: UUID, *, why: str, at: datetime) -> None:  # noqa: ARG001 - the trouble is the administrator's to read
    """Give up an export at which the worker failed again and again: its person knows, and nothing of it stays."""
    if end_export(
        export_id,
        State.FAILED,
        "平台导出时多次出错，已中止。请稍后重新导出，仍不成功时联系管理员。",
        at=at,
        of=OPEN,
    ):
        handouts().remove(file_name(Export.objects.get(pk=export_id)))


def purge(*, at: datetime) -> int:
    """Remove the files whose days are over, what killed jobs have left, and old questions; how many files."""
    found, folder = expired(at=at), handouts()
    for export in found:
        folder.remove(file_name(export))
        expire_export(export.pk, at=at)
    forget_questions(at=at)
    folder.sweep(drafts=at - ABANDONED, files=at - KEPT_FOR - ABANDONED)
    return len(found)


@contextmanager
def reader(alias: str = DEFAULT_DB_ALIAS) -> Iterator[psycopg.Connection[Any]]:
    """A connection beside Django's: its statement runs as long as the list is long, and it never writes."""
    parameters = connections[alias].get_connection_params()
    with psycopg.connect(**parameters, autocommit=True) as connection:
        connection.execute("set statement_timeout = 0")
        connection.execute("set default_transaction_read_only = on")
        yield connection


def _locked(connection: psycopg.Connection[Any], export_id: UUID) -> bool:
    found = connection.execute(
        "select pg_try_advisory_lock(hashtextextended(%s, 6))", [f"export:{export_id}"]
    )
    return bool(found.fetchone() == (True,))


def _make(export: Export, at: datetime) -> None:
    day = local_day(at)
    by = actor_of(export.account_id, on=day)
    chosen = selection(export.code, export.asked, by=by, today=day)
    folder, name = handouts(), file_name(export)
    alias = source()
    try:
        rows = _written(export, chosen, alias)
    except psycopg.OperationalError as error:
        if alias == DEFAULT_DB_ALIAS:
            raise
        # Away, or its statement gave way to what it replays: what it does not end, the primary does.
        log.warning(
            "export %s is begun anew on the primary: %s", export.pk, str(error).strip().partition("\n")[0]
        )
        rows = _written(export, chosen, DEFAULT_DB_ALIAS)
    if not finish_export(export.pk, rows=rows, size=folder.size(name), reach=reach_of(by), at=now()):
        folder.remove(name)


def source() -> str:
    """Where lists are read now: from the replica where there is one that follows closely. Who may read what is asked of the primary."""
    return replica.ALIAS if replica.configured() and replica.lag().usable else DEFAULT_DB_ALIAS


def _written(export: Export, chosen: Selection, alias: str) -> int:
    """The file, whole or not at all; how many rows."""
    with reader(alias) as connection, handouts().drafted(file_name(export)) as draft:
        progress = Progress(export.pk, _expected(connection, chosen))
        return WRITERS[Format(export.format)](connection, chosen, draft, progress)


@dataclass(slots=True)
class Progress:
    """Counts rows, notes them every second, and stops the job when it was cancelled."""

    export_id: UUID
    expected: int
    rows: int = 0
    noted: float = 0.0

    def count(self) -> None:
        """One row more. Raises Stopped."""
        self.rows += 1
        if self.rows % _LOOK_EVERY_ROWS == 0:
            self.look()

    def look(self) -> None:
        """Note the progress if a second has passed. Raises Stopped."""
        moment = time.monotonic()
        if moment - self.noted < _NOTE_EVERY_SECONDS:
            return
        self.noted = moment
        if not note_progress(self.export_id, self.rows, self.expected, at=now()):
            raise Stopped


def _expected(connection: psycopg.Connection[Any], chosen: Selection) -> int:
    """How many rows the planner expects: for the bar alone; nothing is counted."""
    text = statement(chosen.columns, chosen.source, formulas_off=False)
    with psycopg.ClientCursor(connection) as cursor:
        found = cursor.execute(f"explain (format json) {text}".encode(), dict(chosen.parameters)).fetchone()
    return int(found[0][0]["Plan"]["Plan Rows"]) if found else 0


def _copy(chosen: Selection, how: str, *, formulas_off: bool) -> bytes:
    text = statement(chosen.columns, chosen.source, formulas_off=formulas_off)
    return f"copy ({text}) to stdout{how}".encode()


def copied_csv(
    connection: psycopg.Connection[Any],
    chosen: Selection,
    path: Path,
    progress: Progress,
    *,
    formulas_off: bool = True,
) -> int:
    """The list as CSV into a file: the server's bytes as they are. How many rows."""
    names = io.StringIO()
    said = [_noted(chosen)] if formulas_off and chosen.note else []
    csv.writer(names, lineterminator="\n").writerows([[one.name for one in chosen.columns], *said])
    with path.open("wb", buffering=_BLOCK) as out, connection.cursor() as cursor:
        out.write((MARK if formulas_off else b"") + names.getvalue().encode())
        with cursor.copy(
            _copy(chosen, " (format csv)", formulas_off=formulas_off), dict(chosen.parameters)
        ) as copy:
            # Of each row the server makes one message.
            for line in copy:
                out.write(line)
                progress.count()
    return progress.rows


def _xlsx(connection: psycopg.Connection[Any], chosen: Selection, path: Path, progress: Progress) -> int:
    with path.open("wb", buffering=_BLOCK) as out:
        rows = chain([_noted(chosen)] if chosen.note else [], _rows(connection, chosen, progress))
        sheets_out.write_xlsx(rows, _header(chosen), out, name="导出")
    return progress.rows


def _noted(chosen: Selection) -> list[str | None]:
    """What a file says of itself, as its first row: beneath all the others nobody would look. A Parquet file is data alone: there the
    words say it that the list of exports has for it."""
    return [chosen.note, *[None] * (len(chosen.columns) - 1)]


def _rows(
    connection: psycopg.Connection[Any], chosen: Selection, progress: Progress
) -> Iterator[Sequence[Any]]:
    with (
        connection.cursor() as cursor,
        cursor.copy(_copy(chosen, "", formulas_off=False), dict(chosen.parameters)) as copy,
    ):
        for row in copy.rows():
            progress.count()
            yield row


def _parquet(connection: psycopg.Connection[Any], chosen: Selection, path: Path, progress: Progress) -> int:
    beside = path.with_suffix(".csv.draft")
    try:
        copied_csv(connection, chosen, beside, progress, formulas_off=False)
        return sheets_out.write_parquet(beside, _header(chosen), path)
    finally:
        beside.unlink(missing_ok=True)


def _header(chosen: Selection) -> list[sheets_out.Column]:
    return [sheets_out.Column(one.name, _SORTS.get(one.sort, sheets_out.Sort.TEXT)) for one in chosen.columns]


WRITERS = {Format.CSV: copied_csv, Format.XLSX: _xlsx, Format.PARQUET: _parquet}
