"""What lines change in a case, without a database: facts that add up, rows that say the same as the facts, quick ways that equal the slow ones."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.exchange.flow import MOST_A_CASE, OPEN, EventKind, Reason, Standing, State
from yichuang.exchange.rules import changes, keeping, settle
from yichuang.exchange.rules.changes import Change, Row, blank, changed
from yichuang.exchange.rules.checking import ItemRef, Reference, checked
from yichuang.exchange.rules.keeping import DIGEST, pack, unpack
from yichuang.exchange.rules.lines import Line, Unreadable, parse_json, read_line
from yichuang.exchange.rules.settle import Entry, Settled
from yichuang.kernel import canonical
from yichuang.kernel.times import SHANGHAI

BODY, OTHER_BODY = UUID(int=1), UUID(int=2)
ITEM = ItemRef(UUID(int=11), "water-1", "20", BODY, "510000000000")
SECOND = ItemRef(UUID(int=12), "water-2", "01", BODY, "510000000000")
ITEMS = {ITEM.code: ITEM, SECOND.code: SECOND}
REFERENCE = Reference(
    UUID(int=7), "water", limits=True, items=ITEMS, departments={"119": BODY, "120": OTHER_BODY},
    other_items=frozenset({"road-1"}), other_departments=frozenset({"130"}), regions=frozenset({"510100000000"}), by_code=ITEMS,
)  # fmt: skip
CASE, SALT, BATCH = UUID(int=99), "5a" * 16, str(UUID(int=3))
TODAY = date(2022, 5, 13)


def line(no: int = 1, kind: str = "accepted", day: int = 10, **more: Any) -> Line:
    """A readable line of the case."""
    told = {"outcome": "granted"} if kind == "decided" else {}
    said = {
        "source_number": "S-1", "event_no": no, "kind": kind, "at": f"2022-05-{day:02d}T10:00:00+08:00", "item_code": ITEM.code,
    }  # fmt: skip
    return read_line(said | told | more, no, json.dumps(said))


def taken(*blocks: Sequence[Line], reference: Reference = REFERENCE) -> tuple[Row, list[changes.FactDraft]]:
    """The row after some blocks, and every fact that they left."""
    row: Row | None = None
    facts: list[changes.FactDraft] = []
    for block in blocks:
        change = changed(
            row or blank(CASE, "S-1", block[0], reference, SALT),
            [fresh(one) for one in block],
            reference,
            batch=BATCH,
        )
        facts += change.facts
        row = change.row
    assert row is not None
    return row, facts


def fresh(one: Line) -> Line:
    """The same line again: entries are written to."""
    return replace(one, entry=replace(one.entry))


@st.composite
def histories(draw: st.DrawFn) -> list[Line]:
    """Everything that may be reported about one case, sense and nonsense, each number once."""
    found = []
    for no in sorted(draw(st.sets(st.integers(1, 8), min_size=1, max_size=7))):
        kind = draw(st.sampled_from([str(kind) for kind in EventKind]))
        more: dict[str, Any] = {}
        if kind == "corrected":
            more["takes_back"] = draw(st.sampled_from([other for other in range(1, 9) if other != no]))
        if draw(st.booleans()):
            more |= {"days_used": draw(st.integers(0, 4)), "limit_days": draw(st.integers(1, 3))}
        if draw(st.integers(0, 4)) == 0:
            more["item_code"] = SECOND.code
        if draw(st.integers(0, 4)) == 0:
            more["applicant_name"] = f"示例“{no}”"
        if draw(st.integers(0, 4)) == 0:
            more["special"] = {"type": "1", "reason": f"示例\\{no}"}
        if draw(st.integers(0, 4)) == 0:
            more["due_on"] = "2022-05-20"
        found.append(line(no, kind, draw(st.integers(6, 12)), **more))
    return found


def counted(facts: Iterable[changes.FactDraft]) -> Counter[tuple[Any, ...]]:
    """How many pieces each cell of the figures has of facts."""
    found: Counter[tuple[Any, ...]] = Counter()
    for fact in facts:
        where, entry = fact.where, fact.entry
        if fact.quantity and entry.kind is not EventKind.CORRECTED:
            decided = (entry.outcome, where.promptness) if entry.kind is EventKind.DECIDED else ()
            cell = entry.kind, entry.day, where.item_id, where.department_id, where.region, *decided
            found[cell] += fact.quantity
    return Counter({cell: number for cell, number in found.items() if number})


@given(histories(), st.data())
@settings(max_examples=30, deadline=None)
def test_facts_add_up_to_the_row_in_whatever_blocks_lines_come(
    history: list[Line], data: st.DataObject
) -> None:
    once, facts = taken(history)
    shuffled = data.draw(st.permutations(history))
    cut = data.draw(st.integers(0, len(history)))
    blocks = [block for block in (shuffled[:cut], shuffled[cut:]) if block]
    twice, more = taken(*blocks)
    assert counted(facts) == counted(more)
    for name in (
        "state",
        "accepted_on",
        "decided_on",
        "closed_on",
        "outcome",
        "promptness",
        "doubts",
        "item_id",
    ):
        assert getattr(once, name) == getattr(twice, name), name
    assert (once.seq, twice.seq) == (len(facts), len(more))
    # Every number of the case names one fact alone.
    assert len({fact.key for fact in more}) == len(more)
    # What counts in the row counts in the facts, and nothing else does.
    standing = {one.no for one in unpack(twice.events, twice.item_code) if one.seq}
    by_event: Counter[int] = Counter()
    for fact in more:
        by_event[fact.entry.no] += fact.quantity
    assert {no for no, number in by_event.items() if number == 1} == standing - corrections(standing, more)
    assert set(by_event.values()) <= {0, 1}


def corrections(standing: set[int], facts: Iterable[changes.FactDraft]) -> set[int]:
    """Numbers that stand and count as nothing: none, for a correction counts as one piece of no figure."""
    return {fact.entry.no for fact in facts if fact.entry.no in standing and fact.quantity == 0}


@given(histories(), st.data())
@settings(max_examples=40, deadline=None)
def test_what_comes_again_is_known_and_changes_nothing(history: list[Line], data: st.DataObject) -> None:
    row, _ = taken(history)
    again = data.draw(st.lists(st.sampled_from(history), min_size=1, unique_by=lambda one: one.entry.no))
    change = changed(row, [fresh(one) for one in again], REFERENCE, batch="another")
    assert (change.facts, change.fresh, change.entries) == ([], {}, {})
    assert sorted(change.known) == sorted(one.place for one in again)
    assert change.row is row


@given(histories())
@settings(max_examples=30, deadline=None)
def test_what_a_fact_says_is_canonical_and_names_nobody(history: list[Line]) -> None:
    _, facts = taken(*([one] for one in reversed(history)))
    for fact in facts:
        said = json.loads(fact.data)
        assert canonical.text(said) == fact.data
        assert said["no"] == fact.entry.no
        assert said["on"] == fact.entry.day.isoformat()
        assert "示例" not in fact.data
        assert ("voids" in said) == (fact.quantity < 0)
        counts = bool(fact.quantity) and fact.entry.kind is not EventKind.CORRECTED
        assert ("item_id" in said, "region" in said) == (counts, counts)
        assert said.get("quantity", 1) == (fact.quantity if counts else 1)
        assert ("promptness" in said) <= (fact.entry.kind is EventKind.DECIDED)


@given(histories())
@settings(max_examples=30, deadline=None)
def test_what_is_taken_back_counted_before(history: list[Line]) -> None:
    _, facts = taken(*([one] for one in reversed(history)))
    stands: dict[int, changes.FactDraft] = {}
    for seq, fact in enumerate(facts, start=1):
        if fact.quantity < 0:
            before = stands.pop(json.loads(fact.data)["voids"])
            assert before.entry.no == fact.entry.no
            # On its day and in its place, or a cell would keep what is not there and another would fall below nothing.
            assert counted([before]) == Counter({k: -n for k, n in raw(fact).items()})
        elif fact.quantity:
            stands[seq] = fact
    assert len({one.entry.no for one in stands.values()}) == len(stands)


def raw(fact: changes.FactDraft) -> dict[tuple[Any, ...], int]:
    """The cells of one fact, whatever its sign."""
    return {cell: -number for cell, number in counted([replace(fact, quantity=-fact.quantity)]).items()}


@given(histories(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_quick_way_of_settling_equals_the_slow_one(history: list[Line], limits: bool) -> None:
    entries = [one.entry for one in history]
    ranked = sorted(entries, key=settle._rank)
    assert settle.settle(entries, limits=limits) == settle._weighed(ranked, limits=limits)
    for one in entries:
        assert settle.settle([one], limits=limits) == settle._weighed([one], limits=limits)


@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize("kind", list(EventKind))
def test_only_an_acceptance_that_nobody_has_judged_goes_the_quick_way(
    kind: EventKind, standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[Entry] = []

    def alone(one: Entry, *, limits: bool) -> Settled:
        gone.append(one)
        return Settled(one.item, "", "")

    monkeypatch.setattr(settle, "_alone", alone)
    takes_back = 2 if kind is EventKind.CORRECTED else 0
    entry = Entry(1, kind, TODAY, "d", ITEM.code, takes_back=takes_back, standing=standing)
    settle.settle([entry])
    assert bool(gone) == (kind is EventKind.ACCEPTED and standing is Standing.PLAIN)


def slowly(entries: Sequence[Entry], item: str) -> str:
    """How the events of a case were packed before it was made quick."""
    rows: list[Any] = []
    for one in entries:
        said = (
            ("i", one.item if one.item != item else ""), ("d", one.department), ("r", one.region), ("o", one.outcome),
            ("b", one.takes_back or ""), ("u", one.days_used), ("l", one.limit_days),
            ("n", one.due_on.isoformat() if one.due_on else ""), ("p", one.standing.value), ("x", one.special),
        )  # fmt: skip
        more = {letter: value for letter, value in said if value not in ("", None)}
        row = [
            one.no,
            keeping._LETTERS[one.kind],
            one.day.isoformat(),
            one.digest[:DIGEST],
            one.seq,
            one.last_seq,
        ]
        rows.append([*row, more] if more else row)
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """Whatever may be kept of an event."""
    days = st.none() | st.integers(0, 3_660)
    text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
    return Entry(
        draw(st.integers(1, 2_000_000_000)), draw(st.sampled_from(list(EventKind))), TODAY - timedelta(draw(st.integers(0, 900))),
        draw(st.text("0123456789abcdef", min_size=DIGEST, max_size=DIGEST)), draw(st.sampled_from([ITEM.code, SECOND.code])),
        draw(st.sampled_from(["", str(BODY)])), draw(st.sampled_from(["", "510100000000"])), draw(st.sampled_from(["", "granted"])),
        draw(st.integers(0, 3)), draw(days), draw(days), draw(st.none() | st.just(TODAY)), draw(text),
        draw(st.sampled_from(list(Standing))), draw(st.integers(0, 9)), draw(st.integers(0, 9)),
    )  # fmt: skip


@given(st.lists(entries(), max_size=4))
@settings(max_examples=60, deadline=None)
def test_what_is_packed_is_unpacked_as_it_was_and_the_quick_way_writes_the_same_text(
    found: list[Entry],
) -> None:
    packed = pack(found, ITEM.code)
    assert packed == slowly(found, ITEM.code)
    assert unpack(packed, ITEM.code) == found


def test_an_acceptance_takes_six_values_and_no_more() -> None:
    row, _ = taken([line()])
    (kept,) = json.loads(row.events)
    assert len(kept) == 6
    decided = taken([line(), line(2, "decided", 11)])[0]
    assert json.loads(decided.events)[1][6:] == [{"o": "granted"}]


GOOD = line(2, "decided", 11, days_used=2, limit_days=3)
STORIES: list[tuple[str, list[Line], State, dict[int, Reason]]] = [
    ("accepted", [line()], State.ACCEPTED, {}),
    ("decided", [line(), GOOD], State.DECIDED, {}),
    ("decision alone", [GOOD], State.DECIDED, {}),
    ("accepted twice", [line(), line(3, "accepted", 11)], State.ACCEPTED, {3: Reason.ACCEPTED_TWICE}),
    ("decided twice", [line(), GOOD, line(3, "decided", 12)], State.DECIDED, {3: Reason.DECIDED_TWICE}),
    ("withdrawn after", [line(), GOOD, line(3, "withdrawn", 12)], State.DECIDED, {3: Reason.ENDED_OTHERWISE}),
    ("decided before", [line(1, "accepted", 12), line(2, "decided", 11)], State.ACCEPTED, {2: Reason.BEFORE_ACCEPTANCE}),
    ("delivered", [line(), GOOD, line(3, "delivered", 12)], State.DELIVERED, {}),
    ("delivered early", [line(), GOOD, line(3, "delivered", 10)], State.DECIDED, {3: Reason.DELIVERED_EARLY}),
    ("delivered undecided", [line(), line(3, "delivered", 12)], State.ACCEPTED, {3: Reason.NO_DECISION_YET}),
    ("delivered withdrawn", [line(), line(2, "withdrawn", 11), line(3, "delivered", 12)], State.WITHDRAWN, {3: Reason.NOTHING_TO_DELIVER}),
    ("special", [line(), line(2, "special_started", 11)], State.SPECIAL, {}),
    ("special over", [line(), line(2, "special_started", 11), line(3, "special_ended", 12)], State.ACCEPTED, {}),
    ("special twice", [line(), line(2, "special_started", 11), line(3, "special_started", 12)], State.SPECIAL, {3: Reason.SPECIAL_OPEN}),
    ("special ends alone", [line(), line(2, "special_ended", 11)], State.ACCEPTED, {2: Reason.NO_SPECIAL_YET}),
    ("corrects nothing", [line(), line(2, "corrected", 11, takes_back=9)], State.ACCEPTED, {2: Reason.NOTHING_TO_CORRECT}),
    ("corrected", [line(), GOOD, line(3, "corrected", 12, takes_back=2)], State.ACCEPTED, {}),
    ("other item", [line(), line(2, "decided", 11, item_code=SECOND.code)], State.ACCEPTED, {2: Reason.ITEM_DIFFERS}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("history", "state", "doubts"), [story[1:] for story in STORIES], ids=[story[0] for story in STORIES]
)
def test_a_case_stands_where_its_events_say(
    history: list[Line], state: State, doubts: dict[int, Reason]
) -> None:
    change = changed(
        blank(CASE, "S-1", history[0], REFERENCE, SALT),
        [fresh(one) for one in history],
        REFERENCE,
        batch=BATCH,
    )
    assert (change.row.state, change.doubts, change.row.doubts) == (state.value, doubts, len(doubts))
    assert change.opened == (state in OPEN)
    assert change.is_new
    assert change.row.seq == len(change.facts)


def test_a_case_that_ends_is_open_no_more_and_one_that_is_corrected_is_again() -> None:
    row, _ = taken([line()])
    ended = changed(row, [fresh(GOOD)], REFERENCE, batch=BATCH)
    assert ended.opened == -1
    back = changed(ended.row, [line(3, "corrected", 12, takes_back=2)], REFERENCE, batch=BATCH)
    assert back.opened == 1
    assert [(fact.entry.no, fact.quantity) for fact in back.facts] == [(2, -1), (3, 1)]


def places(change: Change) -> list[tuple[int, Reason]]:
    """The lines that stay outside, by their places, with the reasons."""
    return [(one.place, why) for one, why in change.other]


def test_another_body_under_the_same_number_stays_outside_and_a_case_is_never_too_long() -> None:
    row, _ = taken([line()])
    other = changed(row, [line(1, "accepted", 11)], REFERENCE, batch=BATCH)
    assert places(other) == [(1, Reason.OTHER_BODY)]
    assert other.facts == []
    many = [line(no, "accepted", 10) for no in range(1, MOST_A_CASE + 3)]
    full = changed(blank(CASE, "S-1", many[0], REFERENCE, SALT), many, REFERENCE, batch=BATCH)
    assert places(full) == [(MOST_A_CASE + 1, Reason.TOO_MANY), (MOST_A_CASE + 2, Reason.TOO_MANY)]
    assert len(full.fresh) == MOST_A_CASE


def test_the_first_name_by_the_sources_numbers_stands() -> None:
    row, _ = taken(
        [line(3, "accepted", 10, applicant_name="示例三")],
        [line(2, "special_started", 11, applicant_name="示例二")],
    )
    assert (row.applicant_name, row.applicant_no) == ("示例二", 2)
    row, _ = taken(
        [line(1, "accepted", 10, applicant_name="示例一")],
        [line(2, "special_started", 11, applicant_name="示例二")],
    )
    assert (row.applicant_name, row.applicant_no) == ("示例一", 1)


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        ({}, []), ({"item_code": "road-1"}, [Reason.FOREIGN_ITEM]), ({"item_code": "sky-1"}, [Reason.UNKNOWN_ITEM]),
        ({"department_code": "119"}, []), ({"department_code": "130"}, [Reason.FOREIGN_DEPARTMENT]),
        ({"department_code": "999"}, [Reason.UNKNOWN_DEPARTMENT]), ({"region": "510000000000"}, []), ({"region": "510100000000"}, []),
        ({"region": "990000000000"}, [Reason.FOREIGN_REGION]), ({"kind": "decided", "outcome": "granted"}, []),
        ({"kind": "decided", "outcome": "denied"}, []), ({"kind": "decided", "outcome": "perhaps"}, [Reason.UNKNOWN_OUTCOME]),
        ({"at": "2022-05-13T23:59:59+08:00"}, []), ({"at": "2022-05-14T00:00:00+08:00"}, [Reason.FUTURE]),
        ({"at": "2019-05-13T00:00:00+08:00"}, []), ({"at": "2019-05-12T23:00:00+08:00"}, [Reason.TOO_OLD]),
        ({"item_code": "sky-1", "region": "990000000000", "at": "2030-01-01"}, [Reason.UNKNOWN_ITEM, Reason.FOREIGN_REGION, Reason.FUTURE]),
    ],
)  # fmt: skip
def test_a_line_stays_outside_for_every_reason_that_speaks_against_it(
    more: dict[str, Any], reasons: list[Reason]
) -> None:
    said = {
        "source_number": "S-1",
        "event_no": 1,
        "kind": "accepted",
        "at": "2022-05-13",
        "item_code": ITEM.code,
    } | more
    _, found = checked(read_line(said, 1, "").entry, REFERENCE, TODAY)
    assert found == reasons
    _, forced = checked(read_line(said, 1, "").entry, REFERENCE, TODAY, forced=True)
    assert forced == [one for one in reasons if one is not Reason.TOO_OLD]


def test_a_systems_own_codes_become_ours() -> None:
    mapped = replace(REFERENCE, items=ITEMS | {"theirs": SECOND})
    entry, reasons = checked(line(item_code="theirs", department_code="120").entry, mapped, TODAY)
    assert (entry.item, entry.department, reasons) == (SECOND.code, str(OTHER_BODY), [])


@pytest.mark.parametrize(
    "raw", ["\ufeff{}", "{} {}", "NaN", '{"a":NaN}', '{"a":1,"a":2}', "[1]", "1", "", '{"a":}', "{'a':1}"]
)
def test_the_decoder_that_is_made_once_refuses_what_one_made_anew_refuses(raw: str) -> None:
    with pytest.raises(Unreadable):
        parse_json(raw)
    assert parse_json('{"a":[{"b":1.5}],"c":null}') == {"a": [{"b": 1.5}], "c": None}


@given(st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC) | st.just(SHANGHAI)))  # noqa: DTZ001
@settings(max_examples=40, deadline=None)
def test_moments_are_told_in_one_way_whatever_their_zone(at: datetime) -> None:
    assert changes._stamp(at) == changes._stamp(at.astimezone(SHANGHAI)) == changes._stamp(at.astimezone(UTC))
    assert datetime.fromisoformat(changes._stamp(at)) == at


def test_a_change_that_forgot_to_take_back_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: what does not count any more is only forgotten."""

    def forgotten(change: Change, entry: Entry, *, batch: str, prefix: str) -> None:
        entry.seq = 0

    monkeypatch.setattr(changes, "_void", forgotten)
    row, facts = taken([line(), GOOD], [line(3, "corrected", 12, takes_back=2)])
    assert row.state == State.ACCEPTED.value
    assert sum(n for (kind, *_), n in counted(facts).items() if kind is EventKind.DECIDED) == 1, (
        "and no decision stands"
    )
