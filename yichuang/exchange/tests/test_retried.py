"""Lines that waited and are tried again: each is taken or stays in sight, people's decisions stand, and the overview adds up."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from yichuang.exchange.commands import national as commands
from yichuang.exchange.commands import taking
from yichuang.exchange.commands.national import take_waiting
from yichuang.exchange.commands.resolving import drop_doubt, take_doubt, try_again
from yichuang.exchange.commands.systems import add_mapping
from yichuang.exchange.flow import Doubt
from yichuang.exchange.models import Case, Quarantine, System
from yichuang.exchange.rules.changes import changed
from yichuang.exchange.tests import factories as make
from yichuang.exchange.tests.test_national_in import LATER, SYNC, accepted, result, states, table, take
from yichuang.exchange.tests.test_resolving import WHY, counted, decide, only, opened

pytestmark = pytest.mark.django_db


def undone() -> list[tuple[str, str, list[str]]]:
    """What still waits or is open: of which case, of which kind, why."""
    found = Quarantine.objects.filter(state__in=["open", "waiting"])
    return sorted(found.values_list("source_number", "kind", "reasons"))


REASONS = ("评审", "听证", "检测")


def special(number: str, reason: str) -> dict[str, str]:
    return {
        "row_guid": f"s-{reason}", "project_no": number, "special_type": "2", "special_name": reason, "special_reason": "示例",
        "special_time": "2022-05-11 09:30:00", **SYNC,
    }  # fmt: skip


def contradicting(tmp_path: Path) -> None:
    """Three special procedures of one moment, all of which wait; then their acceptance."""
    make.system()
    take(table(tmp_path, "up_pro_special_procedure", [special("a", one) for one in REASONS]))
    assert [reasons for _, _, reasons in undone()] == [["no_case_yet"]] * 3
    take(table(tmp_path, "up_pro_accept", [accepted("a")]))


def told() -> list[str]:
    """Which of the three are in sight: in the case, or still to be asked about."""
    held = [one.raw for one in Quarantine.objects.filter(state="open")] + [Case.objects.get().events]
    return sorted(one for one in REASONS for text in held if one in text)


def test_of_lines_that_waited_those_that_contradict_are_asked_about_each(tmp_path: Path) -> None:
    contradicting(tmp_path)
    assert states() == {"a": ("special", 0)}
    assert undone() == [("a", "special_started", ["other_body"])] * 2
    assert told() == sorted(REASONS)
    # Each can be taken like any other: nothing of it was lost.
    doubt = Quarantine.objects.filter(state="open")[0]
    said = json.loads(doubt.raw)["special"]["name"]
    decide(take_doubt, doubt)
    assert said in Case.objects.get().events


def test_a_retry_that_takes_one_line_for_another_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: lines are told apart by their places, and those of a retry have none."""
    honest = changed

    def by_place(row: Any, lines: Any, reference: Any, **more: Any) -> Any:
        change, places = honest(row, lines, reference, **more), {line.place: line for line in lines}
        change.other = [(places[line.place], why) for line, why in change.other]
        return change

    monkeypatch.setattr(taking, "changed", by_place)
    contradicting(tmp_path)
    assert told() != sorted(REASONS)


def test_what_is_tried_again_and_contradicts_says_so_and_can_be_taken_instead() -> None:
    make.send([make.event(), make.event(day="2022-05-09", item_code="OLD-1")])
    make.send([make.event(no=2, kind="decided", item_code="OLD-1", day="2022-05-11")])
    system = System.objects.get()
    add_mapping(system.pk, "item", "OLD-1", make.ITEM, by=make.manager(), at=make.AT, key=uuid4().hex)
    done = try_again(system.pk, WHY, by=make.resolver(), at=make.AT, key=uuid4().hex)
    assert [Quarantine.objects.get(pk=one).kind for one in done] == ["decided"]
    assert undone() == [("S-1", "accepted", ["other_body"])]
    assert (states(), opened()) == ({"S-1": ("decided", 0)}, 0)
    decide(take_doubt, only(state="open"))
    assert str(Case.objects.get().accepted_on) == "2022-05-09"
    assert try_again(system.pk, WHY, by=make.resolver(), at=make.AT, key=uuid4().hex) == []


def test_what_a_retry_closes_is_open_no_more_in_the_overview(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.system()
    take(table(tmp_path, "up_pro_result", [result(name) for name in "abc"]))
    monkeypatch.setattr(commands, "MOST_AGAIN", 2)
    take(table(tmp_path, "up_pro_accept", [accepted(name) for name in "abcd"]))
    assert {state for state, _ in states().values()} == {"accepted", "decided"}
    assert opened() == 1
    assert sorted(Quarantine.objects.values_list("opened", flat=True)) == [-2, -1, 0]
    # Taken back, it is open again: told by the batch that took it back.
    take(table(tmp_path, "up_pro_result-2", [result("a", cd_operation="D")]))
    assert opened() == 2


def test_what_is_decided_twice_about_one_line_adds_up() -> None:
    make.send([make.event(no=2, item_code="OLD-1")])
    system = System.objects.get()
    add_mapping(system.pk, "item", "OLD-1", make.ITEM, by=make.manager(), at=make.AT, key=uuid4().hex)
    try_again(system.pk, WHY, by=make.resolver(), at=make.AT, key=uuid4().hex)
    assert (opened(), only().opened) == (1, 1)
    # An earlier acceptance displaces it: the same line is in doubt again, and dropped.
    make.send([make.event(no=1)])
    assert (only().state, only().reasons) == ("open", ["accepted_twice"])
    decide(drop_doubt, only())
    assert (opened(), counted()) == (1, {"accepted": 1})


def test_what_a_person_drops_while_it_is_tried_again_stays_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    water = make.system()
    take(table(tmp_path, "up_pro_result", [result("a"), result("b")]))
    with monkeypatch.context() as later:
        later.setattr(commands, "take_waiting", lambda *_, **__: 0)
        take(table(tmp_path, "up_pro_accept", [accepted("a"), accepted("b")]))
    read = commands._waiting
    seen: list[int] = []

    def meanwhile(*given: Any) -> Any:
        found = read(*given)
        if not seen:
            decide(drop_doubt, only(source_number="a"))
        seen.append(len(found[0]))
        return found

    monkeypatch.setattr(commands, "_waiting", meanwhile)
    assert take_waiting(water, by=make.reporter(), at=LATER) == 1
    assert seen[0] == 2, "both were read before one was dropped"
    assert states() == {"a": ("accepted", 0), "b": ("decided", 0)}
    assert only(source_number="a").state == Doubt.DROPPED
    assert opened() == 1
