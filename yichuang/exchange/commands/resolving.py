"""What people decide about doubts: take one, drop one, try many again. Each leaves a fact; nothing disappears."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from yichuang.directory.flow import Capability
from yichuang.exchange.commands.taking import case_ids, cleared, doubts_of, held, take_lines
from yichuang.exchange.commands.writing import claimed, clear_doubts, keep_doubts, locked, salt, write_changes
from yichuang.exchange.flow import MENDABLE, UNDONE, Doubt, Reason, Standing
from yichuang.exchange.models import Batch, Quarantine
from yichuang.exchange.queries.batches import systems_within
from yichuang.exchange.queries.doubts import doubt_for
from yichuang.exchange.queries.reference import reference_of
from yichuang.exchange.rules.changes import Change, Row, blank, changed, set_aside
from yichuang.exchange.rules.checking import Reference, checked
from yichuang.exchange.rules.keeping import unpack
from yichuang.exchange.rules.lines import Line, Unreadable, parse_json, read_line
from yichuang.journal.commands import NewFact, is_used, keyed, record
from yichuang.kernel import canonical
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.times import local_day

MOST_AGAIN = 500
"""How many doubts one transaction tries again."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A doubt with its case locked: the row, the entry among the events of the case (if it is there), the line as it came."""

    doubt: Quarantine
    reference: Reference
    row: Row | None
    inside: bool


@keyed("doubt-take")
@transaction.atomic
def take_doubt(doubt_id: UUID, ground: str, *, by: Actor, at: datetime, key: str) -> UUID:
    """Let a doubtful line count: it goes before what contradicts it, which is in doubt then.

    Raises Refused, Missing, Invalid without a ground, Conflict where it was decided already or something still has to be
    mended first (it says what).
    """
    by.require(Capability.EXCHANGE_RESOLVE)
    if is_used("doubt-take", key):
        return doubt_id
    found = _hold(doubt_id, ground, by)
    change = _taken(found, at)
    no = found.doubt.event_no
    if no in change.doubts:
        raise Conflict(f"还不能采用：{change.doubts[no].label}。", how="请先由报送系统补报或者更正。")
    if not _counts(change, no):
        raise Conflict(
            f"还不能采用：{Reason.TAKEN_BACK.label}。", how="请由报送系统另报一条，或者剔除这一条。"
        )
    _apply(change, found.reference, by, at)
    _decide(found.doubt, Doubt.TAKEN, ground, change.opened, by, at)
    return doubt_id


@keyed("doubt-drop")
@transaction.atomic
def drop_doubt(doubt_id: UUID, ground: str, *, by: Actor, at: datetime, key: str) -> UUID:
    """Let a doubtful line never count, even when it is sent again. Raises as `take_doubt`."""
    by.require(Capability.EXCHANGE_RESOLVE)
    if is_used("doubt-drop", key):
        return doubt_id
    found = _hold(doubt_id, ground, by)
    opened = 0
    if found.inside and found.row is not None:
        change = _with_standing(found, found.row, Standing.DROPPED)
        _apply(change, found.reference, by, at)
        opened = change.opened
    _decide(found.doubt, Doubt.DROPPED, ground, opened, by, at)
    return doubt_id


def _hold(doubt_id: UUID, ground: str, by: Actor) -> _Held:
    """The doubt, once its case is locked (cases before doubts, as batches do it)."""
    if not ground.strip() or len(ground) > 500:
        raise Invalid("请写明理由。", fields={"ground": "请写明理由，不超过 500 个字"})
    found = doubt_for(doubt_id, by=by).doubt
    reference = reference_of(found.system)
    case_id = case_ids([found.source_number], found.system_id).get(found.source_number)
    row = locked([case_id]).get(case_id) if case_id else None
    doubt = Quarantine.objects.select_for_update(of=("self",)).get(pk=doubt_id)
    if doubt.state not in UNDONE:
        raise Conflict(f"这一条{Doubt(doubt.state).label}，不需要再处理。", how="请刷新页面查看。")
    return _Held(doubt, reference, row, inside=row is not None and _entry(row, doubt) is not None)


def _entry(row: Row, doubt: Quarantine) -> object | None:
    found = (one for one in unpack(row.events, row.item_code) if one.no == doubt.event_no)
    return next((one for one in found if one.digest == doubt.digest), None)


def _with_standing(held: _Held, row: Row, standing: Standing) -> Change:
    entries = unpack(row.events, row.item_code)
    own = next(one for one in entries if one.no == held.doubt.event_no)
    standings = [replace(own, standing=standing)]
    if standing is Standing.TAKEN and Reason.SENT_AGAIN.value in held.doubt.reasons:
        # It counts although it was taken back: what took it back counts no more.
        standings += set_aside(entries, own.no)
    return changed(
        row,
        [],
        held.reference,
        batch=str(held.doubt.batch_id or ""),
        standings=standings,
    )


def _taken(held: _Held, at: datetime) -> Change:
    """What changes when the doubt is taken. Raises Conflict for what has to be mended first."""
    if held.inside and held.row is not None:
        return _with_standing(held, held.row, Standing.TAKEN)
    line = _line(held.doubt)
    entry, reasons = checked(line.entry, held.reference, local_day(at), forced=True)
    if reasons:
        words = "；".join(one.label for one in reasons)
        raise Conflict(f"还不能采用：{words}。", how="请先补上对照或者事项，再采用；不该报的请剔除。")
    entry = replace(entry, standing=Standing.TAKEN)
    line = replace(line, entry=entry)
    batch = str(held.doubt.batch_id or "")
    if held.row is None:
        case_id = claimed([line.number], [line.at], held.reference).ids[line.number]
        row = locked([case_id]).get(case_id) or blank(case_id, line.number, line, held.reference, salt())
        return changed(row, [line], held.reference, batch=batch)
    if Reason.OTHER_BODY.value in held.doubt.reasons:
        return changed(held.row, [], held.reference, batch=batch, instead=line)
    change = changed(held.row, [line], held.reference, batch=batch)
    if change.other:
        raise Conflict(f"还不能采用：{change.other[0][1].label}。", how="请先核对此件已报的内容。")
    return change


def _counts(change: Change, no: int) -> bool:
    """Whether an event counts in the case as it is afterwards: nobody is told that it does while figures know nothing of it."""
    return any(one.no == no and one.seq for one in unpack(change.row.events, change.row.item_code))


def _line(doubt: Quarantine) -> Line:
    """The line as it came. Raises Conflict for one of which only a trace is left."""
    try:
        return read_line(parse_json(doubt.raw), 0, doubt.raw)
    except Unreadable as wrong:
        raise Conflict("这一条的原文已不完整。", how="请由报送系统重新报送。") from wrong


def _apply(change: Change, reference: Reference, by: Actor, at: datetime) -> None:
    if change.entries:
        write_changes([change], reference=reference, by=by, at=at)
    known = held({change.row.source_number}, reference.system_id)
    clear_doubts(cleared([change], known), reference=reference, at=at)
    keep_doubts(doubts_of([change]), reference=reference, batch_id=None, at=at, again=True)


def _decide(doubt: Quarantine, state: Doubt, ground: str, opened: int, by: Actor, at: datetime) -> None:
    """Keep what was decided beside the line, and leave its fact, which only commits to the words.

    What an earlier decision about the same line has opened stays counted.
    """
    mark = salt()
    Quarantine.objects.filter(pk=doubt.pk).update(
        state=state.value,
        ground=ground.strip(),
        done_at=at,
        done_by_name=by.name,
        opened=F("opened") + opened,
        salt=mark,
    )
    data = {
        "digest": canonical.commitment(mark, doubt.digest), "event_no": doubt.event_no, "reasons": doubt.reasons,
        "ground": canonical.commitment(mark, ground.strip()),
    }  # fmt: skip
    new = NewFact(doubt.pk, "doubt", f"doubt.{state.value}", data, department_id=doubt.department_id)
    record(new, by=by, at=at)


@keyed("doubts-again")
@transaction.atomic
def try_again(system_id: UUID, ground: str, *, by: Actor, at: datetime, key: str) -> list[UUID]:
    """Try the open lines of a system again that stayed outside their case, after what they lacked was entered.

    At most MOST_AGAIN at once, the oldest first: those that would be taken now. The ids of those that count now (or wait in
    their case for what it lacks). Raises Refused, Missing, Invalid.
    """
    by.require(Capability.EXCHANGE_RESOLVE)
    if is_used("doubts-again", key):
        return []
    if not ground.strip() or len(ground) > 500:
        raise Invalid("请写明理由。", fields={"ground": "请写明理由，例如：已补事项对照"})
    system = next((one for one in systems_within(by) if one.pk == system_id), None)
    if system is None:
        raise Missing
    reference = reference_of(system)
    ready = _ready(system_id, reference, local_day(at))
    if not ready:
        return []
    opened = _taken_again(ready, reference, by, at)
    left = Quarantine.objects.filter(
        pk__in=[one.pk for one, _ in ready], state=Doubt.SETTLED.value, done_at=at
    )
    done = list(left.order_by("pk"))
    for position, one in enumerate(done):
        _decide(one, Doubt.TAKEN, ground, opened if position == 0 else 0, by, at)
    return [one.pk for one in done]


def _taken_again(
    ready: Sequence[tuple[Quarantine, Line]], reference: Reference, by: Actor, at: datetime
) -> int:
    """Take lines again, each as its batch did; how many cases more are open then.

    First all cases are held, in the order of all writers: the lines go in by two groups.
    """
    firsts: dict[str, datetime] = {}
    for _, line in ready:
        firsts.setdefault(line.number, line.at)
    numbers = sorted(firsts)
    locked(claimed(numbers, [firsts[one] for one in numbers], reference).ids.values())
    numbered, opened = _numbered({doubt.batch_id for doubt, _ in ready if doubt.batch_id}), 0
    for own in (True, False):
        lines = [line for doubt, line in ready if (doubt.batch_id in numbered) is own]
        if lines:
            as_sent = replace(reference, numbered=own)
            opened += take_lines(lines, [], reference=as_sent, batch_id=None, by=by, at=at).opened
    return opened


def _numbered(batches: set[UUID]) -> set[UUID]:
    """Of batches those whose lines their system numbers. Of a line without one nobody knows: whether it is meant anew is asked then."""
    return set(Batch.objects.filter(pk__in=batches, conformance__isnull=True).values_list("pk", flat=True))


def _ready(system_id: UUID, reference: Reference, today: date) -> list[tuple[Quarantine, Line]]:
    """Open lines outside their case that nothing speaks against any more."""
    found = Quarantine.objects.filter(system_id=system_id, state=Doubt.OPEN.value)
    found = found.filter(reasons__overlap=[one.value for one in MENDABLE]).order_by("pk")
    ready = []
    for doubt in found.iterator(chunk_size=500):
        try:
            line = read_line(parse_json(doubt.raw), 0, doubt.raw)
        except Unreadable:
            continue
        if not checked(line.entry, reference, today)[1]:
            ready.append((doubt, line))
        if len(ready) == MOST_AGAIN:
            break
    return ready
