"""The life of a report as a matrix: every state, every action, every capability, with and without the four eyes."""

from functools import partial
from itertools import product

import pytest

from yichuang.directory.flow import Capability
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.reports import commands
from yichuang.reports.flow import (
    BY_ACTION,
    EDITABLE,
    FACT_LABELS,
    PUBLISHED,
    TRANSITIONS,
    Action,
    ContributionState,
    FourEyes,
    SectionKind,
    State,
    allowed,
    waits_for,
)
from yichuang.reports.models import Report
from yichuang.reports.tests import factories as make

REPORT_CAPABILITIES = [c for c in Capability if c.startswith("report.")]
SITUATIONS = [(state, False) for state in State] + [(State.IN_REVIEW, True)]


def stranger(*held: str) -> Actor:
    """Somebody who never touched the report."""
    return Actor(
        kind="staff", name="李示例", id=uuid7(make.AT), capabilities=frozenset(held), everywhere=True
    )


def take(report: Report, action: Action, by: Actor) -> Report:
    if action == Action.ISSUE:
        return commands.issue(report.pk, by=by, at=make.ISSUE_AT)
    return commands.step(report.pk, action, by=by, at=make.ISSUE_AT, reason="请核对")


def outcome(report: Report, action: Action, by: Actor) -> str:
    """What happens, in a word."""
    try:
        return take(report, action, by).state
    except (Conflict, Refused) as problem:
        return type(problem).__name__


def test_every_action_stands_once_in_the_table() -> None:
    assert len(BY_ACTION) == len(TRANSITIONS) == len(Action)
    assert len({row.fact for row in TRANSITIONS}) == len(TRANSITIONS)
    assert all(row.label and row.consequence and row.fact in FACT_LABELS for row in TRANSITIONS)


def test_every_state_is_reached_and_only_the_last_is_an_end() -> None:
    assert {row.target for row in TRANSITIONS} | {State.COLLECTING} == set(State)
    assert [state for state in State if not any(row.source == state for row in TRANSITIONS)] == [
        State.PRINTED
    ]


def test_nothing_that_was_issued_goes_back() -> None:
    order = list(State)
    assert all(
        order.index(row.target) > order.index(row.source) for row in TRANSITIONS if row.source in PUBLISHED
    )
    assert not set(PUBLISHED) & set(EDITABLE)


def test_who_sends_back_says_why_and_who_reviews_or_issues_is_another() -> None:
    backwards = [row for row in TRANSITIONS if row.source == State.IN_REVIEW and row.target == State.EDITING]
    assert {row.action for row in backwards} == {Action.SEND_BACK, Action.DECLINE}
    assert all(row.needs_reason for row in backwards)
    assert {row.action for row in TRANSITIONS if row.four_eyes == FourEyes.EDITORS} == {
        Action.APPROVE, Action.ISSUE,
    }  # fmt: skip
    assert [row.action for row in TRANSITIONS if row.confirm] == [Action.ISSUE]


@pytest.mark.parametrize(
    ("state", "approved", "actions"),
    [
        (State.COLLECTING, False, {Action.START_EDITING}),
        (State.EDITING, False, {Action.REOPEN_COLLECTING, Action.SUBMIT}),
        (State.IN_REVIEW, False, {Action.APPROVE, Action.SEND_BACK}),
        (State.IN_REVIEW, True, {Action.ISSUE, Action.DECLINE}),
        (State.ISSUED, True, {Action.MARK_PRINTED}),
        (State.PRINTED, True, set()),
    ],
)
def test_the_ways_out_of_each_state(state: State, approved: bool, actions: set[Action]) -> None:
    assert {row.action for row in allowed(state, approved=approved)} == actions


def test_each_state_says_who_is_next() -> None:
    said = [waits_for(state, approved=approved) for state, approved in product(State, (False, True))]
    assert len(set(said)) == 6
    assert waits_for(State.IN_REVIEW, approved=False) == "等待审核人审核"
    assert waits_for(State.IN_REVIEW, approved=True) == "等待签发人签发"


def test_labels_are_chinese_and_no_two_are_alike() -> None:
    for found in (State, ContributionState):
        labels = [each.label for each in found]
        assert len(set(labels)) == len(labels)
        assert all("\u4e00" <= sign <= "\u9fff" for label in labels for sign in label)
    assert len(SectionKind) == 5


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "approved"), SITUATIONS)
def test_every_capability_with_every_action(state: State, approved: bool) -> None:
    """What is refused is refused before anything is told about the state; nothing refused leaves a fact."""
    report = make.in_state(state, approved=approved)
    facts = len(facts_of(report.pk))
    for action, capability in product(Action, REPORT_CAPABILITIES):
        row = BY_ACTION[action]
        if capability != row.capability:
            assert outcome(report, action, stranger(capability)) == "Refused", (action, capability)
        elif row not in allowed(state, approved=approved):
            assert outcome(report, action, stranger(capability)) == "Conflict", (action, capability)
    assert (make.fresh(report).state, len(facts_of(report.pk))) == (state, facts)


@pytest.mark.django_db
@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: str(row.action))
def test_one_capability_is_enough_and_leaves_one_fact(row: object) -> None:
    assert isinstance(row, type(TRANSITIONS[0]))
    report = make.in_state(row.source, approved=row.approved is True)
    facts = len(facts_of(report.pk))
    assert outcome(report, row.action, stranger(row.capability)) == row.target
    (fact,) = facts_of(report.pk)[facts:]
    assert (fact.kind, fact.actor_name) == (row.fact, "李示例")
    assert fact.ground == ("请核对" if row.needs_reason else None)


@pytest.mark.django_db
@pytest.mark.parametrize("action", [Action.APPROVE, Action.ISSUE])
@pytest.mark.parametrize("part", ["opened", "wrote", "took", "submitted", "visits", "imprint"])
def test_every_hand_in_a_report_counts_for_the_four_eyes(part: str, action: Action) -> None:
    hand, other = make.everything("hand"), make.everything("other")

    def by(what: str) -> Actor:
        return hand if what == part else other

    report = make.opened(by=by("opened"))
    sent = make.contribution(report)
    seen = iter(range(1, 9))
    save = {"by": by("wrote"), "at": make.AT}
    commands.save_section(report.pk, "efficiency", [commands.ItemDraft("甲。")], seen=next(seen), **save)  # type: ignore[arg-type]
    commands.take_contribution(report.pk, sent, "efficiency", seen=next(seen), by=by("took"), at=make.AT)
    commands.save_visit(report.pk, make.visit(), seen=next(seen), by=by("visits"), at=make.AT)
    commands.save_imprint(report.pk, {}, 5, seen=next(seen), by=by("imprint"), at=make.AT)
    commands.step(report.pk, Action.START_EDITING, by=other, at=make.AT)
    commands.submit_for_review(report.pk, by=by("submitted"), at=make.AT)
    if action == Action.ISSUE:
        commands.approve(report.pk, by=make.reviewer(), at=make.AT)
    assert outcome(report, action, hand) == "Refused"
    assert outcome(report, action, make.everything("third")) == BY_ACTION[action].target


@pytest.mark.django_db
def test_who_only_contributed_or_only_ended_the_collecting_may_review() -> None:
    report = make.opened()
    helper = make.everything("helper")
    new = commands.NewContribution("题", "文。", report_id=report.pk)
    commands.contribute(new, by=helper, at=make.AT, key="a-key-of-its-own")
    commands.step(report.pk, Action.START_EDITING, by=helper, at=make.AT)
    make.moved(report, Action.SUBMIT)
    assert outcome(report, Action.APPROVE, helper) == State.IN_REVIEW


@pytest.mark.django_db
def test_who_reviewed_may_also_issue_if_the_posts_allow_it() -> None:
    """The table asks that neither has edited; that they differ from each other it does not ask."""
    report = make.in_state(State.IN_REVIEW)
    both = make.everything("both")
    assert outcome(report, Action.APPROVE, both) == State.IN_REVIEW
    assert outcome(report, Action.ISSUE, both) == State.ISSUED


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "  \n", "长" * 501])
@pytest.mark.parametrize("action", [Action.SEND_BACK, Action.DECLINE])
def test_a_reason_is_words_and_not_endless(action: Action, reason: str) -> None:
    report = make.in_state(State.IN_REVIEW, approved=action == Action.DECLINE)
    with pytest.raises(Invalid) as wrong:
        commands.step(report.pk, action, by=make.everything(), at=make.AT, reason=reason)
    assert list(wrong.value.fields) == ["reason"]
    assert make.fresh(report).state == State.IN_REVIEW


@pytest.mark.django_db
def test_a_report_that_was_sent_back_is_reviewed_anew_and_its_reason_goes_with_the_submission() -> None:
    report = make.moved(make.in_state(State.IN_REVIEW), Action.SEND_BACK)
    assert report.returned_reason.endswith("：请核对")
    report = make.moved(report, Action.SUBMIT)
    assert (report.returned_reason, report.approved_by_name, report.approved_at) == ("", "", None)


@pytest.mark.django_db
def test_steps_of_what_is_not_there_and_issuing_by_the_wrong_door() -> None:
    for action in Action:
        with pytest.raises(ValueError if action == Action.ISSUE else Missing):
            commands.step(uuid7(make.AT), action, by=SYSTEM, at=make.AT, reason="请核对")
    with pytest.raises(Missing):
        commands.issue(uuid7(make.AT), by=SYSTEM, at=make.AT)


@pytest.mark.django_db
@pytest.mark.parametrize("action", Action)
def test_no_action_is_taken_on_another_version_than_was_seen(action: Action) -> None:
    row = BY_ACTION[action]
    report = make.in_state(row.source, approved=row.approved is True)
    by = stranger(row.capability)
    other = report.edit_version + 1
    act = (
        partial(commands.issue, report.pk)
        if action == Action.ISSUE
        else partial(commands.step, report.pk, action, reason="请核对")
    )
    with pytest.raises(Conflict, match="已被修改"):
        act(by=by, at=make.ISSUE_AT, seen=other)
    assert make.fresh(report).state == row.source
