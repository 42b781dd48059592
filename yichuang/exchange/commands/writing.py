"""The statements of a block: numbers claimed, cases locked, rows and facts written, doubts kept.

The order is the same for all writers: first the numbers, then the rows of cases, each sorted, so that two batches with the
same cases wait for each other and never lock each other out. The chain of each case goes on from the end that its locked row
names; several facts of one case in one block follow each other.
"""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from yichuang.exchange.flow import CHANNEL, SUBJECT, WAITING, Doubt, EventKind, Reason
from yichuang.exchange.rules.changes import Change, FactDraft, Row
from yichuang.exchange.rules.checking import Reference
from yichuang.exchange.rules.keeping import DIGEST
from yichuang.exchange.rules.lines import Line
from yichuang.exchange.rules.settle import Entry
from yichuang.journal.commands import ensure_partitions
from yichuang.journal.rules import stamp as hashed_stamp
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.copy_in import NULL, cell, copy_text
from yichuang.kernel.keys import moment_of, uuid7_of
from yichuang.kernel.times import SHANGHAI

SALT_BYTES = 16
FACT = (
    "subject_id", "seq", "subject_kind", "kind", "at", "day", "actor", "actor_name", "department_id", "data", "key",
    "key_hash", "prev_hash", "hash",
)  # fmt: skip
FRESH = (
    "subject_id", "seq", "subject_kind", "kind", "hash", "day", "department_id", "item_id", "item_type", "region", "channel",
    "outcome", "promptness", "days_used", "limit_days", "quantity",
)  # fmt: skip
CASE = (
    "id", "system_id", "source_number", "item_id", "item_code", "item_type", "department_id", "region", "applicant_name",
    "applicant_no", "salt", "state", "seq", "last_hash", "reported_at", "changed_at", "accepted_on", "decided_on", "closed_on",
    "outcome", "promptness", "due_on", "limit_days", "days_used", "doubts", "events",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """A line in doubt: which event, why, in which case (if any), and whose it is as far as is known."""

    number: str
    entry: Entry
    reason: Sequence[Reason]
    raw: str
    place: int
    case_id: UUID | None = None
    department_id: UUID | None = None


class Claimed(NamedTuple):
    """The ids of cases by the numbers of their system; `new`: those that nobody had reported before, so that they have no row yet."""

    ids: dict[str, UUID]
    new: frozenset[UUID]


def claimed(numbers: Sequence[str], firsts: Sequence[datetime], reference: Reference) -> Claimed:
    """The ids of cases by the numbers of their system (sorted), new ones for those that nobody has reported yet.

    `firsts`: the moment of the first event of each, whose id carries it.
    """
    known = _known(numbers, reference)
    missing = [(number, at) for number, at in zip(numbers, firsts, strict=True) if number not in known]
    if not missing:
        return Claimed(known, frozenset())
    ids = {number: uuid7_of(at, reference.system_id, number) for number, at in missing}
    made = sql.execute(
        "insert into exchange_number (system_id, source_number, case_id) "
        "select %(system)s::uuid, u.number, u.id from unnest(%(numbers)s::text[], %(ids)s::uuid[]) as u(number, id) "
        "on conflict do nothing",
        {"system": reference.system_id, "numbers": list(ids), "ids": list(ids.values())},
    )
    if made == len(missing):
        return Claimed(known | ids, frozenset(ids.values()))
    # Somebody else has claimed some of them meanwhile: their rows may be there.
    return Claimed(known | _known(list(ids), reference), frozenset())


def _known(numbers: Sequence[str], reference: Reference) -> dict[str, UUID]:
    return dict(
        sql.rows(
            "select source_number, case_id from exchange_number "
            "where system_id = %(system)s and source_number = any(%(numbers)s)",
            {"system": reference.system_id, "numbers": list(numbers)},
        )
    )


def locked(ids: Iterable[UUID]) -> dict[UUID, Row]:
    """The rows of cases, held until the transaction ends; those of new cases are not there yet."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    found = sql.rows(
        "select id, source_number, item_id, item_code, item_type, department_id, region, applicant_name, applicant_no, salt, "
        "state, seq, last_hash, accepted_on, decided_on, closed_on, outcome, promptness, due_on, limit_days, days_used, doubts, "
        "events from exchange_case where id = any(%(ids)s) order by id for update",
        {"ids": wanted},
    )
    return {row[0]: Row(*row) for row in found}


def salt() -> str:
    """What the commitments of a case are salted with."""
    return salts(1)[0]


def salts(count: int) -> list[str]:
    """So many salts, drawn at once."""
    drawn = secrets.token_hex(SALT_BYTES * count)
    return [drawn[place : place + 2 * SALT_BYTES] for place in range(0, len(drawn), 2 * SALT_BYTES)]


def write_changes(changes: Sequence[Change], *, reference: Reference, by: Actor, at: datetime) -> None:
    """Write what changed: facts with their chains, the queue of the drain, rows of cases."""
    facts: list[str] = []
    fresh: list[str] = []
    rows: list[tuple[Change, bytes]] = []
    stamp = {
        "at": cell(at),
        "actor": by.signature,
        "actor_name": cell(by.name if by.kind == "staff" else ""),
        "hashed": hashed_stamp(at),
    }
    for change in changes:
        end = _chained(change, stamp, facts, fresh)
        if change.entries:
            rows.append((change, end))
    _ensure_room(changes)
    _write_new([one for one in rows if one[0].is_new], reference, at)
    _write_old([one for one in rows if not one[0].is_new], at)
    copy_text("journal_fact", FACT, facts)
    copy_text("journal_fresh", FRESH, fresh)


def _ensure_room(changes: Sequence[Change]) -> None:
    """Partitions for the quarters in which new cases stand: their ids say when, whenever their oldest line was."""
    months: dict[tuple[int, int], datetime] = {}
    for change in changes:
        if change.is_new:
            at = moment_of(change.row.id).astimezone(SHANGHAI)
            months.setdefault((at.year, at.month), at)
    for at in months.values():
        ensure_partitions(at)


def _chained(change: Change, stamp: dict[str, str], facts: list[str], fresh: list[str]) -> bytes:
    """The lines of the facts of a case; the end of its chain, each link hashed as `journal_fact_hash` does."""
    row = change.row
    subject, prev = _text(row.id), bytes(row.last_hash).hex()
    seq = row.seq - len(change.facts)
    end = bytes(row.last_hash)
    for draft in change.facts:
        seq += 1
        entry, department = draft.entry, _text(draft.where.department_id)
        kind, day = _KINDS[entry.kind], entry.day.isoformat()
        # The body names people: without the salt nobody can try names against its hash.
        body = sha256(f"{row.salt}\n{entry.digest}".encode()).hexdigest()
        said = (
            f"{prev}\n{subject}\n{seq}\n{SUBJECT} {department} {draft.key} {body}\n{kind}\n{stamp['hashed']}\n"
            f"{stamp['actor']}\n\n\n{draft.data}"
        )
        end = sha256(said.encode()).digest()
        hexed = end.hex()
        facts.append(
            f"{subject}\t{seq}\t{SUBJECT}\t{kind}\t{stamp['at']}\t{day}\t{stamp['actor']}\t{stamp['actor_name']}\t"
            f"{department}\t{draft.data}\t{cell(draft.key)}\t{body}\t\\\\x{prev}\t\\\\x{hexed}"
        )
        fresh.append(
            f"{subject}\t{seq}\t{SUBJECT}\t{kind}\t\\\\x{hexed}\t{day}\t{_counted(draft, department)}"
        )
        prev = hexed
    return end


_KINDS = {kind: kind.fact for kind in EventKind}


@lru_cache(maxsize=8192)
def _text(found: UUID) -> str:
    return str(found)


def _counted(draft: FactDraft, department: str) -> str:
    """What figures read of a fact; what counts nothing (a correction, what was taken back before it came) names no item."""
    entry, where = draft.entry, draft.where
    if entry.kind is EventKind.CORRECTED or not draft.quantity:
        return f"{department}\t{NULL}\t{NULL}\t{NULL}\t{NULL}\t{NULL}\t{NULL}\t{NULL}\t{NULL}\t0"
    head = f"{department}\t{_text(where.item_id)}\t{where.item_type}\t{where.region}\t{CHANNEL}\t"
    if entry.kind is not EventKind.DECIDED:
        return f"{head}{NULL}\t{NULL}\t{NULL}\t{NULL}\t{draft.quantity}"
    timed = entry.days_used is not None and where.limit_days is not None
    used, limit = (entry.days_used, where.limit_days) if timed else (NULL, NULL)
    return f"{head}{entry.outcome}\t{where.promptness or NULL}\t{used}\t{limit}\t{draft.quantity}"


def _write_new(rows: Sequence[tuple[Change, bytes]], reference: Reference, at: datetime) -> None:
    system, moment = str(reference.system_id), cell(at)
    lines = []
    for change, end in rows:
        row = change.row
        lines.append(
            f"{_text(row.id)}\t{system}\t{cell(row.source_number)}\t{_text(row.item_id)}\t{row.item_code}\t{row.item_type}\t"
            f"{_text(row.department_id)}\t{row.region}\t{cell(row.applicant_name)}\t{row.applicant_no}\t{row.salt}\t{row.state}\t"
            f"{row.seq}\t\\\\x{end.hex()}\t{moment}\t{moment}\t{cell(row.accepted_on)}\t{cell(row.decided_on)}\t"
            f"{cell(row.closed_on)}\t{row.outcome}\t{row.promptness}\t{cell(row.due_on)}\t{cell(row.limit_days)}\t"
            f"{cell(row.days_used)}\t{row.doubts}\t{cell(row.events)}"
        )
    copy_text("exchange_case", CASE, lines)


def _write_old(rows: Sequence[tuple[Change, bytes]], at: datetime) -> None:
    if not rows:
        return
    found = [change.row for change, _ in rows]
    names = (
        "id", "item_id", "item_code", "item_type", "department_id", "region", "applicant_name", "applicant_no", "state", "seq",
        "accepted_on", "decided_on", "closed_on", "outcome", "promptness", "due_on", "limit_days", "days_used", "doubts",
        "events",
    )  # fmt: skip
    columns = {name: [getattr(row, name) for row in found] for name in names}
    written = sql.execute(
        sql.statement(__file__, "renew"),
        {**columns, "at": at, "last_hash": [end for _, end in rows]},
    )
    assert written == len(rows), "a row that was locked is gone"


def keep_doubts(
    spots: Sequence[Spot], *, reference: Reference, batch_id: UUID | None, at: datetime, again: bool
) -> dict[tuple[str, int, str], UUID]:
    """Put lines into quarantine; the ids of those that were not there as they are.

    `again`: what was there is brought up to date (its reason may have changed, or have come back); else it stays as it is.
    """
    if not spots:
        return {}
    # In one order for all writers: two batches with the same lines wait for each other.
    ordered = sorted(spots, key=lambda one: (one.number, one.entry.no, one.entry.digest))
    columns = _doubt_columns(ordered, at, reference)
    more = sql.statement(__file__, "doubt_again") if again else "on conflict do nothing"
    found = sql.rows(
        sql.statement(__file__, "doubt", (("again", more),)),
        {**columns, "system": reference.system_id, "batch": batch_id, "at": at},
    )
    return {(number, no, digest): found_id for found_id, number, no, digest in found}


def _doubt_columns(spots: Sequence[Spot], at: datetime, reference: Reference) -> dict[str, list[object]]:
    rows = [
        (
            uuid7_of(at, reference.system_id, one.number, one.entry.no, one.entry.digest[:DIGEST]), one.number, one.entry.no,
            one.entry.digest[:DIGEST], one.entry.kind.value, one.entry.day, one.entry.item, one.department_id, one.case_id,
            ",".join(one.reason), _waits(one.reason), one.raw, one.place,
        )
        for one in spots
    ]  # fmt: skip
    names = (
        "id", "number", "no", "digest", "kind", "day", "item", "department", "case", "reasons", "state", "raw", "place",
    )  # fmt: skip
    return {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


def _waits(reasons: Sequence[Reason]) -> str:
    return (Doubt.WAITING if all(one in WAITING for one in reasons) else Doubt.OPEN).value


def clear_doubts(gone: Sequence[tuple[str, int, str]], *, reference: Reference, at: datetime) -> None:
    """What was in doubt and is no more, by number of the case, number of the event and body."""
    if gone:
        numbers, nos, digests = (list(column) for column in zip(*sorted(gone), strict=True))
        sql.execute(
            "update exchange_quarantine q set state = 'settled', done_at = %(at)s "
            "from unnest(%(numbers)s::text[], %(nos)s::int[], %(digests)s::text[]) as u(number, no, digest) "
            "where q.system_id = %(system)s and q.source_number = u.number and q.event_no = u.no and q.digest = u.digest "
            "and q.state in ('open', 'waiting')",
            {"at": at, "system": reference.system_id, "numbers": numbers, "nos": nos, "digests": digests},
        )


def raw_of(entry: Entry, line: Line | None) -> str:
    """The line as it came; of one that came in an earlier batch, what is kept of it."""
    if line is not None and line.raw:
        return line.raw
    said = {
        "event_no": entry.no, "kind": entry.kind.value, "on": entry.day.isoformat(), "item_code": entry.item,
        "outcome": entry.outcome, "takes_back": entry.takes_back,
    }  # fmt: skip
    return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)
