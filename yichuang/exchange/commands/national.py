"""Rows of the national tables taken in: a file is a batch with its report; what came before its acceptance is taken when that comes."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from yichuang.directory.flow import Capability
from yichuang.exchange.commands.batches import open_batch, run_batch
from yichuang.exchange.commands.taking import case_ids, take_lines
from yichuang.exchange.commands.writing import locked
from yichuang.exchange.flow import UNDONE, BatchState, Doubt, Reason
from yichuang.exchange.models import Batch, Quarantine, System
from yichuang.exchange.queries.reference import item_codes_of, reference_of
from yichuang.exchange.rules.checking import Reference
from yichuang.exchange.rules.lines import Line, Unreadable, parse_json, read_line
from yichuang.exchange.rules.national import Table, conformance, told
from yichuang.exchange.rules.national_in import event_lines, rows_of_csv
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing

MOST_AGAIN = 500
Lines = Callable[[], Iterable[bytes]]
"""Reads a file from its beginning."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file that holds rows of a national table: its table, name and SHA-256, and how it is read."""

    table: Table
    name: str
    sha256: str
    lines: Lines


def take_table(system: System, file: TableFile, *, by: Actor, at: datetime, key: str) -> Batch:
    """Take the rows of a file as events of the cases that they name; the batch, with the report on how the rows conform.

    The whole file is judged before any of it counts. The same file again does nothing. Raises BadHeader and Unreadable (of rules)
    for what is no such table, Refused, Missing, Conflict, and what reading raises.
    """
    by.require(Capability.EXCHANGE_REPORT)
    if system.account_id != by.id:
        raise Missing
    report = told(conformance(file.table, (row for _, row in rows_of_csv(file.table, file.lines()))))
    batch = open_batch(file.sha256, name=file.name, by=by, at=at, key=key, conformance=report)
    if batch.state == BatchState.RUNNING:
        rows = rows_of_csv(file.table, file.lines())
        found = event_lines(file.table, rows, lambda numbers: item_codes_of(numbers, system.pk))
        batch = run_batch(batch, found, by=by, at=at)
    take_waiting(system, by=by, at=at)
    return batch


def take_waiting(system: System, *, by: Actor, at: datetime) -> int:
    """Take what waited for the acceptance of its case, of the cases that are known now; how many lines."""
    by.require(Capability.EXCHANGE_REPORT)
    done, after = 0, UUID(int=0)
    doubts, codes = _waiting(system, after)
    # What many lines are checked against is read only where there are any.
    reference = replace(reference_of(system), numbered=False) if doubts else None
    while doubts and reference is not None:
        done += _take_again(doubts, codes, reference, by, at)
        after = doubts[-1].pk
        doubts, codes = _waiting(system, after)
    return done


def _waiting(system: System, after: UUID) -> tuple[list[Quarantine], dict[str, str]]:
    """The next lines that wait for an item and can have one."""
    waiting = Quarantine.objects.filter(
        system=system, state__in=[one.value for one in UNDONE], reasons__contains=[Reason.NO_CASE_YET.value], pk__gt=after
    ).order_by("pk")  # fmt: skip
    found: list[Quarantine] = []
    codes: dict[str, str] = {}
    for block in _blocks(waiting.iterator(chunk_size=MOST_AGAIN)):
        known = item_codes_of([one.source_number for one in block], system.pk)
        found += [one for one in block if one.source_number in known]
        codes |= known
        if len(found) >= MOST_AGAIN:
            break
    return found, codes


def _blocks(found: Iterator[Quarantine]) -> Iterator[list[Quarantine]]:
    block: list[Quarantine] = []
    for one in found:
        block.append(one)
        if len(block) == MOST_AGAIN:
            yield block
            block = []
    if block:
        yield block


@transaction.atomic
def _take_again(
    doubts: list[Quarantine], codes: dict[str, str], reference: Reference, by: Actor, at: datetime
) -> int:  # fmt: skip
    """Take lines that can have an item now; another reason may stand against one, which is a doubt of its own then."""
    held = _held(doubts, reference)
    found = {one.pk: line for one in held if (line := _named(one, codes[one.source_number])) is not None}
    counts = take_lines(list(found.values()), [], reference=reference, batch_id=None, by=by, at=at)
    if counts.opened:
        # The overview adds up what batches and doubts have opened and closed.
        Quarantine.objects.filter(pk=min(found)).update(opened=F("opened") + counts.opened)
    still = Quarantine.objects.filter(pk__in=found.keys(), state__in=[one.value for one in UNDONE])
    return still.update(state=Doubt.SETTLED.value, done_at=at)


def _held(doubts: list[Quarantine], reference: Reference) -> list[Quarantine]:
    """Those that nobody has decided meanwhile, held: first their cases and then themselves, as whoever decides about them does."""
    cases = case_ids(sorted({one.source_number for one in doubts}), reference.system_id)
    locked(cases.values())
    found = Quarantine.objects.select_for_update(of=("self",)).filter(
        pk__in=[one.pk for one in doubts], state__in=[one.value for one in UNDONE]
    )
    return list(found.order_by("pk"))


def _named(doubt: Quarantine, item: str) -> Line | None:
    """The line with the item of its case; None for one whose words are not kept any more."""
    try:
        data = {**parse_json(doubt.raw), "item_code": item}
        return read_line(data, 0, json.dumps(data, ensure_ascii=False))
    except Unreadable:
        return None
