"""What all events that were reported about one case come to. A pure function of the set: their order of arrival does not count.

Of contradicting events the first by the source's own numbering counts, and the others are in doubt; what a person has taken
goes before. So a late event with a lower number may displace one that counted: whoever calls compares before with after, and
takes back what does not count any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from yichuang.exchange.flow import ENDS, EVENTS, EventKind, Reason, Standing, State

E = EventKind


@dataclass(slots=True)
class Entry:
    """One event as it is kept: the source's number, what it says, and what became of it (`seq`, `last_seq`: the only ones set later).

    `digest` names the whole of what was sent. `seq` is the fact by which it counts (0: it does not); `last_seq` the latest
    fact that it left. `department` and `region` only where the event names them.
    """

    no: int
    kind: EventKind
    day: date
    digest: str
    item: str
    department: str = ""
    region: str = ""
    outcome: str = ""
    takes_back: int = 0
    days_used: int | None = None
    limit_days: int | None = None
    due_on: date | None = None
    special: str = ""
    standing: Standing = Standing.PLAIN
    seq: int = 0
    last_seq: int = 0


@dataclass(slots=True)
class Settled:
    """What the events of a case come to; `reasons` names every event that does not count."""

    item: str
    department: str
    region: str
    state: State = State.UNREPORTED
    accepted_on: date | None = None
    decided_on: date | None = None
    closed_on: date | None = None
    outcome: str = ""
    days_used: int | None = None
    limit_days: int | None = None
    due_on: date | None = None
    promptness: str = ""
    reasons: Mapping[int, Reason] = field(default_factory=dict)


def _rank(entry: Entry) -> tuple[bool, int]:
    return entry.standing is not Standing.TAKEN, entry.no


def settle(entries: Iterable[Entry], *, limits: bool = False) -> Settled:
    """What the events come to. `limits`: the system reports limits, so that promptness is judged."""
    everything = sorted(entries, key=_rank)
    if len(everything) == 1 and everything[0].kind is E.ACCEPTED and everything[0].standing is Standing.PLAIN:
        return _alone(everything[0], limits=limits)
    return _weighed(everything, limits=limits)


def _alone(one: Entry, *, limits: bool) -> Settled:
    """What one acceptance comes to: the same as weighed, for most cases of a batch, and most of them stay so."""
    found = Settled(one.item, one.department, one.region, State.ACCEPTED, accepted_on=one.day)
    if limits:
        found.limit_days, found.due_on = one.limit_days, one.due_on
    return found


def _weighed(everything: Sequence[Entry], *, limits: bool) -> Settled:
    """What events come to that speak for or against each other, in the order of their rank."""
    reasons: dict[int, Reason] = {}
    active = _standing(everything, reasons)
    lead = (active or everything)[0]
    same, department, region = _same(active, lead, reasons)
    accepted = _first(same, E.ACCEPTED, Reason.ACCEPTED_TWICE, reasons)
    end = _end(same, accepted, reasons)
    special = _specials(same, accepted, end, reasons)
    delivered = _delivered(same, end, reasons)
    found = Settled(lead.item, department, region, _state(accepted, end, special, delivered), reasons=reasons)
    return _dated(found, same, accepted, end, delivered, limits=limits)


def _standing(everything: Sequence[Entry], reasons: dict[int, Reason]) -> list[Entry]:
    """Those that neither a person nor a correction has taken away."""
    by_no = {one.no: one for one in everything}
    back: set[int] = set()
    for one in everything:
        if one.standing is Standing.DROPPED:
            reasons[one.no] = Reason.DROPPED
        elif one.kind is E.CORRECTED:
            target = by_no.get(one.takes_back)
            if target is None:
                reasons[one.no] = Reason.NOTHING_TO_CORRECT
            elif target.kind is E.CORRECTED:
                reasons[one.no] = Reason.CORRECTS_CORRECTION
            else:
                back.add(target.no)
    for no in back:
        reasons.setdefault(no, Reason.TAKEN_BACK)
    return [one for one in everything if one.no not in reasons and one.kind is not E.CORRECTED]


def taken_back(entries: Iterable[Entry]) -> set[int]:
    """The numbers of those that a correction takes away."""
    by_no = {one.no: one for one in entries}
    named = {
        one.takes_back
        for one in by_no.values()
        if one.kind is E.CORRECTED and one.standing is not Standing.DROPPED
    }
    return {no for no in named if no in by_no and by_no[no].kind is not E.CORRECTED}


def _same(active: Sequence[Entry], lead: Entry, reasons: dict[int, Reason]) -> tuple[list[Entry], str, str]:
    """Those of the item, the department and the region of the case: what is named first counts, what is not named differs from nothing."""
    of_item = _agreeing(active, "item", lead.item, Reason.ITEM_DIFFERS, reasons)
    department = next((one.department for one in of_item if one.department), "")
    of_department = _agreeing(of_item, "department", department, Reason.DEPARTMENT_DIFFERS, reasons)
    region = next((one.region for one in of_department if one.region), "")
    return (
        _agreeing(of_department, "region", region, Reason.REGION_DIFFERS, reasons),
        department,
        region,
    )


def _agreeing(
    found: Sequence[Entry], name: str, value: str, reason: Reason, reasons: dict[int, Reason]
) -> list[Entry]:
    kept = []
    for one in found:
        said = getattr(one, name)
        if said and said != value:
            reasons[one.no] = reason
        else:
            kept.append(one)
    return kept


def _first(
    found: Sequence[Entry], kind: EventKind, reason: Reason, reasons: dict[int, Reason]
) -> Entry | None:
    """The first of a kind; the others say the same twice."""
    of_kind = [one for one in found if one.kind is kind]
    for one in of_kind[1:]:
        reasons[one.no] = reason
    return of_kind[0] if of_kind else None


def _early(entry: Entry, accepted: Entry | None) -> bool:
    return accepted is not None and entry.day < accepted.day and entry.standing is not Standing.TAKEN


def _end(found: Sequence[Entry], accepted: Entry | None, reasons: dict[int, Reason]) -> Entry | None:
    """What ends the case: a decision counts although its acceptance has not been reported yet."""
    chosen: Entry | None = None
    for one in found:
        if one.kind not in ENDS:
            continue
        if _early(one, accepted):
            reasons[one.no] = Reason.BEFORE_ACCEPTANCE
        elif chosen is None:
            chosen = one
        elif chosen.kind is one.kind is E.DECIDED:
            reasons[one.no] = Reason.DECIDED_TWICE
        else:
            reasons[one.no] = Reason.ENDED_OTHERWISE
    return chosen


def _specials(
    found: Sequence[Entry], accepted: Entry | None, end: Entry | None, reasons: dict[int, Reason]
) -> bool:
    """Starts and ends of special procedures in the order of the source; whether one is open now."""
    running: Entry | None = None
    acts = [one for one in found if one.kind in (E.SPECIAL_STARTED, E.SPECIAL_ENDED)]
    for one in sorted(acts, key=lambda act: act.no):
        starts = one.kind is E.SPECIAL_STARTED
        reason = _against_start(one, running, accepted, end) if starts else _against_end(one, running)
        if reason is not None:
            reasons[one.no] = reason
        else:
            running = one if starts else None
    return running is not None


def _against_start(
    entry: Entry, running: Entry | None, accepted: Entry | None, end: Entry | None
) -> Reason | None:
    if _early(entry, accepted):
        return Reason.BEFORE_ACCEPTANCE
    if end is not None and entry.day > end.day and entry.standing is not Standing.TAKEN:
        return Reason.AFTER_END
    return Reason.SPECIAL_OPEN if running is not None else None


def _against_end(entry: Entry, running: Entry | None) -> Reason | None:
    if running is None:
        return Reason.NO_SPECIAL_YET
    return Reason.SPECIAL_BACKWARDS if entry.day < running.day else None


def _delivered(found: Sequence[Entry], end: Entry | None, reasons: dict[int, Reason]) -> Entry | None:
    chosen: Entry | None = None
    for one in found:
        if one.kind is not E.DELIVERED:
            continue
        if end is None:
            reasons[one.no] = Reason.NO_DECISION_YET
        elif end.kind is not E.DECIDED:
            reasons[one.no] = Reason.NOTHING_TO_DELIVER
        elif one.day < end.day and one.standing is not Standing.TAKEN:
            reasons[one.no] = Reason.DELIVERED_EARLY
        elif chosen is None:
            chosen = one
        else:
            reasons[one.no] = Reason.DELIVERED_TWICE
    return chosen


def _state(accepted: Entry | None, end: Entry | None, special: bool, delivered: Entry | None) -> State:
    if delivered is not None:
        return State.DELIVERED
    if end is not None:
        return EVENTS[end.kind].leads_to or State.DECIDED
    if special:
        return State.SPECIAL
    return State.ACCEPTED if accepted is not None else State.UNREPORTED


def _dated(
    found: Settled,
    same: Sequence[Entry],
    accepted: Entry | None,
    end: Entry | None,
    delivered: Entry | None,
    *,
    limits: bool,
) -> Settled:
    """Days, limits and promptness, where what ends the case is known."""
    counted = sorted((one for one in same if one.no not in found.reasons), key=lambda one: one.no)
    decided = end if end is not None and end.kind is E.DECIDED else None
    last = delivered or (end if decided is None else None)
    found.accepted_on = accepted.day if accepted else None
    found.closed_on = last.day if last else None
    if decided is not None:
        found.decided_on, found.outcome, found.days_used = decided.day, decided.outcome, decided.days_used
    if limits:
        named = [one.limit_days for one in counted if one.limit_days is not None]
        due = [one.due_on for one in counted if one.due_on is not None]
        found.limit_days, found.due_on = named[-1] if named else None, due[-1] if due else None
        found.promptness = promptness(found)
    return found


def promptness(case: Settled) -> str:
    """How a decided case kept its limit, as far as its system has reported one; empty where it cannot be told."""
    if case.decided_on is None:
        return ""
    if case.accepted_on == case.decided_on and (case.due_on or case.limit_days):
        return "instant"
    left = None
    if case.days_used is not None and case.limit_days is not None:
        left = case.limit_days - case.days_used
    elif case.due_on is not None:
        left = (case.due_on - case.decided_on).days
    if left is None:
        return ""
    return "early" if left > 0 else "on_time" if left == 0 else "late"
