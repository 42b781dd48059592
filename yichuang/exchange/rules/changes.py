"""What new events change in a case: its row, and the facts that it leaves. Pure: what was before is compared with what is after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from uuid import UUID

from yichuang.exchange.flow import FORGOTTEN, MOST_A_CASE, OPEN, SETTLED, EventKind, Reason, Standing, State
from yichuang.exchange.rules.checking import Reference
from yichuang.exchange.rules.keeping import DIGEST, pack, unpack
from yichuang.exchange.rules.lines import Line, nameless
from yichuang.exchange.rules.settle import Entry, Settled, settle, taken_back
from yichuang.kernel import canonical


@dataclass(slots=True)
class Row:
    """The row of a reported case as it is kept, in the order of the statement that reads it."""

    id: UUID
    source_number: str
    item_id: UUID
    item_code: str
    item_type: str
    department_id: UUID
    region: str
    applicant_name: str
    applicant_no: int
    salt: str
    state: str
    seq: int
    last_hash: bytes
    accepted_on: date | None
    decided_on: date | None
    closed_on: date | None
    outcome: str
    promptness: str
    due_on: date | None
    limit_days: int | None
    days_used: int | None
    doubts: int
    events: str


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Where in the figures the facts of a case count."""

    item_id: UUID
    item_type: str
    department_id: UUID
    region: str
    promptness: str
    limit_days: int | None


@dataclass(slots=True)
class FactDraft:
    """A fact to be left: of which event, with which data, counting how many pieces where."""

    entry: Entry
    quantity: int
    key: str
    data: str
    where: Dimensions


@dataclass(slots=True)
class Change:
    """What became of a case: its new row (without the end of its chain), the facts, and what is in doubt now.

    `opened`: 1 where it was accepted and has not ended now and did not stand so before, −1 the other way. `known` are the places of lines that were there already, `other` the lines that stay outside: lines that are
    tried again have no place of their own.
    """

    row: Row
    is_new: bool
    facts: list[FactDraft] = field(default_factory=list)
    doubts: dict[int, Reason] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)
    opened: int = 0
    known: list[int] = field(default_factory=list)
    other: list[tuple[Line, Reason]] = field(default_factory=list)
    fresh: dict[int, Line] = field(default_factory=dict)


def blank(case_id: UUID, number: str, line: Line, reference: Reference, salt: str) -> Row:
    """The row of a case of which nothing is known yet."""
    item = reference.items[line.entry.item]
    return Row(
        case_id, number, item.id, item.code, item.type, item.department_id, item.region, "", 0, salt, State.UNREPORTED.value,
        0, b"", None, None, None, "", "", None, None, None, 0, "[]",
    )  # fmt: skip


def changed(
    row: Row,
    lines: Sequence[Line],
    reference: Reference,
    *,
    batch: str,
    standings: Sequence[Entry] = (),
    instead: Line | None = None,
) -> Change:
    """What lines (in the platform's codes) change in a case.

    `standings`: entries whose standing a person has changed. `instead`: the body that a person takes in the place of another
    under the same number.
    """
    change = Change(row, is_new=row.seq == 0 and row.events == "[]")
    entries = {} if change.is_new else {one.no: one for one in unpack(row.events, row.item_code)}
    _add(change, entries, lines, numbered=reference.numbered)
    for one in standings:
        entries[one.no] = one
    prefix = f"x:{reference.system_code}:{row.source_number}:"
    if instead is not None:
        _put_instead(change, entries, instead, batch=batch, prefix=prefix)
    if not (change.fresh or standings):
        return change
    settled = settle(entries.values(), limits=reference.limits)
    where = _where(settled, reference, row)
    _leave(change, entries, settled, where, batch=batch, prefix=prefix)
    change.doubts = {no: why for no, why in settled.reasons.items() if why not in SETTLED}
    change.row = _renewed(change, entries, settled, where, reference)
    change.opened = (settled.state in OPEN) - (row.state in OPEN)
    change.entries = entries
    return change


def _add(change: Change, entries: dict[int, Entry], lines: Sequence[Line], *, numbered: bool) -> None:
    """Put what is new among the entries; the first body that came under a number stands."""
    for sent in lines:
        line = nameless(sent) if change.row.applicant_no == FORGOTTEN else sent
        there = entries.get(line.entry.no)
        if there is not None:
            same = there.digest[:DIGEST] in ("", _digest(line), _digest(sent))
            why = _against(there, entries, same=same, numbered=numbered)
            if why is None:
                change.known.append(line.place)
            else:
                change.other.append((line, why))
        elif len(entries) >= MOST_A_CASE:
            change.other.append((line, Reason.TOO_MANY))
        else:
            entries[line.entry.no] = line.entry
            change.fresh[line.entry.no] = line


def _digest(line: Line) -> str:
    return line.entry.digest[:DIGEST]


def _against(there: Entry, entries: dict[int, Entry], *, same: bool, numbered: bool) -> Reason | None:
    """Why a line under a number that is taken stays outside; None for one that is known and says nothing new."""
    if not same:
        return Reason.OTHER_BODY
    if numbered or not there.digest:
        return None
    gone = there.standing is Standing.DROPPED or there.no in taken_back(entries.values())
    return Reason.SENT_AGAIN if gone else None


def _where(settled: Settled, reference: Reference, row: Row) -> Dimensions:
    """The dimensions of the case: of the item that leads, the department and region that are named, else the item's."""
    item = reference.by_code.get(settled.item)
    if item is None:
        # The item was taken from the system meanwhile: the case stays where it stands.
        return Dimensions(
            row.item_id, row.item_type, row.department_id, row.region, settled.promptness, settled.limit_days
        )
    department = UUID(settled.department) if settled.department else item.department_id
    return Dimensions(
        item.id, item.type, department, settled.region or item.region, settled.promptness, settled.limit_days
    )


def _stood(row: Row) -> Dimensions:
    return Dimensions(
        row.item_id, row.item_type, row.department_id, row.region, row.promptness, row.limit_days
    )


def _leave(
    change: Change, entries: dict[int, Entry], settled: Settled, where: Dimensions, *, batch: str, prefix: str
) -> None:
    """The facts: first what does not count any more (or not there) is taken back, then what counts now is counted."""
    before = _stood(change.row)
    for no in sorted(entries):
        entry = entries[no]
        if entry.seq and (no in settled.reasons or _moved(entry, before, where)):
            _void(change, entry, batch=batch, prefix=prefix)
    seq = change.row.seq + len(change.facts)
    for no in sorted(entries):
        entry, reason = entries[no], settled.reasons.get(no)
        if entry.seq or (reason is not None and (reason is not Reason.TAKEN_BACK or entry.last_seq)):
            continue
        seq += 1
        counts = reason is None
        key = f"{prefix}{no}" if not entry.last_seq else f"{prefix}{no}~{seq}"
        quantity = 1 if counts else 0
        change.facts.append(
            FactDraft(entry, quantity, key, _data(change, entry, batch, where, quantity), where)
        )
        entry.seq, entry.last_seq = seq if counts else 0, seq


def _void(change: Change, entry: Entry, *, batch: str, prefix: str) -> None:
    """Take back what counted, on its day and where it counted; the entry counts no more."""
    seq = change.row.seq + len(change.facts) + 1
    where = _stood(change.row)
    data = _data(change, entry, batch, where, -1)
    change.facts.append(FactDraft(entry, -1, f"{prefix}{entry.no}~{seq}", data, where))
    entry.seq, entry.last_seq = 0, seq


def _put_instead(change: Change, entries: dict[int, Entry], line: Line, *, batch: str, prefix: str) -> None:
    if change.row.applicant_no == FORGOTTEN:
        line = nameless(line)
    there = entries.get(line.entry.no)
    if there is not None and there.seq:
        _void(change, there, batch=batch, prefix=prefix)
    last = there.last_seq if there is not None else 0
    entries.update((one.no, one) for one in set_aside(entries.values(), line.entry.no))
    entries[line.entry.no] = replace(line.entry, standing=Standing.TAKEN, last_seq=last)
    change.fresh[line.entry.no] = line


def set_aside(entries: Iterable[Entry], no: int) -> list[Entry]:
    """The corrections that take a number back, as they are when a person says that it counts all the same: they count no more."""
    return [replace(one, standing=Standing.DROPPED) for one in entries if one.takes_back == no]


def _moved(entry: Entry, before: Dimensions, after: Dimensions) -> bool:
    """Whether what counted would now count somewhere else; promptness and limit count with the decision alone."""
    if before == after or entry.kind is EventKind.CORRECTED:
        return False
    place = ("item_id", "department_id", "region")
    if any(getattr(before, name) != getattr(after, name) for name in place):
        return True
    return entry.kind is EventKind.DECIDED


def _data(change: Change, entry: Entry, batch: str, where: Dimensions, quantity: int) -> str:
    """What the fact keeps of an event: no name and no words, only their commitments; and where it counts, as figures read it.

    Canonical text put together by hand, its names in order: a batch has thousands of them.
    """
    line = change.fresh.get(entry.no) if quantity >= 0 else None
    decided = quantity and entry.kind is EventKind.DECIDED
    timed = decided and entry.days_used is not None and where.limit_days is not None
    counts = quantity and entry.kind is not EventKind.CORRECTED
    parts = [f'"at":"{_stamp(line.at)}"'] if line is not None else []
    parts.append(f'"batch":"{batch}"')
    days = (f'"days_used":{entry.days_used}', f'"limit_days":{where.limit_days}') if timed else ("", "")
    item = f'"item_id":"{_text(where.item_id)}","item_type":"{where.item_type}"' if counts else ""
    parts += [one for one in (days[0], item, days[1]) if one]
    if line is not None and line.applicant_name:
        parts.append(f'"name":"{canonical.commitment(change.row.salt, line.applicant_name)}"')
    parts.append(f'"no":{entry.no},"on":"{entry.day.isoformat()}"')
    if entry.outcome:
        parts.append(f'"outcome":"{entry.outcome}"')
    if decided and where.promptness:
        parts.append(f'"promptness":"{where.promptness}"')
    parts += _behind(change, entry, where, quantity, counts=bool(counts))
    return "{" + ",".join(parts) + "}"


def _behind(change: Change, entry: Entry, where: Dimensions, quantity: int, *, counts: bool) -> list[str]:
    """The names that come behind in the order: how many and where, and what few facts say."""
    parts = []
    if counts:
        parts.append(
            f'"region":"{where.region}"'
            if quantity == 1
            else f'"quantity":{quantity},"region":"{where.region}"'
        )
    if entry.special and quantity >= 0:
        parts.append(f'"special":"{canonical.commitment(change.row.salt, entry.special)}"')
    if entry.takes_back and quantity >= 0:
        parts.append(f'"takes_back":{entry.takes_back}')
    if quantity < 0:
        parts.append(f'"voids":{entry.seq}')
    return parts


@lru_cache(maxsize=8192)
def _text(found: UUID) -> str:
    return str(found)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def _renewed(
    change: Change, entries: dict[int, Entry], settled: Settled, where: Dimensions, reference: Reference
) -> Row:
    row, item = change.row, reference.by_code.get(settled.item)
    code = item.code if item is not None else row.item_code
    name, name_no = row.applicant_name, row.applicant_no
    for no, line in change.fresh.items():
        if line.applicant_name and (not name_no or no < name_no):
            name, name_no = line.applicant_name, no
    return Row(
        row.id, row.source_number, where.item_id, code, where.item_type, where.department_id, where.region, name, name_no,
        row.salt, settled.state.value, row.seq + len(change.facts), row.last_hash, settled.accepted_on, settled.decided_on,
        settled.closed_on, settled.outcome, settled.promptness, settled.due_on, settled.limit_days, settled.days_used,
        len(change.doubts), pack((entries[no] for no in sorted(entries)), code),
    )  # fmt: skip
