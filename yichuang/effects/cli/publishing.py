"""Heads leave the house: after each drain the worker signs what no place has been told yet and tells it."""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from yichuang.gateways.signing import witness
from yichuang.gateways.witness_out import Folder, Line, Place, another_past, places
from yichuang.journal.commands import NewFact, Told, note_published, record
from yichuang.journal.queries import Witnessed, chain_at, head, unpublished_heads
from yichuang.journal.rules import CHAIN, Signed, head_line, head_message, stamp
from yichuang.journal.rules.verify import signed_words
from yichuang.kernel import canonical
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

log = logging.getLogger(__name__)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Published:
    """How many heads were told, and the places that could not be told now."""

    heads: int
    trouble: tuple[str, ...]


def publish(*, at: datetime, told: list[Place] | None = None) -> Published:
    """Tell every place of every head that it does not know, oldest first.

    Outside any transaction: first the place, then our own note of it, so a head that was told may be told again, but
    none is skipped. A place that fails is tried again later and does not hold up the others.
    """
    count, trouble = 0, []
    for place in places(settings.WITNESS_DIR, settings.WITNESS_WEBHOOK) if told is None else told:
        try:
            while heads := unpublished_heads(place.name, limit=AT_ONCE):
                count += _tell(place, heads, at)
        except Problem as problem:
            log.error("heads did not leave the house (%s): %s %s", place.name, problem.message, problem.how)
            trouble.append(place.name)
    return Published(count, tuple(trouble))


def past_agrees(folder: Path | None = None) -> bool:
    """Whether the newest head that the witness's folder knows is ours; says aloud where it is not.

    It is not after an older backup was restored, or a forgery: nothing is sealed until the database that knows it is
    back, or an officer has recorded the loss (`yichuang accept-loss`).
    """
    where = folder or settings.WITNESS_DIR
    newest = Folder(where).newest() if where is not None else None
    if newest is None or chain_at(newest[0]) == newest[1]:
        return True
    problem = another_past(newest[0])
    log.error("nothing is sealed: %s %s", problem.message, problem.how)
    return False


def record_loss(reason: str, *, at: datetime) -> int:
    """Record that a restored database lost what the witness's folder knows beyond it: a fact, and a signed line there.

    The heads behind our newest no longer count; a verification tells of them and of the reason. How many were lost.
    Raises Invalid (no reason, nothing lost) and Conflict where the database contradicts what both know: no loss, a forgery.
    """
    folder = Folder(settings.WITNESS_DIR) if settings.WITNESS_DIR is not None else None
    newest = folder.newest() if folder else None
    ours = head()
    if not reason.strip() or folder is None or newest is None or newest[0] <= ours.number:
        raise Invalid(
            "没有需要登记的损失，或者没有写明理由。", how="只有见证目录比数据库更新时，才需要登记。"
        )
    if ours.number and folder.hash_of(ours.number) != ours.chain:
        raise another_past(ours.number)
    lost = {
        "number": ours.number,
        "hash": ours.chain,
        "lost_to": newest[0],
        "at": stamp(at),
        "reason": reason.strip(),
    }
    with transaction.atomic():
        record(NewFact(uuid7(at), "journal", "journal.loss_recorded", lost), by=SYSTEM, at=at)
    signed = witness.sign(signed_words(lost))
    signature = {"key_id": signed.key_id, "algorithm": signed.algorithm, "value": signed.value_hex}
    folder.declare(local_day(at), canonical.text({"chain": CHAIN, **lost, "signature": signature}))
    return newest[0] - ours.number


def _tell(place: Place, heads: list[Witnessed], at: datetime) -> int:
    signed = [(head, sign_head(head)) for head in heads]
    place.tell([_line(head, signature) for head, signature in signed])
    note_published(place.name, [Told(head.number, one.key_id, one.value) for head, one in signed], at=at)
    return len(signed)


def sign_head(head: Witnessed) -> Signed:
    """The witness key's signature under a head."""
    made = witness.sign(head_message(head.number, head.algorithm, head.at, head.chain))
    return Signed(made.key_id, made.algorithm, made.value_hex)


def _line(head: Witnessed, signed: Signed) -> Line:
    text = head_line(head.number, head.at, head.leaves, head.algorithm, head.root, head.chain, signed)
    return Line(local_day(head.at), head.number, head.chain, text)
