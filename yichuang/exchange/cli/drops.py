"""Files that systems lay down: each becomes a batch under a key made of its content, so the same file again does nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from yichuang.directory.queries import actor_of
from yichuang.exchange.commands.batches import open_batch, run_batch
from yichuang.exchange.commands.destroy import KEPT_DAYS
from yichuang.exchange.flow import BatchState
from yichuang.exchange.models import Batch, System
from yichuang.exchange.queries.batches import batch_lines
from yichuang.exchange.rules.lines import Unreadable
from yichuang.exchange.rules.streams import BadHeader, Parsed, csv_lines, json_lines
from yichuang.gateways import drops
from yichuang.gateways.drops import Dropped
from yichuang.kernel.errors import Problem
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import real_now

READERS = {"ndjson": json_lines, "csv": csv_lines}
KEY_DIGITS = 60


def folder_of(system: System) -> Path:
    """Where the files of a system lie."""
    return Path(settings.EXCHANGE_DIR) / system.folder


def find_waiting() -> list[UUID]:
    """The systems of which a file is ready."""
    found = System.objects.filter(is_active=True).exclude(folder="").order_by("pk")
    return [one.pk for one in found if drops.ready(folder_of(one))]


def run(system_id: UUID, *, at: datetime) -> list[str]:
    """Take every file of a system that is ready; a sentence for each. Safe to run twice, and by two at the same time."""
    system = System.objects.get(pk=system_id)
    return [_one(system, dropped, at) for dropped in drops.ready(folder_of(system))]


def forget_files() -> int:
    """Remove the files that were put away as long ago as lines are kept (by the disk's clock); how many."""
    before = real_now() - timedelta(days=KEPT_DAYS)
    systems = System.objects.exclude(folder="").order_by("pk")
    return sum(drops.forget_old(folder_of(one), before=before) for one in systems)


def _one(system: System, dropped: Dropped, at: datetime) -> str:
    name = dropped.path.name
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
    digest = drops.digest_of(dropped.path)
    if digest != dropped.promised:
        raise _Refused("内容与 .ready 中的 SHA-256 不符")
    reader = READERS.get(dropped.kind)
    if reader is None:
        raise _Refused("只收 .ndjson、.jsonl、.csv 及其 .gz")
    try:
        return _written(system, dropped, digest, reader, at)
    except FileNotFoundError:
        raise
    except tuple(_WORDS) as wrong:
        words = next(words for kind, words in _WORDS.items() if isinstance(wrong, kind))
        raise _Refused(f"{words}：{wrong}" if str(wrong) else words) from wrong


_WORDS: dict[type[Exception], str] = {
    Problem: "不能报送", BadHeader: "表头有误", Unreadable: "第一行读不出", drops.TooLong: "文件过大", EOFError: "压缩的内容不完整",
    OSError: "文件解不开",
}  # fmt: skip


def _written(system: System, dropped: Dropped, digest: str, reader: Any, at: datetime) -> Batch:
    by = actor_of(system.account_id, on=local_day(at))
    batch = open_batch(digest, name=dropped.path.name, by=by, at=at, key=f"file-{digest[:KEY_DIGITS]}")
    if batch.state == BatchState.DONE:
        return batch
    return run_batch(batch, _begun(reader, dropped.path), by=by, at=at)


def _begun(reader: Any, path: Path) -> Iterator[Parsed]:
    """The lines of a file whose first has been looked at: a file that cannot be unpacked is found out before it counts."""
    lines = drops.lines_of(path)
    first = next(lines, b"")
    return reader(chain([first], lines))  # type: ignore[no-any-return]


def _result(name: str, batch: Batch) -> dict[str, Any]:
    page = batch_lines(batch, size=1000)
    counts = {
        field: getattr(batch, field) for field in ("received", "taken", "known", "quarantined", "refused")
    }
    lines = [{"line": one.place, "verdict": one.verdict, "reasons": list(one.reasons)} for one in page.rows]
    return {"file": name, "batch_id": str(batch.pk), **counts, "lines": lines, "more": bool(page.following)}
