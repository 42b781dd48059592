"""Figures against facts: recount any days, tell the difference aloud, rebuild days."""

import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.journal import commands as journal
from yichuang.journal.commands import NewFact, record
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local, local_day
from yichuang.notices import commands as notices
from yichuang.notices.flow import MessageChannel
from yichuang.statistics.models import Rebuild, Recount
from yichuang.statistics.queries.recount import (
    MOST_DAYS_TOLD,
    Compared,
    compared_day,
    compared_month,
    days_with_figures,
    each_day,
    month,
    operators,
    recounted_on,
    text,
)

RECOUNTED = "figures.recounted"
DIFFER = "figures.differ"
NIGHTLY_LOCK = 7_451_002
LAST_HOUR = 6
"""The recount begins before this hour of the night, or waits for the next one."""
Told = Callable[[Compared], None]
TABLES = (
    "delete from statistics_daily where day = %(day)s",
    "delete from statistics_dailydays where day = %(day)s",
    "delete from statistics_dailywindow where day = %(day)s",
    "delete from statistics_rollup where span in ('day', 'all-day') and first_day = %(day)s",
    "delete from statistics_rollupdays where span in ('day', 'all-day') and first_day = %(day)s",
)
MONTHS = (
    "delete from statistics_rollup where span in ('month', 'all-month') and first_day = %(first)s",
    "delete from statistics_rollupdays where span in ('month', 'all-month') and first_day = %(first)s",
    "delete from statistics_rollup where span = 'all-day' and first_day between %(first)s and %(last)s",
    "delete from statistics_rollupdays where span = 'all-day' and first_day between %(first)s and %(last)s",
)


def silent(_: Compared) -> None:
    """Says nothing while days are counted."""


def recount(
    first: date | None, last: date | None, *, by: Actor, at: datetime, each: Told = silent
) -> Recount:
    """Count days again from the facts and hold every cell against the tables; None: from the first day, to the last.

    Days are read one by one, each at one moment and without a lock; `each` hears of every day and month. At the first
    difference an alarm goes out: a fact, and a message to whoever looks after the platform; the rest is counted on, so
    that the result names everything. Raises Invalid for a period that ends before it begins.
    """
    by.require(Capability.JOURNAL_AUDIT)
    first, last = _period(first, last)
    began, made = time.monotonic(), uuid7(at)
    cells = differences = days = 0
    wrong: list[str] = []
    found = ""
    for day in each_day(first, last):
        looked = [compared_day(day)]
        if day == last or day == month(day)["last"]:
            looked.append(compared_month(month(day)["first"]))
        for one in looked:
            each(one)
            cells += one.cells
            differences += one.differing
            if one.differing and not found:
                found = one.first[0].told(one.of)
                _alarm(made, found, by=by, at=at)
            if one.differing:
                wrong.append(one.of.isoformat())
        days += 1
    seconds = Decimal(f"{time.monotonic() - began:.3f}")
    return _keep(
        Recount(
            id=made, first_day=first, last_day=last, days=days, cells=cells, differences=differences,
            days_wrong=sorted(set(wrong))[:MOST_DAYS_TOLD], found=found, seconds=seconds, at=at, by_name=by.name,
        ),
        by,
    )  # fmt: skip


def nightly(*, at: datetime) -> Recount | None:
    """Tonight's recount of every day, once a night however many workers ask; None where it is not due or somebody makes it."""
    days = days_with_figures()
    if days is None or local(at).hour >= LAST_HOUR or recounted_on(local_day(at), days[0]):
        return None
    row = sql.one("select pg_try_advisory_lock(%(lock)s)", {"lock": NIGHTLY_LOCK})
    if not row or not row[0]:
        return None
    try:
        return recount(None, None, by=SYSTEM, at=at)
    finally:
        sql.one("select pg_advisory_unlock(%(lock)s)", {"lock": NIGHTLY_LOCK})


@transaction.atomic
def _keep(result: Recount, by: Actor) -> Recount:
    result.save(force_insert=True)
    data = {
        "first": result.first_day, "last": result.last_day, "cells": result.cells, "differences": result.differences,
    }  # fmt: skip
    record(NewFact(result.pk, "recount", RECOUNTED, data), by=by, at=result.at)
    return result


@transaction.atomic
def _alarm(recount_id: UUID, found: str, *, by: Actor, at: datetime) -> None:
    """The first difference of a recount: a fact, and a message to everybody who looks after the platform."""
    record(NewFact(recount_id, "recount", DIFFER, {"found": found}), by=by, at=at)
    for account in operators():
        new = notices.NewMessage(
            recount_id, 1, MessageChannel.MAIL, DIFFER, str(account), "统计数字与事实账不符",
            f"复核发现：{found}。请打开统计复核页查看，核对后用 yichuang figures rebuild 重建有差异的日期。",
            "/desk/figures/recounts", account_id=account,
        )  # fmt: skip
        notices.queue(new, at=at)


def rebuild(
    first: date | None, last: date | None, *, by: Actor, at: datetime, each: Told = silent, anew: bool = False
) -> Rebuild:
    """Make the figures of days again from their facts; None: from the first day, to the last.

    One transaction a day, under the drain's lock: writers are never held up, readers see a day as it was or as it is. A run
    that was cut off goes on where it stopped when the same days are asked for again (`anew` begins from the start). A day
    whose cells are all right is left as it is. `changed` of the result: how many cells differed. Raises Invalid for a period
    that ends before it begins, Conflict where another run of other days is unfinished.
    """
    by.require(Capability.JOURNAL_AUDIT)
    first, last = _period(first, last)
    run = _run(first, last, by=by, at=at, anew=anew)
    for day in each_day(first, last):
        if run.done_until is None or day > run.done_until:
            _rebuild_day(run, day, each)
    Rebuild.objects.filter(pk=run.pk).update(finished=True)
    run.refresh_from_db()
    return run


@transaction.atomic
def _run(first: date, last: date, *, by: Actor, at: datetime, anew: bool) -> Rebuild:
    known = Rebuild.objects.filter(finished=False).first()
    if known is not None and anew:
        Rebuild.objects.filter(pk=known.pk).update(finished=True)
        known = None
    if known is None:
        made = Rebuild.objects.create(id=uuid7(at), first_day=first, last_day=last, at=at, by_name=by.name)
        data = {"first": first, "last": last}
        record(NewFact(made.pk, "rebuild", "figures.rebuilt", data), by=by, at=at)
        return made
    if (known.first_day, known.last_day) != (first, last):
        raise Conflict(
            f"{known.first_day} 至 {known.last_day} 的重建还没有做完。",
            how="请用同样的日期再运行一次把它做完，或者加 --anew 放弃它。",
        )
    return known


@transaction.atomic
def _rebuild_day(run: Rebuild, day: date, each: Told) -> None:
    journal.lock_drain(wait=True)
    found = compared_day(day)
    if found.differing:
        for statement in TABLES:
            sql.execute(statement, {"day": day})
        sql.one(text("rebuild_daily"), {"day": day})
        sql.one(text("rebuild_rollup"), {"day": day})
    whole = compared_month(month(day)["first"])
    if whole.differing:
        for statement in MONTHS:
            sql.execute(statement, month(day))
        sql.one(text("rebuild_month"), month(day))
        sql.one(text("rebuild_together"), month(day))
    each(found)
    run.done_until, run.changed = day, run.changed + found.differing + whole.differing
    Rebuild.objects.filter(pk=run.pk).update(done_until=day, changed=run.changed)


def _period(first: date | None, last: date | None) -> tuple[date, date]:
    ends = days_with_figures()
    first = first or (ends[0] if ends else last)
    last = last or (ends[1] if ends else first)
    if first is None or last is None:
        raise Invalid("还没有任何事实，没有可以复核的日期。", how="有办件以后再运行。")
    if last < first:
        raise Invalid("结束日早于开始日。", fields={"last": "应不早于开始日"})
    return first, last
