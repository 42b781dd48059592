"""The worker's writes of a file of filings: rows kept as they were judged, blocks of cases filed. Each is one transaction
that holds the run's row: whoever pauses or gives up waits for the block at hand, and two workers never do the same block.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import NamedTuple

from django.db import transaction

from yichuang.cases.commands.filing_many import (
    OneOpening,
    Opened,
    SharedOpening,
    Spelled,
    file_many,
    spelled,
)
from yichuang.cases.flow import Channel
from yichuang.catalogue.queries import FilingGuide
from yichuang.intake.commands.bulk_press import Ready, genesis, receipt_of
from yichuang.intake.flow import BulkState
from yichuang.intake.models import BulkRun
from yichuang.intake.queries.bulk import bulk_right, head_text, used_keys
from yichuang.intake.rules.bulk_rows import Faults, Faulty, Sound
from yichuang.intake.rules.receipts import CHAIN
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.copy_in import NULL, cell, copy_lines

ROW = "copy intake_bulkrow (run_id, number, state, key, answers, applicant, cells, faults) from stdin"
APPLICATION = "copy intake_application (case_id, version_id, answers, salt, filed_by_id) from stdin"
MATERIAL = "copy intake_material (case_id, id, round, code, name, kind, size, sha256, added_at) from stdin"
RECEIPT = "copy intake_receipt (case_id, content_sha256, body) from stdin"
# The same content in several rows of a file: the first is filed. Asked and answered apart: the planner knows nothing of
# rows that came a moment ago, and would join them one by one.
DOUBLES = """
select array_agg(number order by number) from intake_bulkrow where run_id = %(run)s and key is not null
group by key collate "C" having count(*) > 1
"""
DOUBLED = """
/*one plan*/ update intake_bulkrow set state = 'double', same_as = %(first)s
where run_id = %(run)s and number = any(%(numbers)s) and state in ('good', 'known')
"""
COUNTS = """
update intake_bulkrun u set state = 'checked', edit = edit + 1, checked_at = %(at)s, good = c.good, bad = c.bad,
    double = c.double, known = c.known, expected = c.good + c.bad + c.double + c.known
from (select count(*) filter (where state = 'good') as good, count(*) filter (where state = 'bad') as bad,
             count(*) filter (where state = 'double') as double, count(*) filter (where state = 'known') as known
      from intake_bulkrow where run_id = %(run)s) c
where u.id = %(run)s
"""


# Each case is asked for twice at the commit, by the keys of what stands beside it. Left to itself PostgreSQL plans that question
# anew for every row, because it holds the one plan for all partitions to be dearer: 120 µs of the 200 that a row took. And a
# plan that was made while the table was empty must not read it from end to end when it is not.
ONE_PLAN = "select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)"


# Stands for the newest seal in receipts that are spelled before it is known; nobody can have typed it.
HEAD_MARK = "\x1ehead\x1e"


class Stopped(Exception):
    """The run is not at work any more, or another worker went on with it: nothing was written."""


HOLD = "select state, read_through, filed_through from intake_bulkrun where id = %(id)s for update"


def _held(run: BulkRun, state: BulkState) -> None:
    """Hold the run's row in this state and at the place that the worker knows. Raises Stopped."""
    if sql.one(HOLD, {"id": run.pk}) != (state, run.read_through, run.filed_through):
        raise Stopped


@transaction.atomic
def start_phase(run: BulkRun, *, by: Actor) -> bool:
    """Take up a run that waits, or that a worker left; whether it is at work now."""
    by.require(bulk_right(by))
    moved = sql.execute(
        "update intake_bulkrun set edit = edit + (state like 'waiting%%')::int, state = case state "
        "when 'waiting_check' then 'checking' when 'waiting_file' then 'filing' else state end "
        "where id = %(id)s and state in ('waiting_check', 'checking', 'waiting_file', 'filing')",
        {"id": run.pk},
    )
    run.refresh_from_db()
    return bool(moved)


@transaction.atomic
def stage_rows(
    run: BulkRun, outcomes: Sequence[Sound | Faulty], *, through: int, worked_ms: int, by: Actor
) -> None:
    """Keep what was found of a block of rows, up to row `through` of the file. Raises Stopped."""
    by.require(bulk_right(by))
    _held(run, BulkState.CHECKING)
    used = used_keys([one.key for one in outcomes if isinstance(one, Sound)])
    copy_lines(ROW, "".join(_line(str(run.pk), one, used) for one in outcomes))
    bad = sum(isinstance(one, Faulty) for one in outcomes)
    known = sum(isinstance(one, Sound) and one.key in used for one in outcomes)
    sql.execute(
        "update intake_bulkrun set read_through = %(through)s, good = good + %(good)s, bad = bad + %(bad)s, "
        "known = known + %(known)s, worked_ms = worked_ms + %(ms)s where id = %(id)s",
        {
            "through": through, "good": len(outcomes) - bad - known, "bad": bad, "known": known, "ms": worked_ms,
            "id": run.pk,
        },
    )  # fmt: skip
    run.read_through = through


def _line(run_id: str, one: Sound | Faulty, used: set[str]) -> str:
    if isinstance(one, Sound):
        state = "known" if one.key in used else "good"
        who = cell(canonical.text(one.applicant.plain())) if one.applicant else NULL
        return f"{run_id}\t{one.number}\t{state}\t{one.key}\t{cell(one.answers)}\t{who}\t{NULL}\t{NULL}\n"
    cells, faults = _text(list(one.cells)), _text(one.faults)
    return f"{run_id}\t{one.number}\tbad\t{NULL}\t{NULL}\t{NULL}\t{cells}\t{faults}\n"


def _text(value: object) -> str:
    # A sign that no database keeps cannot stand in a message either.
    return cell(json.dumps(value, ensure_ascii=False).replace("\\u0000", ""))


@transaction.atomic
def finish_check(run: BulkRun, *, by: Actor, at: datetime) -> None:
    """All rows were read: find those that stand twice, count, and wait to be confirmed. Raises Stopped."""
    by.require(bulk_right(by))
    _held(run, BulkState.CHECKING)
    for (numbers,) in sql.rows(DOUBLES, {"run": run.pk}):
        sql.execute(DOUBLED, {"run": run.pk, "first": numbers[0], "numbers": numbers[1:]})
    sql.execute(COUNTS, {"run": run.pk, "at": at})
    run.refresh_from_db()


class NoLonger(NamedTuple):
    """A row that was sound when it was checked and is not any more: its cells again, and what is wrong."""

    number: int
    cells: Sequence[str]
    faults: Faults


class Guess(NamedTuple):
    """A block spelled under the numbers that it will probably get: its cases, and their receipts but for the newest seal."""

    cases: Spelled
    receipts: str


@dataclass(frozen=True, slots=True)
class Block:
    """What is to be filed now: rows made ready, rows that are sound no longer, the last row of both."""

    ready: Sequence[Ready]
    refused: Sequence[NoLonger]
    through: int
    at: datetime
    openings: Sequence[OneOpening] = ()
    guess: Guess | None = None


class Filed(NamedTuple):
    """What was filed: from which moment (of the monotonic clock) the number series was held, how many numbers were taken,
    from which on.
    """

    held: float
    taken: int
    first: int


def guessed(
    shared: SharedOpening, ready: Sequence[Ready], openings: Sequence[OneOpening], *, first: int, by: Actor, at: datetime
) -> Guess:  # fmt: skip
    """The block as it will be if nobody else takes a number of the series before it. Asks no database."""
    cases = spelled(shared, openings, first=first, department_id=shared.department_id, by=by, at=at)
    return Guess(
        cases, "".join([_receipt(row, one, HEAD_MARK) for row, one in zip(ready, cases.opened, strict=True)])
    )


@transaction.atomic
def file_block(run: BulkRun, block: Block, found: FilingGuide, *, worked_ms: int, by: Actor) -> Filed:
    """File a block: all of it or nothing. A row whose content was filed before opens none.

    Raises Stopped (paused, given up, done by another worker), Conflict through `file_many`.
    """
    by.require(bulk_right(by))
    _held(run, BulkState.FILING)
    rows = {one.opening.id: one for one in block.ready}
    held: list[float] = []

    def before(made: Sequence[OneOpening]) -> None:
        copy_lines(APPLICATION, "".join([rows[one.id].application for one in made]))
        materials = "".join([rows[one.id].materials for one in made])
        if materials:
            copy_lines(MATERIAL, materials)
        held.append(monotonic())

    def after(opened: Sequence[Opened]) -> None:
        head = head_text(CHAIN) or genesis()
        if block.guess and opened is block.guess.cases.opened:
            lines = block.guess.receipts.replace(HEAD_MARK, head)
        else:
            lines = "".join([_receipt(rows[one.opening.id], one, head) for one in opened])
        copy_lines(RECEIPT, lines)

    opened = file_many(
        shared_of(run, found), block.openings, by=by, at=block.at, before=before, after=after,
        guess=block.guess.cases if block.guess else None,
    )  # fmt: skip
    known = set(rows) - {one.opening.id for one in opened}
    _note_known(run, [rows[one].row for one in known])
    _note_refused(run, block.refused)
    sql.execute(
        "update intake_bulkrun set filed_through = %(through)s, filed = filed + %(filed)s, good = good - %(less)s, "
        "known = known + %(known)s, bad = bad + %(bad)s, worked_ms = worked_ms + %(ms)s where id = %(id)s",
        {
            "through": block.through, "filed": len(opened), "known": len(known), "bad": len(block.refused),
            "less": len(known) + len(block.refused), "ms": worked_ms, "id": run.pk,
        },
    )  # fmt: skip
    sql.execute(ONE_PLAN)
    run.filed_through = block.through
    return Filed(held[0] if held else monotonic(), len(opened), _number_of(opened[0]) if opened else 0)


def _number_of(one: Opened) -> int:
    return int(one.number.rpartition("-")[2])


def shared_of(run: BulkRun, found: FilingGuide) -> SharedOpening:
    """What the cases of a run have in common."""
    return SharedOpening(
        found.item_id, found.version_id, found.item_name, found.item_type, found.handling_kind, found.department_id,
        found.department_number, found.region, Channel(run.channel), found.statutory_days, found.promised_days,
        found.guide.handling.confidentiality,
    )  # fmt: skip


def _receipt(row: Ready, one: Opened, head: str) -> str:
    body = receipt_of(row, one.number, one.hash, head)
    return f"{one.opening.id}\t{row.content_sha256}\t{cell(body)}\n"


def _note_known(run: BulkRun, numbers: Sequence[int]) -> None:
    if numbers:
        sql.execute(
            "update intake_bulkrow set state = 'known' where run_id = %(run)s and number = any(%(numbers)s)",
            {"run": run.pk, "numbers": list(numbers)},
        )


def _note_refused(run: BulkRun, refused: Sequence[NoLonger]) -> None:
    for one in refused:
        sql.execute(
            "update intake_bulkrow set state = 'bad', key = null, answers = null, cells = %(cells)s, faults = %(faults)s "
            "where run_id = %(run)s and number = %(number)s",
            {
                "run": run.pk, "number": one.number, "cells": json.dumps(list(one.cells), ensure_ascii=False),
                "faults": json.dumps(one.faults, ensure_ascii=False),
            },
        )  # fmt: skip
