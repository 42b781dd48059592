"""Levels in sequence, one person a level, sent back to the exact part, and who stands for what."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases import commands, flow, queries, rules
from yichuang.cases.flow import LEVELS, Action, Outcome, State, WorkKind
from yichuang.cases.queries import CaseRow
from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM, Actor, StandsFor
from yichuang.kernel.errors import Conflict, Invalid, Problem, Refused

AT = make.AT
REVIEW, SECOND, COUNTERSIGN, DECIDE = LEVELS
EVERYTHING = frozenset(str(c) for c in Capability)
DAY = AT.date()


def everybody_in_one(name: str = "张示例") -> Actor:
    """Somebody whose post may do everything: only the rule keeps the levels apart."""
    return Actor("staff", name, id=uuid4(), everywhere=True, capabilities=EVERYTHING)


def to(row: CaseRow, level: str, **more: Any) -> commands.Stepped:
    """Send back as the head."""
    by = more.pop("by", people.head(username="deciding"))
    return commands.send_back(
        row.id, **({"ground": "facts_unclear", "reason": "请核实坐标", "to": level, "by": by, "at": AT, "key": make.key()} | more)
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("levels", "way"),
    [
        ((), [REVIEW, DECIDE]),
        (("second",), [REVIEW, SECOND, DECIDE]),
        (("countersign",), [REVIEW, COUNTERSIGN, DECIDE]),
        (("countersign", "second"), list(LEVELS)),
    ],
)
def test_each_level_opens_the_next(levels: tuple[str, ...], way: list[WorkKind]) -> None:
    row = make.in_review(version=make.handled(levels=list(levels)))
    acts = {
        REVIEW: Action.PROPOSE,
        SECOND: Action.ENDORSE,
        COUNTERSIGN: Action.COUNTERSIGN,
        DECIDE: Action.DECIDE,
    }
    for number, level in enumerate(way):
        row = make.fresh(row.id)
        assert (row.state, row.work_kind, row.work_holder_id) == (State.REVIEW, level, None)
        make.perform(row, acts[level], everybody_in_one(f"张示例{number}"), at=AT)
    assert make.fresh(row.id).state == State.DECIDED


@pytest.mark.django_db
def test_no_level_is_left_out_and_the_sequence_is_told() -> None:
    acts = {
        REVIEW: Action.PROPOSE,
        SECOND: Action.ENDORSE,
        COUNTERSIGN: Action.COUNTERSIGN,
        DECIDE: Action.DECIDE,
    }
    for waiting in LEVELS:
        row = make.at_level(waiting)
        for level, action in acts.items():
            if level == waiting:
                continue
            with pytest.raises(Conflict) as caught:
                make.perform(row, action, everybody_in_one(), at=AT)
            assert caught.value.how
            assert "初审 → 复审 → 会签 → 审定" in caught.value.how
            assert flow.WORK_LABELS[waiting] in caught.value.message
        assert make.fresh(row.id) == row


@pytest.mark.django_db
def test_an_item_without_levels_is_decided_as_before() -> None:
    row = make.in_review()
    make.perform(row, Action.DECIDE, people.head(), at=AT)
    assert make.fresh(row.id).state == State.DECIDED
    row = make.in_review()
    with pytest.raises(Conflict, match="还不能办理「复审」"):
        make.perform(row, Action.ENDORSE, everybody_in_one(), at=AT)


@pytest.mark.django_db
@pytest.mark.parametrize("again", [SECOND, COUNTERSIGN, DECIDE])
@pytest.mark.parametrize("first", [REVIEW, SECOND, COUNTERSIGN])
def test_nobody_acts_at_two_levels_of_a_round(first: WorkKind, again: WorkKind) -> None:
    if LEVELS.index(first) >= LEVELS.index(again):
        return
    acts = {
        REVIEW: Action.PROPOSE,
        SECOND: Action.ENDORSE,
        COUNTERSIGN: Action.COUNTERSIGN,
        DECIDE: Action.DECIDE,
    }
    both = everybody_in_one()
    row = make.at_level(first)
    make.perform(row, acts[first], both, at=AT)
    for level in LEVELS[LEVELS.index(first) + 1 : LEVELS.index(again)]:
        make.perform(row, acts[level], everybody_in_one("王示例" + level), at=AT)
    with pytest.raises(Conflict, match=r"^您已.*不能由同一人"):
        make.perform(row, acts[again], both, at=AT)
    make.perform(row, acts[again], everybody_in_one("李示例"), at=AT)


@pytest.mark.django_db
def test_a_house_that_forgot_who_signed_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the rule that looks at the round finds nobody."""
    monkeypatch.setattr(rules, "clash", lambda *_: None)
    with pytest.raises(pytest.fail.Exception):
        test_nobody_acts_at_two_levels_of_a_round(REVIEW, DECIDE)


@pytest.mark.django_db
def test_whoever_stands_in_does_not_act_twice_through_the_absent() -> None:
    """Zhang proposed and is on leave: who acts in Zhang's place may not decide either, and the conflict says who."""
    row = make.at_level(REVIEW)
    proposer = people.reviewer()
    make.perform(row, Action.PROPOSE, proposer, at=AT)
    make.perform(row, Action.ENDORSE, make.second(), at=AT)
    make.perform(row, Action.COUNTERSIGN, people.head(username="countersigner"), at=AT)
    assert proposer.id is not None
    absent = StandsFor(proposer.id, "李示例")
    standing_in = Actor(
        "staff", "张示例", id=uuid4(), everywhere=True, capabilities=EVERYTHING,
        stands_for={str(Capability.CASE_DECIDE): absent},
    )  # fmt: skip
    with pytest.raises(Conflict, match="您代理的李示例已对此件提出审查意见"):
        make.perform(row, Action.DECIDE, standing_in, at=AT)


@pytest.mark.django_db
def test_an_act_in_somebodys_place_has_both_names() -> None:
    row, absent = make.at_level(REVIEW), StandsFor(uuid4(), "李示例")
    by = Actor(
        "staff", "张示例", id=uuid4(), everywhere=True, capabilities=EVERYTHING,
        stands_for={str(Capability.CASE_REVIEW): absent},
    )  # fmt: skip
    commands.claim(row.id, by=by, at=AT)
    assert make.fresh(row.id).work_holder_name == "张示例（代李示例）"
    make.perform(row, Action.PROPOSE, by, at=AT)
    fact = facts_of(row.id)[-1]
    assert fact.actor_name == "张示例（代李示例）"
    assert fact.data["for"] == str(absent.account_id)
    assert fact.actor == by.signature
    assert make.fresh(row.id).signed[REVIEW] == {by.signature, f"staff:{absent.account_id}"}
    # What the own post allows is done in the own name.
    make.perform(row, Action.EXPEDITE, by, at=AT)
    assert facts_of(row.id)[-1].actor_name == "张示例"
    assert "for" not in facts_of(row.id)[-1].data


@pytest.mark.django_db
@pytest.mark.parametrize("level", ["review", "second", "countersign"])
def test_a_case_goes_back_to_the_level_that_is_named(level: str) -> None:
    row = make.at_level(DECIDE)
    to(row, level, part="section:purpose", ground="not_examined")
    after, fact = make.fresh(row.id), facts_of(row.id)[-1]
    assert (after.state, after.work_kind, after.due_on) == (State.REVIEW, level, row.due_on)
    assert (fact.ground, dict(fact.data) | {"words": ""}) == (
        "not_examined", {"to": level, "part": "section:purpose", "words": ""},
    )  # fmt: skip
    assert set(after.signed) == set(LEVELS[: LEVELS.index(WorkKind(level))])


@pytest.mark.django_db
def test_only_the_levels_that_were_sent_back_sign_again() -> None:
    row = make.at_level(DECIDE)
    first = make.fresh(row.id).signed[REVIEW]
    to(row, "second")
    make.perform(row, Action.ENDORSE, make.second("other_second"), at=AT)
    after = make.fresh(row.id)
    assert after.work_kind == COUNTERSIGN
    assert after.signed[REVIEW] == first
    with pytest.raises(Conflict):
        make.perform(row, Action.COUNTERSIGN, Actor("staff", "r", id=people.reviewer().id, everywhere=True, capabilities=EVERYTHING), at=AT)  # fmt: skip


@pytest.mark.django_db
def test_the_second_level_sends_back_by_its_own_right_and_only_while_it_is_open() -> None:
    row = make.at_level(SECOND)
    with pytest.raises(Refused):
        to(row, "review", by=people.head())
    to(row, "review", by=make.second())
    row = make.at_level(DECIDE)
    with pytest.raises(Refused):
        to(row, "review", by=make.second())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ground": "because"}, "ground"),
        ({"ground": None}, "ground"),
        ({"reason": " "}, "reason"),
        ({"part": ""}, "part"),
        ({"part": "section:<b>"}, "part"),
        ({"to": "decide"}, "to"),
        ({"to": "deliver"}, "to"),
    ],
)
def test_a_send_back_says_to_whom_what_and_why(change: dict[str, Any], field: str) -> None:
    row = make.at_level(DECIDE)
    with pytest.raises(Invalid) as caught:
        to(row, "review", **change)
    assert set(caught.value.fields) == {field}
    assert make.fresh(row.id) == row


@pytest.mark.django_db
def test_what_was_sent_back_is_counted_item_by_item() -> None:
    row = make.at_level(DECIDE)
    to(row, "second", ground="wrong_basis")
    make.perform(row, Action.ENDORSE, make.second("another"), at=AT)
    make.perform(row, Action.COUNTERSIGN, people.head(username="countersigner"), at=AT)
    to(row, "review", ground="wrong_basis", at=AT + timedelta(days=1))
    make.perform(make.proposed(), Action.SEND_BACK, people.head(), at=AT)
    found = queries.send_backs(row.item_id, (DAY, DAY + timedelta(days=1)), by=SYSTEM)
    assert {(one.to, one.ground, one.times) for one in found} == {
        ("second", "wrong_basis", 1), ("review", "wrong_basis", 1), ("review", "facts_unclear", 1),
    }  # fmt: skip
    assert (
        queries.send_backs(row.item_id, (DAY - timedelta(days=9), DAY - timedelta(days=1)), by=SYSTEM) == []
    )
    with pytest.raises(Refused):
        queries.send_backs(row.item_id, (DAY, DAY), by=people.reviewer())
    assert queries.send_backs(uuid4(), (DAY, DAY), by=SYSTEM) == []


@pytest.mark.django_db
def test_the_applicant_sees_neither_the_levels_nor_what_was_sent_back() -> None:
    row = make.at_level(DECIDE)
    to(row, "review")
    seen = [event.kind for event in queries.timeline(make.fresh(row.id), by=people.applicant_actor())]
    assert seen == ["case.filed", "case.accepted"]


@pytest.mark.django_db
def test_after_a_procedure_the_round_begins_anew() -> None:
    row = make.at_level(SECOND)
    make.perform(row, Action.PAUSE, people.reviewer(), at=AT)
    make.perform(row, Action.RESUME, people.reviewer(), at=AT)
    after = make.fresh(row.id)
    assert (after.work_kind, after.signed, after.proposal) == (REVIEW, {}, None)


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["endorse", "countersign"])
def test_an_agreement_has_words(what: str) -> None:
    row = make.at_level(SECOND if what == "endorse" else COUNTERSIGN)
    with pytest.raises(Problem) as caught:
        getattr(commands, what)(row.id, opinion=" ", by=everybody_in_one(), at=AT, key=make.key())
    assert set(caught.value.fields) == {"opinion"}


EXTRA = st.sets(st.sampled_from(["second", "countersign"]))
MOVES = st.lists(
    st.tuples(st.sampled_from(["up", "back", "pause"]), st.integers(0, 4), st.integers(0, 2)), max_size=25
)
SIGNS = {REVIEW: "case.proposed", SECOND: "case.endorsed", COUNTERSIGN: "case.countersigned"}


@given(EXTRA, MOVES)
def test_whatever_happened_every_standing_level_has_another_person(
    extra: set[str], moves: list[tuple[str, int, int]]
) -> None:
    """Any history that the rules let through: no two standing signatures are one person's, and none stands above the open level."""
    levels, place = rules.levels_of(extra), 0
    facts: list[Any] = []
    for move, person, choice in moves:
        who = f"staff:{person}"
        if move == "pause":
            facts.append(("case.resumed", DAY, {}, "", who))
            place = 0
        elif move == "back" and place:
            place = choice % place
            facts.append(("case.sent_back", DAY, {"to": str(levels[place])}, "", who))
        elif move == "up" and levels[place] in SIGNS and rules.clash(facts, levels[place], {who}) is None:
            facts.append((SIGNS[levels[place]], DAY, {}, "", who))
            place = levels.index(rules.following(extra, levels[place]))
        signed = rules.signed(facts)
        assert set(signed) == set(levels[:place])
        people_signed = [who for names in signed.values() for who in names]
        assert len(people_signed) == len(set(people_signed))


def test_the_step_line_says_what_is_done_and_what_comes() -> None:
    assert [s for _, s in rules.steps_of(("second",), "second", done=False)] == ["done", "now", "next"]
    assert [s for _, s in rules.steps_of(("second",), "resume", done=False)] == ["next", "next", "next"]
    assert [s for _, s in rules.steps_of((), "deliver", done=True)] == ["done", "done"]
    assert rules.lower_levels(("second",), "decide") == (REVIEW, SECOND)
    assert rules.lower_levels((), "review") == rules.lower_levels((), None) == ()
    assert Outcome.GRANTED
    assert rules.following((), DECIDE) == DECIDE
