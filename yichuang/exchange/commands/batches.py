"""Batches: opened once under their key, written block by block, gone on with where they were left."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.exchange.commands.taking import Counts, Refusal, take_lines
from yichuang.exchange.flow import BLOCK, BatchState
from yichuang.exchange.models import Batch, System
from yichuang.exchange.queries.reference import reference_of
from yichuang.exchange.rules.checking import Reference
from yichuang.exchange.rules.lines import Line, Unreadable, read_line
from yichuang.exchange.rules.streams import Parsed
from yichuang.journal.commands import hash_of, once, standing
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.keys import uuid7

SHOWN_RAW = 2000


def system_of(by: Actor) -> System:
    """The system whose account asks. Raises Refused, Missing."""
    by.require(Capability.EXCHANGE_REPORT)
    found = System.objects.filter(account=by.id, is_active=True).first() if by.id else None
    if found is None:
        raise Missing("这个令牌的账号不是在用的报送系统。", how="请联系中心的管理员登记或启用报送系统。")
    return found


@transaction.atomic
def open_batch(
    sha256: str, *, name: str, by: Actor, at: datetime, key: str, conformance: dict[str, Any] | None = None
) -> Batch:  # fmt: skip
    """The batch of a key: a new one, or the one that the key stands for. Raises Refused, Missing, Conflict.

    `conformance`: how the rows of a national table conform (`rules.national.told`); it is kept with the batch.
    """
    system = system_of(by)
    hashed = hash_of(system.pk, sha256)
    found = standing("reported", key, body_hash=hashed, owner=by.signature)
    if found is not None:
        return Batch.objects.get(pk=found)
    made = Batch(id=uuid7(at), system=system, name=name[:200], sha256=sha256, at=at, conformance=conformance)
    other = once("reported", key, subject_id=made.pk, body_hash=hashed, owner=by.signature, at=at)
    if other is not None:
        return Batch.objects.get(pk=other)
    made.save(force_insert=True)
    return made


@transaction.atomic
def lay_batch_aside(sha256: str, words: str, *, name: str, by: Actor, at: datetime, key: str) -> Batch:
    """Mark a batch at which the platform failed again and again with what is to be told; what is written of it stays.

    Who sends it again goes on where it stopped. A batch that is done stays as it is. Raises Refused, Missing, Conflict.
    """
    by.require(Capability.EXCHANGE_REPORT)
    batch = open_batch(sha256, name=name, by=by, at=at, key=key)
    if Batch.objects.filter(pk=batch.pk, state=BatchState.RUNNING.value).update(trouble=words):
        batch.trouble = words
    return batch


def run_batch(batch: Batch, lines: Iterable[Parsed], *, by: Actor, at: datetime) -> Batch:
    """Take every line of a batch that is not taken yet, block by block; the batch as it stands then.

    Each block is one transaction that moves the batch's mark: whoever is killed loses at most a block that was not
    committed, and of two that run the same batch one finds the mark moved and stops; the batch is running then.
    Raises Refused, Missing for a batch of another system.
    """
    by.require(Capability.EXCHANGE_REPORT)
    if batch.system.account_id != by.id:
        raise Missing("没有这一批。", how="请核对批次编号。")
    # A batch with a report on its rows is a national table, whose rows have no numbers of their own.
    reference = replace(reference_of(batch.system), numbered=batch.conformance is None)
    done = batch.lines_done
    with _uncollected():
        for block in _blocks(lines, skip=done):
            if not _take_block(batch.pk, done, block, reference=reference, by=by, at=at):
                return Batch.objects.get(pk=batch.pk)
            done += len(block)
    _finish(batch.pk, done, at)
    return Batch.objects.get(pk=batch.pk)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of circles: a block makes hundreds of thousands of objects and no circle, and it would look through all of
    them again and again, for a fifth of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _blocks(lines: Iterable[Parsed], *, skip: int) -> Iterator[list[tuple[int, Parsed]]]:
    numbered = islice(enumerate(lines, start=1), skip, None)
    while block := list(islice(numbered, BLOCK)):
        yield block


@transaction.atomic
def _take_block(
    batch_id: UUID, done: int, block: list[tuple[int, Parsed]], *, reference: Reference, by: Actor, at: datetime
) -> bool:  # fmt: skip
    """One block; False where somebody else has moved the mark."""
    moved = sql.execute(
        "update exchange_batch set lines_done = %(after)s, trouble = '' where id = %(id)s and lines_done = %(before)s and state = 'running'",
        {"id": batch_id, "before": done, "after": done + len(block)},
    )
    if not moved:
        return False
    lines, refusals = _read(block)
    counts = take_lines(lines, refusals, reference=reference, batch_id=batch_id, by=by, at=at)
    _count(batch_id, counts)
    return True


def _read(block: list[tuple[int, Parsed]]) -> tuple[list[Line], list[Refusal]]:
    lines, refusals = [], []
    for at_line, (raw, data) in block:
        try:
            if isinstance(data, Unreadable):
                raise data
            lines.append(read_line(data, at_line, raw))
        except Unreadable as wrong:
            kept = raw[:SHOWN_RAW].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
            refusals.append(Refusal(at_line, wrong.field, wrong.words, kept))
    return lines, refusals


def _count(batch_id: UUID, counts: Counts) -> None:
    sql.execute(
        "update exchange_batch set received = received + %(received)s, taken = taken + %(taken)s, known = known + %(known)s, "
        "quarantined = quarantined + %(quarantined)s, refused = refused + %(refused)s, opened = opened + %(opened)s where id = %(id)s",
        {
            "id": batch_id, "received": counts.received, "taken": counts.taken, "known": counts.known,
            "quarantined": counts.quarantined, "refused": counts.refused, "opened": counts.opened,
        },
    )  # fmt: skip


def _finish(batch_id: UUID, done: int, at: datetime) -> None:
    sql.execute(
        "update exchange_batch set state = %(state)s, done_at = %(at)s, trouble = '' "
        "where id = %(id)s and lines_done = %(done)s and state = 'running'",
        {"id": batch_id, "done": done, "at": at, "state": BatchState.DONE.value},
    )
