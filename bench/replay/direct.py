"""Load events straight into the journal, as the facts that the exchange leaves: rows by COPY, chained and queued by two statements.

The adapter of the replica and of a measurement of figures alone; whoever loads through the exchange's own door calls that instead.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, time
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

import psycopg
from django.db import connection, transaction

from bench.replay.events import SYSTEM, Event, batches
from yichuang.journal.commands import ensure_partitions
from yichuang.kernel import canonical, sql
from yichuang.kernel.times import SHANGHAI

BATCH = 20_000
Load = Callable[[Iterable[Event]], None]
COLUMNS = (
    "id", "seq", "kind", "at", "day", "department_id", "item_id", "item_type", "channel", "outcome", "promptness",
    "days_used", "limit_days", "number", "key", "key_hash", "data",
)  # fmt: skip
STAGING = """
create temp table if not exists replay_event (
    id uuid, seq int, kind text, at timestamptz, day date, department_id uuid, item_id uuid, item_type text, channel text,
    outcome text, promptness text, days_used int, limit_days int, number text, key text, key_hash text, data text
) on commit delete rows
"""
APPEND = """
with subject as (
    select e.*, coalesce(before.hash, ''::bytea) as prev_hash,
           journal_fact_hash(coalesce(before.hash, ''::bytea), e.id, e.seq,
                             journal_place('reported', e.department_id, e.key, e.key_hash), e.kind, e.at, 'system', null,
                             e.number, e.data) as hash
    from replay_event e left join journal_fact before on before.subject_id = e.id and before.seq = e.seq - 1
    where e.seq = %(seq)s
), fact as (
    insert into journal_fact (subject_id, seq, subject_kind, kind, at, day, actor, actor_name, department_id, ground, number,
                              data, key, key_hash, prev_hash, hash)
    select id, seq, 'reported', kind, at, day, 'system', '', department_id, null, number, data, key, key_hash, prev_hash, hash
    from subject
)
insert into journal_fresh (subject_id, seq, subject_kind, kind, hash, day, department_id, item_id, item_type, region, channel,
                           outcome, promptness, days_used, limit_days, quantity)
select id, seq, 'reported', kind, hash, day, department_id, item_id, item_type, '', channel, outcome, promptness, days_used,
       limit_days, 1
from subject
"""


def loader(departments: Mapping[str, UUID], items: Mapping[str, UUID], *, size: int = BATCH) -> Load:
    """What loads events, each batch in a transaction of its own; ids of departments and items by their codes."""

    def load(events: Iterable[Event]) -> None:
        for batch in batches(events, size):
            _load(batch, departments, items)

    return load


@transaction.atomic
def _load(batch: Sequence[Event], departments: Mapping[str, UUID], items: Mapping[str, UUID]) -> None:
    for month in {(event.accepted_on.year, event.accepted_on.month) for event in batch}:
        ensure_partitions(datetime(*month, 1, tzinfo=SHANGHAI))
    sql.execute(STAGING)
    raw = cast("psycopg.Connection[Any]", connection.connection)
    with raw.cursor() as cursor:
        with cursor.copy(f"copy replay_event ({', '.join(COLUMNS)}) from stdin") as copy:
            for event in batch:
                copy.write_row(_row(event, departments, items))
        for seq in sorted({event.serial for event in batch}):
            cursor.execute(APPEND.encode(), {"seq": seq})
        cursor.execute("truncate replay_event")


def _row(event: Event, departments: Mapping[str, UUID], items: Mapping[str, UUID]) -> tuple[Any, ...]:
    item, department = items[event.matter.item], departments[event.matter.department]
    decided = event.kind == "decided"
    said = {
        "item_id": str(item),
        "item_type": event.matter.item_type,
        "channel": event.channel,
        "quantity": 1,
    }
    promptness = _promptness(event)
    if decided:
        said |= {"outcome": "granted"}
        for name, value in (
            ("promptness", promptness), ("days_used", event.days_used), ("limit_days", event.matter.limit_days),
        ):  # fmt: skip
            if value is not None:
                said[name] = value
    body = sha256(json.dumps(event.as_json(), sort_keys=True).encode()).hexdigest()
    return (
        _id(event), event.serial, f"reported.{event.kind}", datetime.combine(event.day, time(18), SHANGHAI), event.day,
        department, item, event.matter.item_type, event.channel, "granted" if decided else None, promptness, event.days_used,
        event.matter.limit_days if decided and event.days_used is not None else None, event.source_number,
        f"x:{SYSTEM}:{event.source_number}:{event.serial}", body, canonical.text(said),
    )  # fmt: skip


def _promptness(event: Event) -> str | None:
    if event.kind != "decided" or event.days_used is None or event.matter.limit_days is None:
        return None
    if event.days_used == 0:
        return "instant"
    if event.days_used == event.matter.limit_days:
        return "on_time"
    return "early" if event.days_used < event.matter.limit_days else "late"


def _id(event: Event) -> UUID:
    """The id of a case: a UUIDv7 of the day of its acceptance whose random part is its source number's hash."""
    moment = int(datetime.combine(event.accepted_on, time(9), SHANGHAI).timestamp() * 1000)
    tail = int.from_bytes(sha256(event.source_number.encode()).digest()[:10])
    value = moment << 80 | 0x7 << 76 | (tail >> 62 & 0xFFF) << 64 | 0b10 << 62 | tail & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=value)
