"""What the room says about itself is what it does: the description of events, CSV columns, entries kept, changes."""

import json
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest

from yichuang.exchange.api.described import paths, schemas
from yichuang.exchange.flow import MOST_A_CASE, EventKind, Reason
from yichuang.exchange.rules.changes import Row, blank, changed
from yichuang.exchange.rules.checking import ItemRef, Reference, checked
from yichuang.exchange.rules.lines import CSV_FIELDS, FIELDS, Line, Unreadable, read_line
from yichuang.exchange.rules.streams import BadHeader, csv_lines, json_lines
from yichuang.exchange.tests import factories as make

WHERE, ELSEWHERE, CASE = UUID(int=1), UUID(int=2), UUID(int=3)
ITEM = ItemRef(UUID(int=4), make.ITEM, "20", WHERE, "510000000000")
OTHER = ItemRef(UUID(int=5), make.OTHER, "01", WHERE, "510000000000")
OWN = {ITEM.code: ITEM, OTHER.code: OTHER}
REFERENCE = Reference(
    UUID(int=6), "water", True, OWN | {"OLD": ITEM}, {"119": WHERE}, frozenset({"theirs"}), frozenset({"125"}),
    frozenset({"510100000000"}), OWN,
)  # fmt: skip
TODAY = make.AT.date()


def line(no: int = 1, kind: str = "accepted", place: int = 0, **more: Any) -> Line:
    """A line whose codes are the platform's own."""
    found = read_line(make.event(no=no, kind=kind, **more), place or no, "{}")
    return Line(
        found.place,
        found.number,
        found.at,
        checked(found.entry, REFERENCE, TODAY)[0],
        found.applicant_name,
        "{}",
    )


def row() -> Row:
    """A case of which nothing is known."""
    return blank(CASE, "S-1", line(), REFERENCE, "salt")


def lived(*batches: list[Line]) -> tuple[Row, list[tuple[str, int]]]:
    """A case after batches: its row, and what its facts counted in all."""
    found, facts = row(), []
    for batch in batches:
        change = changed(found, batch, REFERENCE, batch="b")
        facts += [(one.entry.kind.value, one.quantity) for one in change.facts]
        found = change.row
    return found, facts


EVENT = jsonschema_rs.validator_for(schemas()["ReportedEvent"])


@pytest.mark.parametrize(
    ("more", "fits"),
    [
        ({}, True), ({"kind": "eaten"}, False), ({"event_no": 0}, False), ({"outcome": "granted"}, True), ({"surprise": 1}, False),
        ({"special": {"name": "评审"}}, True), ({"special": {"x": "y"}}, False), ({"takes_back": "1"}, False), ({"event_no": "1"}, False),
    ],
)  # fmt: skip
def test_what_is_described_is_what_is_read(more: dict[str, Any], fits: bool) -> None:
    told = make.event() | more
    assert EVENT.is_valid(told) == fits
    if fits:
        assert read_line(told, 1, "").number == "S-1"
    else:
        with pytest.raises(Unreadable):
            read_line(told, 1, "")


def test_every_required_field_is_required() -> None:
    for name in schemas()["ReportedEvent"]["required"]:
        told = {key: value for key, value in make.event().items() if key != name}
        assert not EVENT.is_valid(told)
        with pytest.raises(Unreadable):
            read_line(told, 1, "")
    assert set(paths({})) == {
        "/api/v1/reported/batches", "/api/v1/reported/batches/{reported_batch_id}", "/api/v1/reported/cases/{source_number}",
    }  # fmt: skip


def test_a_csv_of_every_column_says_what_json_says() -> None:
    told = make.event(
        kind="decided", department_code="119", region="510000000000", applicant_name="示例", due_on="2022-05-20", limit_days=5,
        days_used=2, special={"name": "评审", "reason": "一, \"二\""},
    )  # fmt: skip
    flat = {**told, **{f"special_{name}": value for name, value in told["special"].items()}}
    cells = [str(flat.get(name, "")).replace('"', '""') for name in CSV_FIELDS]
    text = ",".join(CSV_FIELDS) + "\r\n" + ",".join(f'"{cell}"' for cell in cells) + "\r\n"
    ((raw, found),) = list(csv_lines(text.encode().splitlines(keepends=True)))
    assert found == told
    assert json.loads(raw) == told
    assert set(told) < set(FIELDS)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("source_number,event_no,kind,at", "没有必需的列 item_code"), ("", "文件是空的"),
        (",".join(FIELDS[:5]) + ",what", "没有这个列：what"), (",".join((*FIELDS[:5], "at")), "列 at 出现了两次"),
    ],
)  # fmt: skip
def test_a_wrong_header_is_told_in_words(head: str, words: str) -> None:
    with pytest.raises(BadHeader) as told:
        csv_lines([f"{head}\n".encode()])
    assert words in told.value.faults


def test_rows_of_a_csv_that_cannot_be_read_are_told_apart() -> None:
    head = ",".join(FIELDS[:5]) + "\n"
    rows = [
        b"S-1,1,accepted,2022-05-10,x,more\n",
        b"\xff,1,accepted,2022-05-10,x\n",
        b",,,,\n",
        b"S-2,1,accepted,2022-05-10,x\n",
    ]
    found = [one for _, one in csv_lines([head.encode(), *rows])]
    assert [isinstance(one, Unreadable) for one in found] == [True, True, False]


def test_a_line_that_is_too_long_is_refused_and_cut() -> None:
    ((raw, found),) = list(json_lines([b'{"a":"' + b"x" * 40_000 + b'"}\n']))
    assert isinstance(found, Unreadable)
    assert len(raw) < 20_000


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        ({}, []), ({"item_code": "OLD"}, []), ({"item_code": "theirs"}, [Reason.FOREIGN_ITEM]), ({"item_code": "none"}, [Reason.UNKNOWN_ITEM]),
        ({"department_code": "119"}, []), ({"department_code": "125"}, [Reason.FOREIGN_DEPARTMENT]),
        ({"department_code": "1"}, [Reason.UNKNOWN_DEPARTMENT]), ({"region": "510100000000"}, []), ({"region": "51"}, [Reason.FOREIGN_REGION]),
        ({"at": "2022-05-14"}, [Reason.FUTURE]), ({"at": "2019-05-13"}, []), ({"at": "2019-05-11"}, [Reason.TOO_OLD]),
        ({"kind": "decided"}, [Reason.UNKNOWN_OUTCOME]), ({"kind": "decided", "outcome": "denied"}, []),
        ({"item_code": "none", "at": "2022-06-01"}, [Reason.UNKNOWN_ITEM, Reason.FUTURE]),
    ],
)  # fmt: skip
def test_a_line_is_checked_against_what_its_system_may_report(
    more: dict[str, Any], reasons: list[Reason]
) -> None:
    entry = read_line(make.event() | more, 1, "").entry
    found, against = checked(entry, REFERENCE, TODAY)
    assert against == reasons
    assert Reason.TOO_OLD not in checked(entry, REFERENCE, TODAY, forced=True)[1]
    if more.get("item_code") == "OLD":
        assert found.item == make.ITEM


def test_what_counted_is_taken_back_before_what_displaces_it_counts() -> None:
    later, earlier = line(5, "decided", day="2022-05-11"), line(2, "withdrawn", day="2022-05-11")
    found, facts = lived([line(1)], [later], [earlier])
    assert facts == [("accepted", 1), ("decided", 1), ("decided", -1), ("withdrawn", 1)]
    assert (found.state, found.seq, found.doubts) == ("withdrawn", 4, 1)


def test_a_case_that_turns_out_to_be_of_another_department_is_counted_there() -> None:
    other = Reference(
        REFERENCE.system_id, "water", True, OWN, {"119": WHERE, "120": ELSEWHERE}, regions=frozenset(), by_code=OWN
    )  # fmt: skip
    first = changed(row(), [line(2, "decided")], other, batch="b")
    named = read_line(make.event(department_code="120"), 1, "{}")
    late = Line(1, "S-1", named.at, checked(named.entry, other, TODAY)[0], "", "{}")
    second = changed(first.row, [late], other, batch="b")
    counted = [(one.entry.no, one.quantity, one.where.department_id) for one in second.facts]
    assert counted == [(2, -1, WHERE), (1, 1, ELSEWHERE), (2, 1, ELSEWHERE)]
    assert [one.key for one in second.facts] == ["x:water:S-1:2~2", "x:water:S-1:1", "x:water:S-1:2~4"]


def test_a_late_limit_counts_the_decision_again_with_its_promptness() -> None:
    found, facts = lived(
        [line(1), line(2, "decided", day="2022-05-12", days_used=2)],
        [line(3, "special_started", limit_days=5)],
    )
    again = [("decided", -1), ("decided", 1), ("special_started", 1)]
    assert facts == [("accepted", 1), ("decided", 1), *again]
    assert (found.promptness, found.limit_days) == ("early", 5)


def test_a_case_has_no_more_events_than_anybody_needs() -> None:
    told = [line(no, "special_started", place=no) for no in range(1, MOST_A_CASE + 3)]
    change = changed(row(), told, REFERENCE, batch="b")
    assert [reason for _, reason in change.other] == [Reason.TOO_MANY, Reason.TOO_MANY]
    assert len(change.entries) == MOST_A_CASE


def test_open_is_what_was_accepted_and_has_not_ended() -> None:
    opened = [
        changed(row(), told, REFERENCE, batch="b").opened
        for told in ([line(1)], [line(2, "decided")], [line(1), line(2, "decided")])
    ]
    assert opened == [1, 0, 0]
    first = changed(row(), [line(1)], REFERENCE, batch="b").row
    assert changed(first, [line(2, "withdrawn")], REFERENCE, batch="b").opened == -1
    assert changed(first, [line(1)], REFERENCE, batch="b").opened == 0
    assert {kind.label for kind in EventKind} >= {"受理", "办结", "更正"}
