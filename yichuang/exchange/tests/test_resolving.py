"""Doubts and what people decide about them; the figures follow, each decision leaves its fact, nothing disappears."""

from typing import Any
from uuid import uuid4

import pytest

from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.exchange.commands import resolving
from yichuang.exchange.commands.resolving import drop_doubt, take_doubt, try_again
from yichuang.exchange.commands.systems import add_mapping
from yichuang.exchange.models import Batch, Case, Quarantine, System
from yichuang.exchange.queries.overview import standings
from yichuang.exchange.tests import factories as make
from yichuang.journal.queries import checked_facts, facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused

pytestmark = pytest.mark.django_db
WHY = "已与部门核对（示例）"


def decide(command: Any, doubt: Quarantine, ground: str = WHY, by: Actor | None = None, key: str = "") -> Any:
    """One decision."""
    return command(doubt.pk, ground, by=by or make.resolver(), at=make.AT, key=key or uuid4().hex)


def counted() -> dict[str, int]:
    """Figures by kind, over all that was reported."""
    found = sql.rows(
        "select kind, sum(quantity) from journal_fresh where subject_kind = 'reported' and item_id is not null group by 1"
    )
    return {kind.partition(".")[2]: int(count) for kind, count in found if count}


def opened() -> int:
    """已报受理未报办结 by the sums that the overview tells; equal to what the rows say."""
    told = sum(one.open for one in standings(by=make.resolver()))
    assert told == Case.objects.filter(state__in=["accepted", "special"]).count()
    return told


def only(**wanted: Any) -> Quarantine:
    """The one doubt of a kind."""
    return Quarantine.objects.get(**wanted)


def test_of_two_decisions_a_person_takes_the_later_and_the_earlier_is_in_doubt() -> None:
    make.send(
        [
            make.event(),
            make.event(no=2, kind="decided", day="2022-05-11"),
            make.event(no=3, kind="withdrawn", day="2022-05-12"),
        ]
    )
    assert (counted(), opened()) == ({"accepted": 1, "decided": 1}, 0)
    later, key = only(event_no=3), uuid4().hex
    decide(take_doubt, later, key=key)
    decide(take_doubt, later, key=key)
    row = Case.objects.get()
    assert (row.state, str(row.closed_on), row.decided_on, row.doubts) == ("withdrawn", "2022-05-12", None, 1)
    assert (counted(), opened()) == ({"accepted": 1, "withdrawn": 1}, 0)
    assert only(event_no=2).reasons == ["ended_otherwise"]
    with pytest.raises(Conflict):
        decide(drop_doubt, only(event_no=3))
    decide(drop_doubt, only(event_no=2))
    assert Case.objects.get().doubts == 0
    assert [one.kind for one in facts_of(later.pk)] == ["doubt.taken"]
    assert WHY not in str(facts_of(later.pk))
    assert all(one.sound for one in checked_facts(row.pk))
    assert [one.data.get("voids") for one in facts_of(row.pk)] == [None, None, 2, None]


def test_what_lacked_a_code_is_tried_again_when_it_is_mapped() -> None:
    make.send(
        [make.event(f"S-{n}", item_code="OLD-1") for n in range(3)] + [make.event("S-9", item_code="OLD-2")]
    )
    assert counted() == {}
    system, by = System.objects.get(), make.resolver()
    with pytest.raises(Conflict, match="不在事项目录"):
        decide(take_doubt, only(source_number="S-9"))
    add_mapping(system.pk, "item", "OLD-1", make.ITEM, by=make.manager(), at=make.AT, key=uuid4().hex)
    key = uuid4().hex
    assert len(try_again(system.pk, WHY, by=by, at=make.AT, key=key)) == 3
    assert (counted(), opened()) == ({"accepted": 3}, 3)
    assert try_again(system.pk, WHY, by=by, at=make.AT, key=uuid4().hex) == []
    assert sorted(Quarantine.objects.values_list("state", flat=True)) == ["open", "taken", "taken", "taken"]
    # Dropped before it could be understood, it stays dropped although it is sent again and could be taken now.
    decide(drop_doubt, only(source_number="S-9"))
    add_mapping(system.pk, "item", "OLD-2", make.OTHER, by=make.manager(), at=make.AT, key=uuid4().hex)
    again = make.send([make.event("S-9", item_code="OLD-2")])
    assert (again.known, counted()) == (1, {"accepted": 3})


def test_what_was_missing_comes_and_the_doubt_is_gone() -> None:
    make.send(
        [
            make.event("S-1", 4, "special_ended"),
            make.event("S-1", 9, "delivered", "2022-05-12"),
            make.event("S-2", 2, "decided"),
        ]
    )
    assert set(Quarantine.objects.values_list("state", flat=True)) == {"waiting"}
    row = Case.objects.get(source_number="S-2")
    assert (row.state, row.accepted_on, counted()) == ("decided", None, {"decided": 1})
    with pytest.raises(Conflict, match="还没有报办结"):
        decide(take_doubt, only(event_no=9))
    make.send(
        [
            make.event("S-1", 2, "accepted", "2022-05-09"),
            make.event("S-1", 3, "special_started", "2022-05-09"),
            make.event("S-1", 5, "decided", "2022-05-11"),
            make.event("S-2", 1),
        ]
    )
    assert set(Quarantine.objects.values_list("state", flat=True)) == {"settled"}
    assert sorted(Case.objects.values_list("state", flat=True)) == ["decided", "delivered"]
    assert counted() == {
        "accepted": 2,
        "special_started": 1,
        "special_ended": 1,
        "decided": 2,
        "delivered": 1,
    }


def test_another_body_under_the_same_number_waits_for_a_person() -> None:
    make.send([make.event()])
    make.send([make.event(day="2022-05-09")])
    doubt = only(reasons=["other_body"])
    assert (
        str(Case.objects.get().accepted_on),
        sum(Batch.objects.values_list("quarantined", flat=True)),
    ) == (
        "2022-05-10",
        1,
    )
    decide(take_doubt, doubt)
    assert str(Case.objects.get().accepted_on) == "2022-05-09"
    found = sql.rows(
        "select day::text, sum(quantity) from journal_fresh where subject_kind = 'reported' group by 1 order by 1"
    )
    assert found == [("2022-05-09", 1), ("2022-05-10", 0)]
    assert make.send([make.event(day="2022-05-09")]).known == 1


def test_a_correction_takes_back_what_it_names_even_before_that_comes() -> None:
    make.send(
        [
            make.event(),
            make.event(no=2, kind="decided", day="2022-05-11"),
            make.event("S-2", 2, "corrected", takes_back=1),
        ]
    )
    assert opened() == 0
    make.send([make.event(no=3, kind="corrected", day="2022-05-12", takes_back=2), make.event("S-2")])
    assert (counted(), opened()) == ({"accepted": 1}, 1)
    assert Case.objects.get(source_number="S-2").state == "unreported"
    facts = facts_of(Case.objects.get(source_number="S-2").pk)
    assert [one.kind for one in facts] == ["reported.corrected", "reported.accepted"] or len(facts) == 2


def test_who_may_decide_and_with_what_ground() -> None:
    make.send([make.event(item_code="nope", department_code="119"), make.event("S-2", item_code="nope")])
    first, second = Quarantine.objects.order_by("source_number")
    with pytest.raises(Invalid):
        decide(drop_doubt, first, ground=" ")
    for command in (take_doubt, drop_doubt):
        with pytest.raises(Refused):
            decide(command, first, by=make.manager())
    trade = people.department("商务厅", "125", "川商")
    stranger = people.staff("stranger", people.post(trade, "督查岗", [Capability.EXCHANGE_RESOLVE]))
    for doubt in (first, second):
        with pytest.raises(Missing):
            decide(drop_doubt, doubt, by=stranger)
    with pytest.raises(Problem):
        try_again(System.objects.get().pk, WHY, by=stranger, at=make.AT, key=uuid4().hex)
    key = uuid4().hex
    decide(drop_doubt, first, key=key)
    with pytest.raises(Conflict):
        decide(drop_doubt, second, key=key)
    assert Quarantine.objects.filter(state="open").count() == 1


def test_a_decision_that_forgets_the_other_event_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: who is taken is not put before the others."""
    monkeypatch.setattr(resolving, "replace", lambda entry, **_: entry)
    make.send(
        [
            make.event(),
            make.event(no=2, kind="decided", day="2022-05-11"),
            make.event(no=3, kind="withdrawn", day="2022-05-12"),
        ]
    )
    with pytest.raises(Conflict):
        decide(take_doubt, only(event_no=3))
