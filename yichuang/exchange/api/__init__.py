"""Departments' systems report here: batches of events, and what became of them."""

import hashlib
import zlib
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_POST

from yichuang.directory.flow import Capability
from yichuang.exchange.api.described import paths, schemas
from yichuang.exchange.commands.batches import open_batch, run_batch, system_of
from yichuang.exchange.flow import MOST_BYTES, MOST_EVENTS, BatchState, State
from yichuang.exchange.models import Batch
from yichuang.exchange.queries.batches import batch_lines, own_batch
from yichuang.exchange.queries.cases import case_of_system
from yichuang.exchange.rules.lines import Unreadable
from yichuang.exchange.rules.streams import BadHeader, Parsed, csv_lines, json_lines
from yichuang.kernel.api import (
    NotJson,
    TooLarge,
    answer,
    idempotency_key,
    machine,
    read_query,
)
from yichuang.kernel.api import (
    Unreadable as BadBody,
)
from yichuang.kernel.errors import Invalid, Missing
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.web import Request, needs

KINDS = {"application/x-ndjson": json_lines, "text/csv": csv_lines}
CHUNK = 1 << 16
IN_MEMORY = 1 << 20
__all__ = ["paths", "schemas", "urlpatterns"]


@machine
@needs(Capability.EXCHANGE_REPORT)
@require_POST
def batches(request: Request) -> HttpResponse:
    """Take a batch: 200 with its receipt, 202 where somebody else is still writing the same batch."""
    key = idempotency_key(request)
    reader = KINDS.get(request.content_type or "")
    if reader is None:
        raise NotJson(
            "只接收逐行 JSON 或者 CSV。",
            how="请求头 Content-Type 应为 application/x-ndjson 或 text/csv（UTF-8）。",
        )
    system_of(request.by)
    with SpooledTemporaryFile(max_size=IN_MEMORY) as kept:
        sha256 = _keep(request, kept)
        lines = _lines(reader, kept)
        batch = open_batch(sha256, name="", by=request.by, at=request.at, key=key)
        if batch.state == BatchState.RUNNING:
            batch = run_batch(batch, lines, by=request.by, at=request.at)
    return answer(_receipt(batch), 200 if batch.state == BatchState.DONE else 202)


def _keep(request: Request, kept: IO[bytes]) -> str:
    """Lay what was sent aside, unpacked; its SHA-256 with the kind. Raises TooLarge, Unreadable (of the door)."""
    digest, size, lines = hashlib.sha256((request.content_type or "").encode()), 0, 0
    for data in _unpacked(request):
        size += len(data)
        lines += data.count(b"\n")
        if size > MOST_BYTES or lines > MOST_EVENTS + 1:
            raise TooLarge(
                f"一批不能超过 {MOST_EVENTS:,} 条、{MOST_BYTES >> 20} MB（解压后）。",
                how="请分成几批，每批用各自的标识。",
            )
        digest.update(data)
        kept.write(data)
    if not size:
        raise BadBody("没有内容。", how="请逐行写出事件。")
    kept.seek(0)
    return digest.hexdigest()


def _unpacked(request: Request) -> Iterator[bytes]:
    packed = request.headers.get("Content-Encoding", "").strip().lower()
    if packed not in ("", "identity", "gzip"):
        raise NotJson("不认识这种压缩。", how="请求头 Content-Encoding 应为 gzip，或者不写。")
    if packed != "gzip":
        while data := request.read(CHUNK):
            yield data
        return
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        while data := request.read(CHUNK):
            while data:
                yield unpacker.decompress(data, CHUNK)
                data = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error as error:
        raise BadBody("压缩的内容解不开。", how="请检查 gzip 是否完整。") from error
    if not unpacker.eof:
        raise BadBody("压缩的内容不完整。", how="请重新发送。")


def _lines(reader: Any, kept: IO[bytes]) -> Iterator[Parsed]:
    try:
        return reader(kept)  # type: ignore[no-any-return]
    except BadHeader as wrong:
        raise Invalid(
            "表头有误。",
            how="第一行应为列名，见接口说明。",
            fields={"header": "；".join(wrong.faults)[:1000]},
        ) from wrong
    except Unreadable as wrong:
        raise BadBody("CSV 读不出。", how=f"第一行{wrong.words}。") from wrong


def _receipt(batch: Batch) -> dict[str, Any]:
    """What became of a batch, with the first lines that were not simply taken."""
    page = batch_lines(batch)
    return {
        "batch_id": batch.pk,
        "state": batch.state,
        "sha256": batch.sha256,
        "received": batch.received,
        "taken": batch.taken,
        "known": batch.known,
        "quarantined": batch.quarantined,
        "refused": batch.refused,
        "at": batch.at,
        "done_at": batch.done_at,
        "lines": [
            {"line": one.place, "verdict": one.verdict, "source_number": one.source_number or None, "reasons": list(one.reasons)}
            for one in page.rows
        ],
        "after": page.following or None,
    }  # fmt: skip


@machine
@needs(Capability.EXCHANGE_REPORT)
@require_GET
def one_batch(request: Request, reported_batch_id: str) -> HttpResponse:
    """What became of a batch of one's own: counts, and a page of its lines."""
    given = read_query(request)
    after = given.text("after", limit=200)
    given.done()
    found = parse_uuid(reported_batch_id)
    if found is None:
        raise Missing("没有这一批。", how="请核对批次编号。")
    batch = _own(found, request)
    page = batch_lines(batch, after=after)
    told = _receipt(batch)
    told["lines"] = [
        {"line": one.place, "verdict": one.verdict, "source_number": one.source_number or None, "reasons": list(one.reasons)}
        for one in page.rows
    ]  # fmt: skip
    return answer({**told, "after": page.following or None})


def _own(batch_id: UUID, request: Request) -> Batch:
    """A batch of the system that asks; another's is not there."""
    found = own_batch(batch_id, system_of(request.by))
    if found is None:
        raise Missing("没有这一批。", how="请核对批次编号。")
    return found


@machine
@needs(Capability.EXCHANGE_REPORT)
@require_GET
def one_case(request: Request, source_number: str) -> HttpResponse:
    """Where a case of one's own stands, and what is known about it."""
    found = case_of_system(system_of(request.by), source_number)
    row = found.row
    return answer(
        {
            "source_number": row.source_number,
            "state": row.state,
            "state_label": State(row.state).label,
            "item_code": row.item_code,
            "accepted_on": row.accepted_on,
            "decided_on": row.decided_on,
            "closed_on": row.closed_on,
            "outcome": row.outcome or None,
            "due_on": row.due_on,
            "events": [
                {
                    "event_no": one.entry.no, "kind": one.entry.kind.value, "on": one.entry.day, "counts": one.counts,
                    "reason": one.reason or None,
                }
                for one in found.events
            ],
        }
    )  # fmt: skip


BASE = "api/v1/reported"
urlpatterns: list[URLPattern] = [
    path(f"{BASE}/batches", batches, name="api-reported-batches"),
    path(f"{BASE}/batches/<str:reported_batch_id>", one_batch, name="api-reported-batch"),
    path(f"{BASE}/cases/<path:source_number>", one_case, name="api-reported-case"),
]
