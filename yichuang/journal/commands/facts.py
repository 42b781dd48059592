"""Writes of the journal: record a fact, take numbers, make partitions, drain the queue into a seal."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction

from yichuang.journal import rules
from yichuang.journal.queries import append_fragment, head
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict
from yichuang.kernel.times import SHANGHAI, local_day

QUARTERS = 4
_ready: set[tuple[object, int, int]] = set()


@dataclass(frozen=True, slots=True)
class NewFact:
    """What is to be remembered about one subject. `quantity`: how many pieces the fact counts in figures."""

    subject_id: UUID
    subject_kind: str
    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    ground: str | None = None
    department_id: UUID | None = None
    item_id: UUID | None = None
    item_type: str | None = None
    region: str | None = None
    channel: str | None = None
    key: str | None = None
    key_hash: str | None = None
    series: str | None = None
    number_prefix: str = ""
    number_suffix: str = ""
    number_width: int = 1
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """The place that a fact took in its subject's chain, and the number given with it."""

    seq: int
    hash: bytes
    number: str | None


def fact_parameters(kind: str, *, by: Actor, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    """The parameters that `append.sql` needs, with those of figures left empty."""
    return {
        "kind": kind,
        "at": at,
        "day": local_day(at),
        "actor": by.signature,
        "actor_name": by.name if by.kind == "staff" else "",
        "data": canonical.text(data),
        "ground": None,
        "key": None,
        "key_hash": None,
        "outcome": None,
        "promptness": None,
        "days_used": None,
        "limit_days": None,
        "quantity": 1,
    }


def record(new: NewFact, *, by: Actor, at: datetime) -> Recorded:
    """Append a fact about a subject that is not a case. Runs inside the caller's transaction.

    Raises Conflict when another writer appended to the same subject at the same moment.
    """
    ensure_partitions(at)
    parameters = fact_parameters(new.kind, by=by, at=at, data=new.data)
    for name in ("subject_id", "subject_kind", "ground", "department_id", "item_id", "item_type", "region"):
        parameters[name] = getattr(new, name)
    for name in (
        "channel",
        "key",
        "key_hash",
        "series",
        "number_prefix",
        "number_suffix",
        "number_width",
        "quantity",
    ):
        parameters[name] = getattr(new, name)
    try:
        with transaction.atomic():
            row = sql.one(sql.statement(__file__, "record", (("append", append_fragment()),)), parameters)
    except IntegrityError as error:
        raise Conflict("同一内容刚刚被别人修改。", how="请刷新后查看最新内容，再决定是否重做。") from error
    assert row is not None
    return Recorded(seq=row[0], hash=bytes(row[1]), number=row[2])


def raise_series(series: str, at_least: int) -> None:
    """Let a series go on behind a number that was given before the system; it never goes back."""
    sql.execute(
        "insert into journal_series (series, last) values (%(series)s, %(last)s) "
        "on conflict (series) do update set last = greatest(journal_series.last, excluded.last)",
        {"series": series, "last": at_least},
    )


def ensure_partitions(at: datetime) -> None:
    """Make the quarter of a moment where it is missing: big tables always have room for what comes.

    Ids of a subject carry the time of its first fact, so a late fact lands in the quarter of its subject.
    """
    day = local_day(at)
    quarter = (connection.settings_dict["NAME"], day.year, (day.month - 1) // 3)
    if quarter in _ready:
        return
    sql.rows("select journal_ensure_quarter(parent, %(day)s::date) from journal_partitioned", {"day": day})
    transaction.on_commit(lambda: _ready.add(quarter))


def make_partitions_ahead(at: datetime) -> None:
    """Make this quarter and the four that follow: a year ahead."""
    day = local_day(at)
    first = day.year * QUARTERS + (day.month - 1) // 3
    for quarter in range(first, first + QUARTERS + 1):
        year, position = divmod(quarter, QUARTERS)
        ensure_partitions(datetime(year, position * 3 + 1, 1, tzinfo=SHANGHAI))


class FreshFact(NamedTuple):
    """A row of the queue: a fact's place and hash with the dimensions of figures, in the table's order."""

    subject_id: UUID
    seq: int
    subject_kind: str
    kind: str
    hash: bytes
    day: date
    department_id: UUID | None
    item_id: UUID | None
    item_type: str | None
    region: str | None
    channel: str | None
    outcome: str | None
    promptness: str | None
    days_used: int | None
    limit_days: int | None
    quantity: int = 1


DRAIN_LOCK = 7_451_001


def lock_drain(*, wait: bool) -> bool:
    """Become the one drain until the transaction ends; without `wait`, False where somebody else is."""
    if wait:
        sql.one("select pg_advisory_xact_lock(%(lock)s)", {"lock": DRAIN_LOCK})
        return True
    row = sql.one("select pg_try_advisory_xact_lock(%(lock)s)", {"lock": DRAIN_LOCK})
    return bool(row and row[0])


def take(limit: int) -> list[FreshFact]:
    """Take a batch from the queue and put it, in its order, under the number of the next seal. The caller holds the drain's lock.

    `seal` follows in the same transaction. The leaves go from table to table: the batch is read here for figures and root.
    """
    return [FreshFact(*row) for row in sql.rows(sql.statement(__file__, "take"), {"limit": limit})]


def seal(batch: Sequence[FreshFact], *, at: datetime) -> int:
    """Seal a batch that was taken in this transaction; the number of the seal.

    A fact belongs to the seal that drained it, whatever its time: a late fact never changes an earlier seal.
    """
    algorithm = settings.SEAL_ALGORITHM
    before = head()
    number = before.number + 1
    root = rules.merkle_root([fact.hash for fact in batch], algorithm)
    sql.execute(
        "insert into journal_seal (number, at, leaves, algorithm, root, chain) "
        "values (%(number)s, %(at)s, %(leaves)s, %(algorithm)s, %(root)s, %(chain)s)",
        {
            "number": number,
            "at": at,
            "leaves": len(batch),
            "algorithm": algorithm,
            "root": root,
            "chain": rules.chain(before.chain, number, root, len(batch), at=at, algorithm=algorithm),
        },
    )
    return number


class _Undone(Exception):
    """Takes the proof of `prove_writable` back."""


def prove_writable() -> None:
    """Write a row, read it back and take it back: the only honest proof that the platform can accept something now.

    Raises a database error where it cannot (no connection, read-only, no room, locked out). Leaves nothing behind.
    """
    name = f"proof:{uuid4()}"
    with suppress(_Undone), transaction.atomic():
        sql.execute("set local statement_timeout = '3s'")
        sql.execute("insert into journal_series (series, last) values (%(name)s, 1)", {"name": name})
        if sql.one("select last from journal_series where series = %(name)s", {"name": name}) != (1,):
            raise DatabaseError("the row that was written cannot be read")
        raise _Undone
