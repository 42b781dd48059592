"""The table of states, the reading of lines, what is kept of a case: pure, so many cases cost nothing."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.exchange.flow import (
    BESIDE_CASE,
    BY_LETTER,
    DOUBTS,
    EVENTS,
    REASONS,
    STATES,
    Doubt,
    EventKind,
    Reason,
    Standing,
    State,
)
from yichuang.exchange.rules import settle as rules
from yichuang.exchange.rules.keeping import DIGEST, pack, unpack
from yichuang.exchange.rules.lines import Unreadable, parse_json, read_line
from yichuang.exchange.rules.settle import Entry, settle
from yichuang.exchange.rules.streams import BadHeader, csv_lines, json_lines
from yichuang.exchange.tests import factories as make
from yichuang.journal.rules.verify.subjects import expected_day
from yichuang.kernel import copy_in

K = EventKind


def entry(no: int, kind: EventKind, day: int = 10, **more: Any) -> Entry:
    """One event of May."""
    told = {"outcome": "granted"} if kind is K.DECIDED else {}
    return Entry(no, kind, date(2022, 5, day), f"{no:064d}", "item", **(told | more))


A, D = entry(1, K.ACCEPTED), entry(2, K.DECIDED, 11)
HISTORIES: list[tuple[list[Entry], State, dict[int, Reason]]] = [
    ([A], State.ACCEPTED, {}),
    ([D], State.DECIDED, {}),
    ([A, D], State.DECIDED, {}),
    ([A, D, entry(3, K.DELIVERED, 12)], State.DELIVERED, {}),
    ([A, entry(3, K.DELIVERED, 12)], State.ACCEPTED, {3: Reason.NO_DECISION_YET}),
    ([A, D, entry(3, K.DELIVERED, 10)], State.DECIDED, {3: Reason.DELIVERED_EARLY}),
    ([A, D, entry(3, K.DELIVERED, 12), entry(4, K.DELIVERED, 13)], State.DELIVERED, {4: Reason.DELIVERED_TWICE}),
    ([A, entry(2, K.WITHDRAWN), entry(3, K.DELIVERED, 12)], State.WITHDRAWN, {3: Reason.NOTHING_TO_DELIVER}),
    ([A, D, entry(3, K.DECIDED, 12)], State.DECIDED, {3: Reason.DECIDED_TWICE}),
    ([A, D, entry(3, K.WITHDRAWN, 12)], State.DECIDED, {3: Reason.ENDED_OTHERWISE}),
    ([A, entry(2, K.TERMINATED, 12), entry(3, K.DECIDED, 12)], State.TERMINATED, {3: Reason.ENDED_OTHERWISE}),
    ([A, entry(2, K.DECIDED, 9)], State.ACCEPTED, {2: Reason.BEFORE_ACCEPTANCE}),
    ([A, entry(2, K.DECIDED, 9), entry(3, K.DECIDED, 10)], State.DECIDED, {2: Reason.BEFORE_ACCEPTANCE}),
    ([A, entry(2, K.DECIDED, 9, standing=Standing.TAKEN)], State.DECIDED, {}),
    ([A, entry(2, K.ACCEPTED, 11)], State.ACCEPTED, {2: Reason.ACCEPTED_TWICE}),
    ([A, entry(2, K.SPECIAL_STARTED, 11)], State.SPECIAL, {}),
    ([A, entry(2, K.SPECIAL_STARTED, 11), entry(3, K.SPECIAL_ENDED, 12)], State.ACCEPTED, {}),
    ([A, entry(3, K.SPECIAL_ENDED, 12)], State.ACCEPTED, {3: Reason.NO_SPECIAL_YET}),
    ([A, entry(2, K.SPECIAL_STARTED, 11), entry(3, K.SPECIAL_STARTED, 12)], State.SPECIAL, {3: Reason.SPECIAL_OPEN}),
    ([A, entry(2, K.SPECIAL_STARTED, 12), entry(3, K.SPECIAL_ENDED, 11)], State.SPECIAL, {3: Reason.SPECIAL_BACKWARDS}),
    ([A, entry(2, K.SPECIAL_STARTED, 9)], State.ACCEPTED, {2: Reason.BEFORE_ACCEPTANCE}),
    ([A, D, entry(3, K.SPECIAL_STARTED, 12)], State.DECIDED, {3: Reason.AFTER_END}),
    ([A, entry(2, K.CORRECTED, takes_back=1)], State.UNREPORTED, {1: Reason.TAKEN_BACK}),
    ([A, entry(2, K.CORRECTED, takes_back=7)], State.ACCEPTED, {2: Reason.NOTHING_TO_CORRECT}),
    ([A, entry(2, K.CORRECTED, takes_back=3), entry(3, K.CORRECTED, takes_back=1)], State.UNREPORTED, {2: Reason.CORRECTS_CORRECTION, 1: Reason.TAKEN_BACK}),
    ([A, entry(2, K.CORRECTED, takes_back=1), entry(3, K.ACCEPTED, 12)], State.ACCEPTED, {1: Reason.TAKEN_BACK}),
    ([A, entry(2, K.CORRECTED, takes_back=1, standing=Standing.DROPPED)], State.ACCEPTED, {2: Reason.DROPPED}),
    ([A, replace(D, item="other")], State.ACCEPTED, {2: Reason.ITEM_DIFFERS}),
    ([replace(A, department="x"), replace(D, department="y")], State.ACCEPTED, {2: Reason.DEPARTMENT_DIFFERS}),
    ([A, replace(D, region="y")], State.DECIDED, {}),
    ([replace(A, region="x"), replace(D, region="y")], State.ACCEPTED, {2: Reason.REGION_DIFFERS}),
    ([A, D, entry(3, K.WITHDRAWN, 12, standing=Standing.TAKEN)], State.WITHDRAWN, {2: Reason.ENDED_OTHERWISE}),
]  # fmt: skip


@pytest.mark.parametrize("position", range(len(HISTORIES)))
def test_a_history_comes_to_its_state_in_any_order(position: int) -> None:
    told, state, reasons = HISTORIES[position]
    for seed in range(6):
        shuffled = random.Random(seed).sample(told, len(told))
        found = settle(shuffled)
        assert (found.state, dict(found.reasons)) == (state, reasons)
    packed = unpack(pack(told, "item"), "item")
    assert [replace(one, digest=one.digest[:DIGEST]) for one in told] == packed


def test_a_first_come_rule_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: events count in the order in which they came."""
    told = [entry(3, K.WITHDRAWN, 12), A, D]
    assert settle(told).state is State.DECIDED
    monkeypatch.setattr(rules, "_rank", lambda one: (False, told.index(one)))
    assert settle(told).state is State.WITHDRAWN


@pytest.mark.parametrize(
    ("accepted", "decided", "more", "words"),
    [
        (10, 10, {"limit_days": 5}, "instant"), (10, 12, {"limit_days": 5, "days_used": 2}, "early"),
        (10, 12, {"limit_days": 5, "days_used": 5}, "on_time"), (10, 12, {"limit_days": 5, "days_used": 6}, "late"),
        (10, 12, {"due_on": date(2022, 5, 13)}, "early"), (10, 12, {"due_on": date(2022, 5, 12)}, "on_time"),
        (10, 14, {"due_on": date(2022, 5, 12)}, "late"), (10, 12, {}, ""), (10, 12, {"limit_days": 5}, ""),
    ],
)  # fmt: skip
def test_promptness_is_told_only_where_a_limit_was_reported(
    accepted: int, decided: int, more: dict[str, Any], words: str
) -> None:
    told = [entry(1, K.ACCEPTED, accepted), entry(2, K.DECIDED, decided, **more)]
    assert settle(told, limits=True).promptness == words
    assert settle(told).promptness == ""


def test_every_word_of_the_table_is_there_once() -> None:
    assert set(EVENTS) == set(EventKind)
    assert len(BY_LETTER) == len(EVENTS)
    assert set(REASONS) == set(Reason)
    assert set(DOUBTS) == set(Doubt)
    assert set(STATES) == set(State)
    assert len({way.fact for way in EventKind}) == len(EVENTS)
    assert set(BESIDE_CASE) < set(Reason)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"source_number": ""}, "source_number"), ({"source_number": 7}, "source_number"), ({"source_number": "a\nb"}, "source_number"),
    ({"source_number": "a\\b"}, "source_number"), ({"source_number": "x" * 65}, "source_number"), ({"event_no": 0}, "event_no"),
    ({"event_no": "1"}, "event_no"), ({"event_no": True}, "event_no"), ({"event_no": 1 << 40}, "event_no"), ({"kind": "eaten"}, "kind"),
    ({"kind": []}, "kind"), ({"at": "yesterday"}, "at"), ({"at": 5}, "at"), ({"at": "1999-05-01"}, "at"), ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
    ({"item_code": ""}, "item_code"), ({"item_code": "a b"}, "item_code"), ({"department_code": {}}, "department_code"),
    ({"applicant_name": "x" * 201}, "applicant_name"), ({"applicant_name": "\x00"}, "applicant_name"), ({"applicant_name": "\ud800"}, "applicant_name"),
    ({"due_on": "soon"}, "due_on"), ({"due_on": 3}, "due_on"), ({"days_used": -1}, "days_used"), ({"limit_days": 1.5}, "limit_days"),
    ({"special": [1]}, "special"), ({"special": {"x": "y"}}, "special"), ({"special": {"name": 1}}, "special"),
    ({"takes_back": 1}, "takes_back"), ({"kind": "corrected"}, "takes_back"), ({"kind": "corrected", "takes_back": 1}, "takes_back"),
    ({"outcome": 5}, "outcome"), ({"unknown": 1}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "field"), WRONG, ids=str)
def test_what_cannot_be_an_event_is_refused_by_its_field(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Unreadable) as told:
        read_line(make.event() | wrong, 1, "")
    assert told.value.field == field


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2022-05-10", "2022-05-10"), ("2022-05-10T23:59:59", "2022-05-10"), ("2022-05-10T16:30:00Z", "2022-05-11"),
        ("2022-05-10 09:00:00", "2022-05-10"), ("2022-05-10T09:00:00+08:00", "2022-05-10"), ("2022-05-10T20:00:00-05:00", "2022-05-11"),
        ("20220510T090000+08:00", "2022-05-10"),
    ],
)  # fmt: skip
def test_a_day_is_shanghais(at: str, day: str) -> None:
    line = read_line(make.event() | {"at": at}, 1, "")
    assert line.entry.day.isoformat() == day
    assert line.at.tzinfo is not None


def test_the_same_said_otherwise_has_the_same_digest_and_another_has_another() -> None:
    plain = read_line(make.event(), 1, "").entry.digest
    assert read_line(make.event() | {"at": "2022-05-10T02:00:00Z"}, 1, "").entry.digest == plain
    assert read_line(make.event() | {"applicant_name": "  "}, 1, "").entry.digest == plain
    for more in (
        {"applicant_name": "甲"},
        {"at": "2022-05-10T02:00:01Z"},
        {"special": {"name": "甲"}},
        {"item_code": "x"},
    ):
        assert read_line(make.event() | more, 1, "").entry.digest != plain


@given(st.binary(max_size=300))
def test_no_bytes_are_a_fault(data: bytes) -> None:
    for raw, found in json_lines([data, data]):
        assert isinstance(raw, str)
        if isinstance(found, dict):
            with suppress(Unreadable):
                read_line(found, 1, raw)
    with suppress(BadHeader, Unreadable):
        list(csv_lines(data.splitlines(keepends=True)))


@given(st.dictionaries(st.sampled_from(sorted(make.event())), st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20), lambda x: st.lists(x, max_size=2) | st.dictionaries(st.text(max_size=5), x, max_size=2), max_leaves=4)))  # fmt: skip
def test_no_object_is_a_fault(more: dict[str, Any]) -> None:
    with suppress(Unreadable):
        assert read_line(make.event() | more, 1, "").number


def test_json_that_is_none_is_refused() -> None:
    for raw in ("[]", "7", "NaN", '{"a":NaN}', "[" * 100_000):
        with pytest.raises(Unreadable):
            parse_json(raw)


@given(st.text(alphabet=st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])))
def test_a_cell_of_copy_is_one_cell(text: str) -> None:
    found = copy_in.cell(text)
    assert not set("\t\n\r") & set(found)
    for mark, sign in (("\\t", "\t"), ("\\n", "\n"), ("\\r", "\r")):
        found = found.replace("\\\\", "\0").replace(mark, sign).replace("\0", "\\\\")
    assert found.replace("\\\\", "\\") == text


def test_a_reported_fact_counts_on_the_day_that_its_data_name() -> None:
    fact = {
        "subject_kind": "reported",
        "at": "2022-05-13T01:30:00.000000Z",
        "data": '{"no":1,"on":"2022-05-10"}',
    }
    assert expected_day(fact) == "2022-05-10"
    assert expected_day({**fact, "subject_kind": "case"}) == "2022-05-13"
    for broken in ("{}", "x", "[]"):
        assert expected_day({**fact, "data": broken}) == ""
