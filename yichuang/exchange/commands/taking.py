"""A block of lines: checked, weighed against what is known of their cases, written in one transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from yichuang.exchange.commands.writing import (
    Claimed,
    Spot,
    claimed,
    clear_doubts,
    keep_doubts,
    locked,
    raw_of,
    salts,
    write_changes,
)
from yichuang.exchange.flow import FORGOTTEN, Reason
from yichuang.exchange.rules.changes import Change, Row, blank, changed
from yichuang.exchange.rules.checking import Reference, checked
from yichuang.exchange.rules.keeping import DIGEST, FORGOTTEN_DIGEST, unpack
from yichuang.exchange.rules.lines import Line, nameless
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import local_day


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that cannot be read: where, the field, what is wrong, and how it begins."""

    place: int
    field: str
    words: str
    raw: str


@dataclass(slots=True)
class Counts:
    """What became of lines, each of which is in exactly one of the first four; `opened`: how many cases more are open now."""

    taken: int = 0
    known: int = 0
    quarantined: int = 0
    refused: int = 0
    opened: int = 0

    @property
    def received(self) -> int:
        """All of them."""
        return self.taken + self.known + self.quarantined + self.refused


Named = tuple[str, int, str]


class Held(NamedTuple):
    """What quarantine holds: what a person has dropped (it never counts), what is not settled; `again`: what is not settled either
    and is there because it came again after it had been taken back.
    """

    dropped: set[Named]
    undone: set[Named]
    again: set[Named]


@dataclass(slots=True)
class _Weighed:
    """Lines of a block on their way: those that go into their case, and those that stay outside, with the reasons."""

    # What quarantine holds about the numbers of the block.
    held: Held
    inside: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    outside: list[tuple[Line, list[Reason]]] = field(default_factory=list)
    known: int = 0
    # The cases of the block by their numbers, those that have one.
    cases: dict[str, UUID] = field(default_factory=dict)


def take_lines(
    lines: Sequence[Line], refusals: Sequence[Refusal], *, reference: Reference, batch_id: UUID | None, by: Actor, at: datetime
) -> Counts:  # fmt: skip
    """Take the lines of a block, inside the caller's transaction. What became of them.

    Every line is taken, known, in quarantine or refused; a line that comes again is known, in whatever block or batch.
    """
    today = local_day(at)
    weighed = _weigh(lines, reference, today)
    changes = _changes(weighed, reference, batch_id)
    write_changes([one for one in changes if one.entries], reference=reference, by=by, at=at)
    clear_doubts(cleared(changes, weighed.held), reference=reference, at=at)
    spots = doubts_of(changes)
    doubtful = keep_doubts(spots, reference=reference, batch_id=batch_id, at=at, again=True)
    aside = _aside(weighed, reference)
    kept = _keep_aside(aside, reference, batch_id, at)
    counts = _counted(changes, refusals)
    fresh_aside = _first_places(aside, kept)
    counts.quarantined += len(fresh_aside)
    counts.known += weighed.known + len(aside) - len(fresh_aside)
    here = [one for one in spots if one.place]
    if batch_id is not None:
        _keep_lines([*here, *fresh_aside], {**doubtful, **kept}, refusals, batch_id)
    return counts


def _weigh(lines: Sequence[Line], reference: Reference, today: date) -> _Weighed:
    known = held({line.number for line in lines}, reference.system_id)
    found = _Weighed(known)
    for line in lines:
        if known.dropped and _name(line) in known.dropped:
            found.known += 1
            continue
        entry, reasons = checked(line.entry, reference, today)
        if reasons:
            found.outside.append((line, reasons))
        else:
            found.inside[line.number].append(line if entry is line.entry else replace(line, entry=entry))
    return found


def _name(line: Line) -> Named:
    return line.number, line.entry.no, line.entry.digest[:DIGEST]


def held(numbers: set[str], system_id: UUID) -> Held:
    """What quarantine holds about cases."""
    found = sql.rows(
        "select source_number, event_no, digest, state, reasons = %(again)s::text[] from exchange_quarantine "
        "where system_id = %(system)s and source_number = any(%(numbers)s) and state in ('open', 'waiting', 'dropped')",
        {"system": system_id, "numbers": list(numbers), "again": [Reason.SENT_AGAIN.value]},
    )
    names = Held(set(), set(), set())
    for number, no, digest, state, again in found:
        where = names.dropped if state == "dropped" else names.again if again else names.undone
        where.add((number, no, digest))
    return names


def _changes(weighed: _Weighed, reference: Reference, batch_id: UUID | None) -> list[Change]:
    """Every case of the block with what its lines change; the rows are locked from here on, of lines that stay outside too."""
    numbers = sorted(weighed.inside)
    firsts = [weighed.inside[number][0].at for number in numbers]
    ids, new = claimed(numbers, firsts, reference) if numbers else Claimed({}, frozenset())
    beside = sorted({line.number for line, _ in weighed.outside} - ids.keys())
    weighed.cases = {**ids, **case_ids(beside, reference.system_id)}
    rows = locked(one for one in weighed.cases.values() if one not in new)
    _forget_names(weighed, rows)
    found, drawn = [], salts(len(numbers))
    for number, drawn_salt in zip(numbers, drawn, strict=True):
        lines = weighed.inside[number]
        row = rows.get(ids[number]) or blank(ids[number], number, lines[0], reference, drawn_salt)
        change = changed(row, lines, reference, batch=str(batch_id or ""))
        weighed.outside += [(line, [reason]) for line, reason in change.other]
        found.append(change)
    return found


def _forget_names(weighed: _Weighed, rows: Mapping[UUID, Row]) -> None:
    """Of a case whose content was destroyed no line brings a name back, neither one that goes in nor one that stays outside.

    What a person has dropped of it since is known without its name: it is the same line, whatever name it comes with.
    """
    gone = {row.source_number: row for row in rows.values() if row.applicant_no == FORGOTTEN}
    if not gone:
        return
    weighed.outside = [
        (nameless(line) if line.number in gone else line, reasons) for line, reasons in weighed.outside
    ]
    for number in gone.keys() & {number for number, _, _ in weighed.held.dropped} & weighed.inside.keys():
        lines = weighed.inside[number]
        left = [line for line in lines if _name(nameless(line)) not in weighed.held.dropped]
        weighed.known += len(lines) - len(left)
        weighed.inside[number] = _unasked(weighed, gone[number], left)


def _unasked(weighed: _Weighed, row: Row, lines: list[Line]) -> list[Line]:
    """The lines that go in; those whose number was dropped before the destruction stay outside, and a person is asked.

    Nobody can tell any more what was dropped under the number: it does not count unseen, and is not passed over unseen either.
    """
    forgotten = {
        no
        for number, no, digest in weighed.held.dropped
        if number == row.source_number and digest.startswith(FORGOTTEN_DIGEST)
    } - {one.no for one in unpack(row.events, row.item_code)}
    weighed.outside += [(nameless(line), [Reason.SENT_AGAIN]) for line in lines if line.entry.no in forgotten]
    return [line for line in lines if line.entry.no not in forgotten]


def cleared(changes: Sequence[Change], known: Held) -> list[Named]:
    """Of what is in quarantine, what is in doubt no more: what was missing came, what spoke against it went, or it came again.

    What came again after it had been taken back is asked about until it counts.
    """
    return [
        name
        for change in changes
        for no, entry in change.entries.items()
        if no not in change.doubts
        and (
            (name := (change.row.source_number, no, entry.digest[:DIGEST])) in known.undone
            or (entry.seq and name in known.again)
        )
    ]


def doubts_of(changes: Sequence[Change]) -> list[Spot]:
    """What is in doubt in the cases that changed."""
    return [
        Spot(
            change.row.source_number, change.entries[no], [reason], raw_of(change.entries[no], change.fresh.get(no)),
            change.fresh[no].place if no in change.fresh else 0, change.row.id, change.row.department_id,
        )
        for change in changes
        for no, reason in change.doubts.items()
    ]  # fmt: skip


def _aside(weighed: _Weighed, reference: Reference) -> list[Spot]:
    """Lines that stay outside their case, each with its case where there is one already."""
    return [
        Spot(
            line.number, line.entry, reasons, line.raw, line.place, weighed.cases.get(line.number), _whose(line, reference)
        )
        for line, reasons in weighed.outside
    ]  # fmt: skip


def _keep_aside(
    aside: Sequence[Spot], reference: Reference, batch_id: UUID | None, at: datetime
) -> dict[Named, UUID]:  # fmt: skip
    """Put what stays outside into quarantine; the ids of what was not there as it is.

    What is there stays as it is, save two: what is tried again tells why it still cannot count, and what was done with before
    is asked about anew where it came again after it had been taken back.
    """
    anew = {_spot_name(one): one for one in aside if batch_id is None or Reason.SENT_AGAIN in one.reason}
    rest = [one for one in aside if _spot_name(one) not in anew]
    kept = keep_doubts(rest, reference=reference, batch_id=batch_id, at=at, again=False)
    return kept | keep_doubts(list(anew.values()), reference=reference, batch_id=batch_id, at=at, again=True)


def _spot_name(one: Spot) -> Named:
    return one.number, one.entry.no, one.entry.digest[:DIGEST]


def _whose(line: Line, reference: Reference) -> UUID | None:
    item = reference.items.get(line.entry.item)
    return reference.departments.get(line.entry.department) or (item.department_id if item else None)


def case_ids(numbers: Sequence[str], system_id: UUID) -> Mapping[str, UUID]:
    """The cases of a system by their numbers, those that are known."""
    if not numbers:
        return {}
    return dict(
        sql.rows(
            "select source_number, case_id from exchange_number "
            "where system_id = %(system)s and source_number = any(%(numbers)s)",
            {"system": system_id, "numbers": list(numbers)},
        )
    )


def _first_places(aside: Sequence[Spot], kept: Mapping[Named, UUID]) -> list[Spot]:
    """Of the lines outside, those that quarantine did not hold yet; a line that stands twice in a block is put there once."""
    found: dict[Named, Spot] = {}
    for one in aside:
        if _spot_name(one) in kept:
            found.setdefault(_spot_name(one), one)
    return list(found.values())


def _counted(changes: Sequence[Change], refusals: Sequence[Refusal]) -> Counts:
    counts = Counts(refused=len(refusals))
    for change in changes:
        doubtful = sum(no in change.doubts for no in change.fresh)
        counts.quarantined += doubtful
        counts.taken += len(change.fresh) - doubtful
        counts.known += len(change.known)
        counts.opened += change.opened
    return counts


def _keep_lines(
    spots: Sequence[Spot], ids: Mapping[Named, UUID], refusals: Sequence[Refusal], batch_id: UUID
) -> None:  # fmt: skip
    """What a batch tells about lines that were not simply taken."""
    rows = [
        (one.place, ids.get(_spot_name(one)), one.number, ",".join(one.reason), one.raw)
        for one in spots
    ]  # fmt: skip
    rows += [
        (one.place, None, "", f"{one.field}：{one.words}" if one.field else one.words, one.raw)
        for one in refusals
    ]
    if rows:
        places, found, numbers, reasons, raws = (list(column) for column in zip(*rows, strict=True))
        sql.execute(
            "insert into exchange_line (batch_id, place, quarantine_id, source_number, reasons, raw) "
            "select %(batch)s::uuid, u.place, u.id, u.number, "
            "case when u.number = '' then array[u.reasons] else string_to_array(u.reasons, ',') end, u.raw "
            "from unnest(%(places)s::int[], %(ids)s::uuid[], %(numbers)s::text[], %(reasons)s::text[], %(raws)s::text[]) "
            "as u(place, id, number, reasons, raw)",
            {
                "batch": batch_id,
                "places": places,
                "ids": found,
                "numbers": numbers,
                "reasons": reasons,
                "raws": raws,
            },
        )
