"""Hand-over and reassignment from every open state; the green channel; what was put right at the counter."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from yichuang.cases import commands, queries
from yichuang.cases.flow import OPEN_STATES, Action, State, WorkKind
from yichuang.cases.queries import CaseRow, Filters, Tab, particulars
from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Refused

pytestmark = pytest.mark.django_db
AT = make.AT
AFTER = AT + timedelta(days=6)
# Whoever may do the open work, twice over: one holds it, the other is to get it.
ABLE: dict[str, Callable[[str], Actor]] = {
    "accept": people.clerk,
    "correct": people.clerk,
    "review": lambda name: people.reviewer(username=name),
    "second": make.second,
    "countersign": lambda name: people.head(username=name),
    "decide": lambda name: people.head(username=name),
    "resume": lambda name: people.reviewer(username=name),
    "deliver": people.clerk,
}
PLACES: dict[str, Callable[[], CaseRow]] = {str(state): make.IN_STATE[state] for state in OPEN_STATES} | {
    "at_" + level: lambda level=level: make.at_level(level)
    for level in (WorkKind.SECOND, WorkKind.COUNTERSIGN, WorkKind.DECIDE)
}


def hand(row: CaseRow, to: Actor, by: Actor, reason: str = "休假") -> commands.Stepped:
    """Hand the open work over."""
    assert to.id is not None
    return commands.hand_over(row.id, to=to.id, reason=reason, by=by, at=AFTER, key=make.key())


@pytest.mark.parametrize("place", PLACES)
def test_from_every_open_state_work_is_handed_on_and_a_head_reassigns_what_is_held(place: str) -> None:
    row = PLACES[place]()
    assert row.work_kind is not None
    first, next_one = ABLE[row.work_kind]("first"), ABLE[row.work_kind]("next_one")
    head, colleague = people.head(username="the_head"), people.reviewer(username="colleague")
    commands.claim(row.id, by=first, at=AFTER)
    held = make.fresh(row.id)
    with pytest.raises(Conflict, match="first（示例）经办，只有经办的同事或者负责人"):
        hand(row, next_one, colleague)
    assert make.fresh(row.id) == held
    hand(row, next_one, head)
    after, fact = make.fresh(row.id), facts_of(row.id)[-1]
    assert (after.work_holder_id, after.work_holder_name) == (next_one.id, next_one.name)
    assert (after.state, after.work_kind, after.work_due_on, after.due_on) == (
        row.state, row.work_kind, row.work_due_on, row.due_on,
    )  # fmt: skip
    assert (fact.data["from"], fact.data["to"]) == (str(first.id), str(next_one.id))
    assert particulars(row.id, internal=True)[fact.seq]["reason"] == "休假"
    assert fact.seq not in particulars(row.id, internal=False)


def test_nobody_holds_it_or_oneself_then_the_colleague_may_hand_it_on() -> None:
    row = make.in_review()
    first, second = people.reviewer(), people.reviewer(username="second")
    hand(row, second, first)
    assert facts_of(row.id)[-1].data.keys() == {"to", "words"}
    hand(row, first, second)
    assert facts_of(row.id)[-1].data["from"] == str(second.id)


@pytest.mark.parametrize("state", [State.DELIVERED, State.REFUSED, State.TERMINATED])
def test_what_has_ended_is_handed_to_nobody(state: State) -> None:
    row = make.IN_STATE[state]()
    with pytest.raises(Conflict):
        hand(row, people.clerk("next_one"), SYSTEM)


@pytest.mark.parametrize("state", [State.RECEIVED, State.CORRECTING, State.REVIEW, State.SPECIAL])
def test_the_green_channel_marks_the_case_and_moves_no_day(state: State) -> None:
    row = make.IN_STATE[state]()
    head = people.head()
    with pytest.raises(Invalid) as caught:
        commands.expedite(row.id, reason=" ", by=head, at=AFTER, key=make.key())
    assert set(caught.value.fields) == {"reason"}
    make.perform(row, Action.EXPEDITE, head)
    after = make.fresh(row.id)
    days = ("state", "due_on", "statutory_due_on", "work_kind", "work_due_on", "work_holder_id", "days_left")
    assert after.green
    assert [getattr(after, name) for name in days] == [getattr(row, name) for name in days]
    with pytest.raises(Conflict, match="已经列入绿色通道"):
        make.perform(row, Action.EXPEDITE, head)
    words = [event.words for event in queries.timeline(after, by=people.applicant_actor())]
    assert "防汛抢险" not in str(words)


def test_the_green_mark_stays_to_the_end_and_queues_can_be_narrowed_to_it() -> None:
    plain, urgent = make.in_review(), make.in_review()
    make.perform(urgent, Action.EXPEDITE, people.head())
    rows = queries.queue(Tab.IN_HAND, by=SYSTEM, filters=Filters()).rows
    assert {row.id: row.green for row in rows} == {plain.id: False, urgent.id: True}
    only = queries.queue(Tab.IN_HAND, by=SYSTEM, filters=Filters(green=True)).rows
    assert [row.id for row in only] == [urgent.id]
    for action in (Action.DECIDE, Action.DELIVER):
        make.perform(urgent, action, SYSTEM)
    done = queries.queue(Tab.DONE, by=SYSTEM, filters=Filters(green=True)).rows
    assert [row.id for row in done] == [urgent.id]


def test_every_level_stands_on_the_desk_and_is_counted() -> None:
    for level in (WorkKind.REVIEW, WorkKind.SECOND, WorkKind.COUNTERSIGN, WorkKind.DECIDE):
        make.at_level(level)
    assert queries.counts(by=SYSTEM)[Tab.IN_HAND] == 4
    kinds = {row.work_kind for row in queries.queue(Tab.IN_HAND, by=SYSTEM, filters=Filters()).rows}
    assert kinds == {"review", "second", "countersign", "decide"}


def test_what_was_put_right_at_the_counter_is_kept_in_words_and_moves_no_day() -> None:
    row, clerk = make.filed(), people.clerk()
    commands.claim(row.id, by=clerk, at=AT)
    with pytest.raises(Invalid) as caught:
        commands.correct_on_spot(row.id, what="", by=clerk, at=AT, key=make.key())
    assert set(caught.value.fields) == {"what"}
    make.perform(row, Action.CORRECT_ON_SPOT, clerk, at=AT)
    after, fact = make.fresh(row.id), facts_of(row.id)[-1]
    assert (after.state, after.corrections, after.work_due_on) == (State.RECEIVED, 0, row.work_due_on)
    assert after.work_holder_id == clerk.id
    assert set(fact.data) == {"words"}
    assert particulars(row.id, internal=False)[fact.seq] == {"what": "法人当场补签"}


def test_what_the_platform_does_by_itself_is_refused_to_everybody_else() -> None:
    row, late = make.paused(), AFTER + make.OVERRUN
    able = frozenset({"case.pause", "case.search"})
    everything = Actor("staff", "全能", id=people.head().id, everywhere=True, capabilities=able)
    for by in (everything, people.reviewer(), people.applicant_actor()):
        with pytest.raises(Refused, match="由平台"):
            commands.note_overrun(row.id, by=by, at=late, key=make.key())
    assert make.fresh(row.id) == row
    commands.note_overrun(row.id, by=SYSTEM, at=late, key=make.key())
    assert facts_of(row.id)[-1].kind == "case.pause_overrun"


def test_whoever_could_not_do_the_work_does_not_hand_it_on_either() -> None:
    row = make.filed()
    with pytest.raises(Conflict, match="不由您的岗位办理"):
        hand(row, people.clerk("next_one"), people.reviewer())
    hand(row, people.clerk("next_one"), people.head())
