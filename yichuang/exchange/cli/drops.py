"""Files that systems lay down: each becomes a batch under a key made of its content, so the same file again does nothing.

A CSV whose name says so holds rows of a national table (`up_pro_accept…csv`); others hold events.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from yichuang.directory.queries import actor_of
from yichuang.exchange.commands.batches import lay_batch_aside, open_batch, run_batch
from yichuang.exchange.commands.destroy import KEPT_DAYS
from yichuang.exchange.commands.national import TableFile, take_table
from yichuang.exchange.flow import BatchState
from yichuang.exchange.models import Batch, System
from yichuang.exchange.queries.batches import batch_lines
from yichuang.exchange.rules.lines import Unreadable
from yichuang.exchange.rules.national import Table
from yichuang.exchange.rules.national_in import rank_of, table_of
from yichuang.exchange.rules.streams import BadHeader, Parsed, csv_lines, json_lines
from yichuang.gateways import drops
from yichuang.gateways.drops import Dropped
from yichuang.kernel.errors import Problem
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import real_now

READERS = {"ndjson": json_lines, "csv": csv_lines}
KEY_DIGITS = 60
LAID_ASIDE = "平台处理这个文件时多次出错，已搁置；已采用的行保留。请联系平台管理员，排除后把文件重新放入 in 文件夹，会从停下的地方继续。"
log = logging.getLogger(__name__)


def folder_of(system: System) -> Path:
    """Where the files of a system lie."""
    return Path(settings.EXCHANGE_DIR) / system.folder


def find_waiting() -> list[UUID]:
    """The systems of which a file is ready."""
    found = System.objects.filter(is_active=True).exclude(folder="").order_by("pk")
    return [one.pk for one in found if drops.ready(folder_of(one), now=real_now())]


def run(system_id: UUID, *, at: datetime) -> list[str]:
    """Take every file of a system that is ready; a sentence for each. Safe to run twice, and by two at the same time."""
    system = System.objects.get(pk=system_id)
    _FAILED.pop(system_id, None)
    found = []
    for dropped in _in_order(system):
        try:
            found.append(_one(system, dropped, at))
        except Exception:
            _FAILED[system_id] = dropped
            raise
    return found


# The file of a system at which this process failed last: others may have come before it since.
_FAILED: dict[UUID, Dropped] = {}


def _in_order(system: System) -> list[Dropped]:
    """What is ready: events first, then national tables, that of acceptances before those that name no item."""
    return sorted(drops.ready(folder_of(system), now=real_now()), key=lambda one: rank_of(one.path.name))


def lay_aside(system_id: UUID, *, why: str, at: datetime) -> None:
    """Give up the file at which the worker failed again and again: its batch says so, what is written of it stays.

    `why` is the administrator's to read. Safe to run twice.
    """
    system = System.objects.get(pk=system_id)
    dropped = _failing(system)
    if dropped is None:
        return
    name = dropped.name
    log.error("file %s of system %s was laid aside: %s", name, system.code, why)
    # A file whose sender promised no content has no batch.
    if dropped.promised:
        with suppress(Problem):
            by = actor_of(system.account_id, on=local_day(at))
            lay_batch_aside(dropped.promised, LAID_ASIDE, name=name, by=by, at=at, key=_key(dropped.promised))
    # Where it cannot even be moved, it is tried again later: the other files of its system wait behind it.
    with suppress(OSError):
        drops.put_away(dropped, "refused", {"file": name, "refused": LAID_ASIDE})


def _failing(system: System) -> Dropped | None:
    """The file at which it failed, while it is ready: the one that this process noted; where a worker was killed and could note
    none, the first that was begun and is not done; else the first.
    """
    ready = _in_order(system)
    noted = _FAILED.pop(system.pk, None)
    if noted is not None:
        return noted if noted in ready else None
    begun = set(
        Batch.objects.filter(
            system=system, state=BatchState.RUNNING.value, sha256__in=[one.promised for one in ready]
        ).values_list("sha256", flat=True)
    )
    return next((one for one in ready if one.promised in begun), ready[0] if ready else None)


def _key(digest: str) -> str:
    return f"file-{digest[:KEY_DIGITS]}"


def forget_files() -> int:
    """Remove the files that were put away as long ago as lines are kept (by the disk's clock); how many."""
    before = real_now() - timedelta(days=KEPT_DAYS)
    systems = System.objects.exclude(folder="").order_by("pk")
    return sum(drops.forget_old(folder_of(one), before=before) for one in systems)


def _one(system: System, dropped: Dropped, at: datetime) -> str:
    name = dropped.name
    try:
        batch = _taken(system, dropped, at)
    except FileNotFoundError:
        return f"{name}：已由另一进程处理"
    except _Refused as refused:
        drops.put_away(dropped, "refused", {"file": name, "refused": str(refused)})
        return f"{name}：拒收，{refused}"
    if batch.state != BatchState.DONE:
        return f"{name}：另一进程正在处理"
    drops.put_away(dropped, "done", _result(name, batch))
    return f"{name}：收到 {batch.received}，采用 {batch.taken}，已有 {batch.known}，存疑 {batch.quarantined}，读不出 {batch.refused}"


class _Refused(Exception):
    """A file that is not taken, in words."""


def _taken(system: System, dropped: Dropped, at: datetime) -> Batch:
    """The batch of a file, done. Raises _Refused, FileNotFoundError."""
    digest = drops.digest_of(dropped.path) if dropped.promised else ""
    if not digest or digest != dropped.promised:
        raise _Refused("内容与 .ready 中的 SHA-256 不符")
    reader = READERS.get(dropped.kind)
    if reader is None:
        raise _Refused("只收 .ndjson、.jsonl、.csv 及其 .gz")
    table = table_of(dropped.path.name) if dropped.kind == "csv" else None
    try:
        if table is not None:
            return take_file(system, dropped, table, at=at)
        return _written(system, dropped, digest, reader, at)
    except FileNotFoundError:
        raise
    except WORDS as wrong:
        raise _Refused(words_of(wrong)) from wrong


def words_of(wrong: Exception) -> str:
    """Why a file is not taken, in words."""
    words = next(words for kind, words in _WORDS.items() if isinstance(wrong, kind))
    return f"{words}：{wrong}" if str(wrong) else words


_WORDS: dict[type[Exception], str] = {
    Problem: "不能报送", BadHeader: "表头有误", Unreadable: "读不出", drops.TooLong: "文件过大", EOFError: "压缩的内容不完整",
    OSError: "文件解不开",
}  # fmt: skip
WORDS = tuple(_WORDS)
COUNTS = ("received", "taken", "known", "quarantined", "refused")


def _written(system: System, dropped: Dropped, digest: str, reader: Any, at: datetime) -> Batch:
    by = actor_of(system.account_id, on=local_day(at))
    batch = open_batch(digest, name=dropped.name, by=by, at=at, key=_key(digest))
    if batch.state == BatchState.DONE:
        return batch
    return run_batch(batch, _begun(reader, dropped.path), by=by, at=at)


def take_file(system: System, dropped: Dropped, table: Table, *, at: datetime) -> Batch:
    """Take the rows of a national table from a file that holds what was promised.

    Raises as `commands.national.take_table`, and TooLong, OSError, EOFError.
    """
    by = actor_of(system.account_id, on=local_day(at))
    file = TableFile(table, dropped.name, dropped.promised, lambda: drops.lines_of(dropped.path))
    return take_table(system, file, by=by, at=at, key=_key(dropped.promised))


def _begun(reader: Any, path: Path) -> Iterator[Parsed]:
    """The lines of a file whose first has been looked at: a file that cannot be unpacked is found out before it counts."""
    lines = drops.lines_of(path)
    first = next(lines, b"")
    return reader(chain([first], lines))  # type: ignore[no-any-return]


def _result(name: str, batch: Batch) -> dict[str, Any]:
    page = batch_lines(batch, size=1000)
    counts = {field: getattr(batch, field) for field in COUNTS} | (
        {"conformance": batch.conformance} if batch.conformance else {}
    )
    lines = [{"line": one.place, "verdict": one.verdict, "reasons": list(one.reasons)} for one in page.rows]
    return {"file": name, "batch_id": str(batch.pk), **counts, "lines": lines, "more": bool(page.following)}
