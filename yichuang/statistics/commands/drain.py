"""The drain: a batch of fresh facts into both grains of the daily figures and under a seal, in one transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yichuang.journal import commands as journal
from yichuang.journal.commands import FreshFact
from yichuang.kernel import sql
from yichuang.kernel.times import local_day
from yichuang.programmes.commands.progress import count_filed
from yichuang.statistics.queries.cells import CASE, REPORTED, text
from yichuang.statistics.queries.window import SUBJECT

BATCH = 5000
"""How many facts a batch takes when nothing else is said."""
MOST = 50_000
"""Beyond this a batch gains nothing and its transaction grows long."""
NO_LIMIT = -1
COUNTED = (CASE, REPORTED)
DECIDED = ("case.decided", "reported.decided")
CELL = (
    "day", "kind", "department_id", "item_id", "item_type", "region", "channel", "outcome", "promptness",
)  # fmt: skip
DAYS = ("day", "subject_kind", "department_id", "item_id", "item_type", "days_used", "limit_days")
WINDOW_DIMENSIONS = ("day", "kind", "department_id", "quantity")
Cell = tuple[Any, ...]


@transaction.atomic
def close_batch(*, at: datetime, limit: int = BATCH, wait: bool = False) -> int:
    """Drain one batch: into the daily figures and under a seal, in one transaction. How many facts; 0 when idle.

    `limit`: 1 to 50,000 facts. What a batch adds is grouped here first: a thousand facts of one cell are one row to write.
    """
    if not journal.lock_drain(wait=wait):
        return 0
    batch = journal.take(min(limit, MOST))
    if batch:
        _add(batch, drained_on=local_day(at))
        count_filed(batch)
        journal.seal(batch, at=at)
    return len(batch)


def _add(batch: Sequence[FreshFact], *, drained_on: date) -> None:
    counted = [fact for fact in batch if countable(fact)]
    if counted:
        _add_counts(counted, drained_on)
    timed = [fact for fact in counted if fact.kind in DECIDED and fact.days_used is not None]
    if timed:
        found = _columns(DAYS, _sums(timed, _days))
        sql.one(text("add_days"), found)
        sql.one(text("add_rollup_days"), found)
    acts = [fact for fact in batch if fact.subject_kind == SUBJECT]
    if acts:
        columns = {name: [getattr(fact, name) for fact in acts] for name in WINDOW_DIMENSIONS}
        sql.one(text("add_window"), columns)


def countable(fact: FreshFact) -> bool:
    """Whether a fact is counted among cases; `countable.sql` says the same to the readers."""
    known = fact.item_id is not None and fact.item_type is not None and fact.department_id is not None
    return known and fact.subject_kind in COUNTED


def _add_counts(counted: Sequence[FreshFact], drained_on: date) -> None:
    sums = _sums(counted, _cell)
    columns = _columns(CELL, sums)
    sql.one(text("add"), columns)
    sql.one(text("add_rollup"), columns)
    if counted and min(fact.day for fact in counted) < drained_on:
        facts = Counter(_cell(fact) for fact in counted)
        sql.execute(
            text("add_late"), columns | {"drained_on": drained_on, "facts": [facts[cell] for cell in sums]}
        )


def _sums(facts: Sequence[FreshFact], cell_of: Any) -> Mapping[Cell, int]:
    """How many pieces each cell gets, in a fixed order, so that two writers could never lock each other."""
    sums: Counter[Cell] = Counter()
    for fact in facts:
        sums[cell_of(fact)] += fact.quantity
    return {cell: sums[cell] for cell in sorted(sums)}


def _cell(fact: FreshFact) -> Cell:
    return (
        fact.day, fact.kind, fact.department_id, fact.item_id, fact.item_type, fact.region or "", fact.channel or "",
        fact.outcome or "", fact.promptness or "",
    )  # fmt: skip


def _days(fact: FreshFact) -> Cell:
    limit = NO_LIMIT if fact.limit_days is None else fact.limit_days
    return (
        fact.day,
        fact.subject_kind,
        fact.department_id,
        fact.item_id,
        fact.item_type,
        fact.days_used,
        limit,
    )


def _columns(names: Sequence[str], sums: Mapping[Cell, int]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = dict(zip(names, map(list, zip(*sums, strict=True)), strict=True))
    return found | {"n": list(sums.values())}
