"""Writes of the room: ask for an export, cancel it; what the job notes of its progress and its end."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.exports.flow import (
    KEPT_FOR,
    LONGEST_PURPOSE,
    MOST_OPEN,
    OPEN,
    SHORTEST_PURPOSE,
    Format,
    State,
)
from yichuang.exports.models import Export
from yichuang.exports.queries.lists import listing, narrowed, selection, words_of
from yichuang.exports.queries.own import account_of, open_count, own
from yichuang.exports.rules import said
from yichuang.journal.commands import View, ViewKind, hash_of, keyed, log_view, once, standing
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day


@transaction.atomic
def ask_export(
    code: str, file_format: str, given: Mapping[str, str], purpose: str, *, address: str, by: Actor, at: datetime,
    key: str,
) -> UUID:  # fmt: skip
    """Ask for a list as a file; the view log keeps who, what and what for. The id of the export.

    Raises Refused without the right to export or to open the list, Invalid without a purpose (one line, 4 to 200 characters)
    or for a question that the list does not understand, Conflict where too many of one's own wait already.
    """
    by.require(Capability.LIST_EXPORT)
    body = hash_of(code, file_format, given, purpose)
    known = standing("export", key, body_hash=body, owner=by.signature)
    if known is not None:
        return known
    purpose = said(purpose)
    if not SHORTEST_PURPOSE <= len(purpose) <= LONGEST_PURPOSE:
        words = f"请用 {SHORTEST_PURPOSE} 至 {LONGEST_PURPOSE} 个字写明用途，例如：核对一季度办件"
        raise Invalid("请写明导出的用途。", fields={"purpose": words})
    if file_format not in set(Format):
        raise Invalid("请选择文件格式。", fields={"format": "请选择一种格式"})
    found = narrowed(listing(code, by=by), given)
    selection(code, found, by=by, today=local_day(at))
    if open_count(by=by) >= MOST_OPEN:
        raise Conflict(
            f"您已有 {MOST_OPEN} 个导出在排队或者进行。", how="请等其中一个完成，或者取消不需要的再试。"
        )
    words = words_of(code, found, by=by)
    export_id = uuid7(at)
    earlier = once("export", key, subject_id=export_id, body_hash=body, owner=by.signature, at=at)
    if earlier is not None:
        return earlier
    Export.objects.create(
        id=export_id, account_id=account_of(by), code=code, format=file_format, asked=found, words=words, purpose=purpose,
        address=address, asked_at=at,
    )  # fmt: skip
    log_view(
        View(ViewKind.EXPORT, export_id, words, Format(file_format).upper(), reason=purpose, address=address),
        by=by, at=at,
    )  # fmt: skip
    return export_id


@keyed("export-cancel")
def cancel_export(export_id: UUID, *, by: Actor, at: datetime, key: str) -> UUID:  # noqa: ARG001 - kept by keyed
    """Give up an export that waits or runs; a running job looks and stops within seconds. Raises Missing, Conflict."""
    by.require(Capability.LIST_EXPORT)
    found = own(export_id, by=by)
    moved = Export.objects.filter(pk=found.pk, state__in=OPEN).update(state=State.CANCELLED, finished_at=at)
    if not moved and Export.objects.get(pk=found.pk).state != State.CANCELLED:
        raise Conflict("这个导出已经结束，不能取消。", how="请刷新页面查看结果。")
    return export_id


def begin_export(export_id: UUID, *, at: datetime) -> Export | None:
    """Take an open export into work, anew where its worker has gone; None where it has ended meanwhile."""
    taken = Export.objects.filter(pk=export_id, state__in=OPEN).update(
        state=State.RUNNING, touched_at=at, rows=0, expected=0
    )
    return Export.objects.get(pk=export_id) if taken else None


def note_progress(export_id: UUID, rows: int, expected: int, *, at: datetime) -> bool:
    """Note how far the job is; whether it shall go on (it was not cancelled)."""
    running = Export.objects.filter(pk=export_id, state=State.RUNNING)
    return bool(running.update(rows=rows, expected=expected, touched_at=at))


def finish_export(export_id: UUID, *, rows: int, size: int, reach: str, at: datetime) -> bool:
    """The file lies ready for a week, read within `reach`; False where the export was cancelled meanwhile."""
    running = Export.objects.filter(pk=export_id, state=State.RUNNING)
    return bool(
        running.update(
            state=State.DONE,
            rows=rows,
            size=size,
            reach=reach,
            finished_at=at,
            expires_at=at + KEPT_FOR,
            problem="",
        )
    )


def end_export(
    export_id: UUID, state: State, problem: str, *, at: datetime, of: Sequence[State] = (State.RUNNING,)
) -> bool:
    """The job could not make the file: refused or failed, with the reason for people. `of`: the states it ends from."""
    running = Export.objects.filter(pk=export_id, state__in=of)
    return bool(running.update(state=state, problem=problem, finished_at=at))


def forget_questions(*, at: datetime) -> int:
    """What was asked for may name a person: a week after the end the words, in which nobody is named, are enough."""
    ended = Export.objects.filter(finished_at__lte=at - KEPT_FOR).exclude(asked={})
    return ended.update(asked={})


def expire_export(export_id: UUID, *, at: datetime) -> bool:
    """The file has been removed; the line stays, so that everybody sees what was exported and what for."""
    done = Export.objects.filter(pk=export_id, state=State.DONE, expires_at__lte=at)
    return bool(done.update(state=State.EXPIRED, size=0, asked={}))
