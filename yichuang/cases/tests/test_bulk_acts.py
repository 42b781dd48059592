"""Bulk acts: the same rules as one by one, four eyes, cooling, cancelling, what changed meanwhile, resuming."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from yichuang.cases import commands
from yichuang.cases.commands import bulk_acts_run, bulk_acts_write, step
from yichuang.cases.commands.bulk_acts import (
    BulkForm,
    cancel_bulk_act,
    prepare_bulk_act,
    propose_bulk_act,
    release_bulk_act,
)
from yichuang.cases.commands.bulk_acts_run import run_bulk_act
from yichuang.cases.flow import Action, Outcome, State
from yichuang.cases.flow.bulk_acts import CHANGED, KINDS, ActKind, ActState
from yichuang.cases.models import BulkAct
from yichuang.cases.queries import CaseRow
from yichuang.cases.queries.bulk_acts import act_cases, bulk_act, bulk_acts, find_waiting
from yichuang.cases.queries.bulk_choice import Choice
from yichuang.cases.queries.one import load, load_many, particulars
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_bulk as bulk
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, StandsFor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.notices.models import Message

pytestmark = pytest.mark.django_db

BEFORE: dict[ActKind, Callable[[], CaseRow]] = {
    ActKind.ACCEPT: make.filed,
    ActKind.PROPOSE: make.in_review,
    ActKind.DECIDE: make.in_review,
    ActKind.DELIVER: make.decided,
}
AFTER = {
    ActKind.ACCEPT: State.REVIEW, ActKind.PROPOSE: State.REVIEW, ActKind.DECIDE: State.DECIDED,
    ActKind.DELIVER: State.DELIVERED,
}  # fmt: skip


def reasons(act: BulkAct) -> dict[str, int]:
    return dict(act.reasons)


@pytest.mark.parametrize("kind", ActKind)
def test_an_act_moves_every_case_as_the_single_step_would(kind: ActKind) -> None:
    """Rows, facts and open work are equal, save keys, hashes, numbers and who holds what."""
    many, single = [BEFORE[kind]() for _ in range(3)], BEFORE[kind]()
    act = bulk.done(kind, [one.id for one in many])
    assert (act.state, act.total, act.able, act.done, act.refused, act.skipped) == (
        ActState.DONE,
        3,
        3,
        3,
        0,
        0,
    )
    assert act.starts_at is not None
    by = bulk.two(kind)[1]
    common: dict[str, Any] = {"by": by, "at": act.starts_at, "key": make.key()}
    singly: dict[ActKind, Callable[[], object]] = {
        ActKind.ACCEPT: lambda: commands.accept(single.id, **common),
        ActKind.PROPOSE: lambda: commands.propose(
            single.id, outcome=Outcome.GRANTED, opinion="材料齐全，符合条件", **common
        ),
        ActKind.DECIDE: lambda: commands.decide(single.id, outcome=Outcome.GRANTED, **common),
        ActKind.DELIVER: lambda: commands.deliver(
            single.id, method="window", receiver=single.applicant_name, **common
        ),
    }
    singly[kind]()
    wanted = told(single.id)
    for one in many:
        assert told(one.id) == wanted
        assert make.fresh(one.id).state == AFTER[kind]
        last = facts_of(one.id)[-1]
        assert sql.one("select key from journal_fact where subject_id = %(id)s and seq = %(seq)s", {"id": one.id, "seq": last.seq}) == (
            f"bulk:{act.pk}:{one.id}",
        )  # fmt: skip
    numbers = [facts_of(one.id)[-1].number for one in [*many, single]]
    assert len(set(numbers)) == (len(numbers) if numbers[0] else 1)


OWN = ("id", "number", "last_hash", "filed_at", "row_version")


def told(case_id: UUID) -> list[object]:
    """What a case, its facts, its words and its work say, without what is its own."""
    row = make.fresh(case_id)
    kept = {name: getattr(row, name) for name in row.__slots__ if name not in OWN}
    kept["facts"] = [(kind, day, plain(data), *rest) for kind, day, data, *rest in row.facts]
    facts = [
        (one.kind, one.at, one.actor, one.actor_name, one.ground, plain(one.data))
        for one in facts_of(case_id)
    ]
    fresh = sql.rows(
        "select seq, subject_kind, kind, day, department_id, item_id, item_type, region, channel, outcome, promptness, "
        "days_used, limit_days, quantity from journal_fresh where subject_id = %(id)s order by seq", {"id": case_id},
    )  # fmt: skip
    work = sql.rows("select kind, department_id, holder_id, holder_name, due_on, opened_on from cases_work where case_id = %(id)s", {"id": case_id})  # fmt: skip
    hidden = sql.rows("select seq, internal from cases_particulars where case_id = %(id)s order by seq", {"id": case_id})  # fmt: skip
    return [kept, facts, fresh, work, hidden, particulars(case_id, internal=True)]


def plain(data: Any) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "words"}


def test_many_are_read_as_one_is_read() -> None:
    rows = [make.filed(), make.proposed(), make.decided(), make.paused()]
    key = make.key()
    commands.accept(rows[0].id, by=people.clerk(), at=make.AT, key=f"{key}:{rows[0].id}")
    found = load_many([one.id for one in rows], f"{key}:")
    assert found == {one.id: load(one.id, f"{key}:{one.id}") for one in rows}
    assert found[rows[0].id].key_used is not None


def test_the_look_says_what_can_be_done_and_why_not() -> None:
    good, waiting, levels = (
        make.in_review(),
        make.filed(),
        make.in_review(version=make.handled(levels=["second"])),
    )
    pending = make.wanting(make.in_review())
    act = bulk.prepared(ActKind.DECIDE, [good.id, waiting.id, levels.id, pending.id])
    assert (act.state, act.total, act.able) == (ActState.DRAFTED, 4, 1)
    assert sum(reasons(act).values()) == 3
    text = "".join(reasons(act))
    for words in ("目前为「收件」", "还不能办理「审定」", "容缺材料还没有补齐"):
        assert words in text
    assert good.number not in text
    assert waiting.number not in text
    page = act_cases(act, by=bulk.two(ActKind.DECIDE)[0], state="able")
    assert [(one.id, one.due_on is not None) for one in page.rows] == [(good.id, True)]
    assert len(act_cases(act, by=bulk.two(ActKind.DECIDE)[0], state="unable", reason=2).rows) == 1
    # Nothing was moved by looking.
    assert make.fresh(good.id).seq == good.seq


def test_four_eyes_and_stand_ins_count_on_both_sides() -> None:
    act = bulk.prepared(ActKind.ACCEPT, [make.filed().id])
    first, second = bulk.two(ActKind.ACCEPT)
    propose_bulk_act(act.pk, by=first, at=bulk.AT)
    with pytest.raises(Conflict, match="另一人放行"):
        release_bulk_act(act.pk, able=1, by=first, at=bulk.AT)
    assert first.id is not None
    assert second.id is not None
    for right in (Capability.CASE_ACT_BULK, Capability.CASE_ACCEPT):
        instead = replaced(second, {right: StandsFor(first.id, first.name)})
        with pytest.raises(Conflict, match="另一人放行"):
            release_bulk_act(act.pk, able=1, by=instead, at=bulk.AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        BulkAct.objects.filter(pk=act.pk).update(released_by_id=first.id)
    with pytest.raises(IntegrityError), transaction.atomic():
        BulkAct.objects.filter(pk=act.pk).update(released_by_id=second.id, released_for_ids=[first.id])
    release_bulk_act(act.pk, able=1, by=second, at=bulk.AT)
    release_bulk_act(act.pk, able=1, by=second, at=bulk.AT)
    # Prepared in somebody's place: that colleague is the preparer as well.
    instead = replaced(first, {Capability.CASE_ACCEPT: StandsFor(second.id, second.name)})
    mine = bulk.prepared(ActKind.ACCEPT, [make.filed().id], by=instead)
    propose_bulk_act(mine.pk, by=instead, at=bulk.AT)
    with pytest.raises(Conflict, match="另一人放行"):
        release_bulk_act(mine.pk, able=1, by=second, at=bulk.AT)


def replaced(by: Any, stands_for: dict[Any, StandsFor]) -> Any:
    return replace(by, stands_for=stands_for)


def test_a_decision_waits_and_can_be_cancelled_until_it_is_recorded() -> None:
    row = make.in_review()
    act = bulk.released(ActKind.DECIDE, [row.id])
    assert act.starts_at == bulk.AT + timedelta(minutes=30)
    just_before = act.starts_at - timedelta(seconds=1)
    assert act.pk not in find_waiting(at=just_before)
    assert run_bulk_act(act.pk, at=just_before) == 0
    assert make.fresh(row.id).state == State.REVIEW
    with pytest.raises(Invalid):
        cancel_bulk_act(act.pk, reason=" ", by=bulk.head("third"), at=just_before)
    for _ in range(2):
        cancel_bulk_act(act.pk, reason="需要重新核对", by=bulk.head("third"), at=just_before)
    assert run_bulk_act(act.pk, at=act.starts_at + timedelta(hours=1)) == 0
    assert make.fresh(row.id).state == State.REVIEW
    assert [one.kind for one in facts_of(act.pk)] == [
        "bulk_act.prepared", "bulk_act.proposed", "bulk_act.released", "bulk_act.cancelled",
    ]  # fmt: skip
    ended = bulk.done(ActKind.DECIDE, [row.id])
    with pytest.raises(Conflict, match="不能取消"):
        cancel_bulk_act(ended.pk, reason="晚了", by=bulk.head("third"), at=bulk.AT)


def test_what_changed_since_the_look_is_skipped_and_never_forced() -> None:
    changed, kept, gone = make.in_review(), make.in_review(), make.in_review()
    act = bulk.released(ActKind.DECIDE, [changed.id, kept.id, gone.id])
    make.perform(changed, Action.EXPEDITE, people.head(), at=bulk.AT)
    commands.decide(
        gone.id, outcome=Outcome.DENIED, reason="不符合", by=people.head(), at=bulk.AT, key=make.key()
    )
    assert act.starts_at is not None
    run_bulk_act(act.pk, at=act.starts_at)
    act = bulk.fresh(act.pk)
    assert (act.done, act.skipped, act.refused) == (1, 2, 0)
    assert reasons(act)[CHANGED] == 2
    assert make.fresh(changed.id).state == State.REVIEW
    assert make.fresh(gone.id).outcome == Outcome.DENIED
    assert act.receiver == ""


def test_a_case_that_moves_between_read_and_write_costs_the_others_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The block is written together; where one is lost, each is tried by itself and only that one is skipped."""
    rows = [make.in_review() for _ in range(3)]
    act = bulk.released(ActKind.DECIDE, [one.id for one in rows])
    real = step.finish_all

    def moved_meanwhile(steps: Any) -> bool:
        make.perform(rows[1], Action.EXPEDITE, people.head(), at=bulk.AT)
        return real(steps)

    monkeypatch.setattr(bulk_acts_write, "finish_all", moved_meanwhile)
    assert act.starts_at is not None
    run_bulk_act(act.pk, at=act.starts_at)
    act = bulk.fresh(act.pk)
    assert (act.done, act.skipped, reasons(act)) == (2, 1, {CHANGED: 1})
    assert [make.fresh(one.id).state for one in rows] == ["decided", "review", "decided"]
    numbers = sorted(str(facts_of(one.id)[-1].number) for one in (rows[0], rows[2]))
    assert [one.rpartition("〕")[2] for one in numbers] == ["1号", "2号"]


def test_who_has_examined_a_case_does_not_decide_it_by_releasing() -> None:
    by = bulk.two(ActKind.DECIDE)[1]
    own, other = make.proposed(by=by), make.proposed()
    act = bulk.released(ActKind.DECIDE, [own.id, other.id])
    assert act.signers[by.signature] == 1
    assert act.starts_at is not None
    run_bulk_act(act.pk, at=act.starts_at)
    act = bulk.fresh(act.pk)
    assert (act.done, act.refused) == (1, 1)
    assert "放行人已对此件提出审查意见，不能由同一人决定。" in reasons(act)
    assert make.fresh(own.id).state == State.REVIEW


def test_rights_that_ended_meanwhile_record_nothing() -> None:
    row = make.in_review()
    act = bulk.released(ActKind.DECIDE, [row.id])
    post = people.account_of(bulk.two(ActKind.DECIDE)[1]).post
    assert post is not None
    post.capabilities = [str(Capability.CASE_SEARCH), str(Capability.CASE_ACT_BULK)]
    post.save()
    assert act.starts_at is not None
    run_bulk_act(act.pk, at=act.starts_at)
    act = bulk.fresh(act.pk)
    assert (act.state, act.done, act.refused) == (ActState.DONE, 0, 1)
    assert make.fresh(row.id).state == State.REVIEW


def test_it_goes_on_behind_the_last_block_and_stops_when_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_acts_run, "BLOCK", 2)
    rows = [make.filed() for _ in range(5)]
    act = bulk.released(ActKind.ACCEPT, [one.id for one in rows])
    real, blocks = bulk_acts_write.write, 0

    def dies(steps: Any) -> Any:
        nonlocal blocks
        blocks += 1
        if blocks == 2:
            real(steps)
            raise KeyboardInterrupt
        return real(steps)

    monkeypatch.setattr(bulk_acts_run, "write", dies)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        run_bulk_act(act.pk, at=bulk.AT)
    # The tests' own transaction took everything back; outside it the first block had stayed.
    assert run_bulk_act(act.pk, at=bulk.AT) == 5
    assert run_bulk_act(act.pk, at=bulk.AT) == 0
    assert bulk.fresh(act.pk).done == 5
    assert [len(facts_of(one.id)) for one in rows] == [2] * 5
    more = [make.filed() for _ in range(3)]
    stopped = bulk.released(ActKind.ACCEPT, [one.id for one in more])
    monkeypatch.setattr(bulk_acts_run, "write", real)
    assert bulk_acts_run._block(stopped.pk, bulk.AT) == 2
    cancel_bulk_act(stopped.pk, reason="停止", by=bulk.two(ActKind.ACCEPT)[0], at=bulk.AT)
    assert run_bulk_act(stopped.pk, at=bulk.AT) == 0
    assert sorted(make.fresh(one.id).state for one in more) == ["received", "review", "review"]


def test_a_repeat_of_a_recorded_case_is_a_receipt() -> None:
    """Were a row's mark lost, its case would not move twice."""
    row = make.filed()
    act = bulk.done(ActKind.ACCEPT, [row.id])
    sql.execute("update cases_bulkactcase set state = 'able' where act_id = %(id)s", {"id": act.pk})
    BulkAct.objects.filter(pk=act.pk).update(state=ActState.RUNNING, done=0)
    run_bulk_act(act.pk, at=bulk.AT)
    assert bulk.fresh(act.pk).done == 1
    assert len(facts_of(row.id)) == 2


def test_an_act_is_made_once_a_key_and_asks_for_both_rights() -> None:
    row, by, key = make.filed(), bulk.clerk(), make.key()
    form, choice = BulkForm(ActKind.ACCEPT), Choice("勾选", case_ids=(row.id,))
    first = prepare_bulk_act(form, choice, by=by, at=bulk.AT, key=key)
    assert prepare_bulk_act(form, choice, by=by, at=bulk.AT, key=key).pk == first.pk
    with pytest.raises(Conflict):
        prepare_bulk_act(form, Choice("别的", case_ids=(row.id,)), by=by, at=bulk.AT, key=key)
    for who in (people.clerk(), people.head(), people.applicant_actor(), SYSTEM):
        with pytest.raises(Refused):
            prepare_bulk_act(form, choice, by=who, at=bulk.AT, key=make.key())
    with pytest.raises(Refused):
        prepare_bulk_act(bulk.FORMS[ActKind.DECIDE], choice, by=by, at=bulk.AT, key=make.key())
    assert BulkAct.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "changed", "field"),
    [
        (ActKind.DECIDE, {"outcome": None}, "outcome"),
        (ActKind.DECIDE, {"outcome": "denied"}, "reason"),
        (ActKind.DECIDE, {"cooling_minutes": 9}, "cooling"),
        (ActKind.DECIDE, {"cooling_minutes": 1441}, "cooling"),
        (ActKind.PROPOSE, {"reason": " "}, "opinion"),
        (ActKind.DELIVER, {"method": "x"}, "method"),
    ],
)
def test_a_content_that_fits_no_case_is_refused_at_once(
    kind: ActKind, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        bulk.prepared(kind, [make.filed().id], **changed)
    assert list(caught.value.fields) == [field]


def test_cases_are_chosen_by_filter_number_or_tick_and_within_reach_only() -> None:
    elsewhere = people.department("林业厅", "120", "川林")
    mine, other = make.filed(), make.filed(elsewhere)
    make.in_review()

    def taken(choice: Choice, by: Any = None) -> set[UUID]:
        act = prepare_bulk_act(
            BulkForm(ActKind.ACCEPT), choice, by=by or bulk.clerk(), at=bulk.AT, key=make.key()
        )
        return {one.id for one in act_cases(act, by=SYSTEM).rows}

    assert taken(Choice("全部")) == {mine.id, other.id}
    assert taken(Choice("部门", department_id=elsewhere.pk)) == {other.id}
    assert taken(Choice("事项", item_ids=(mine.item_id,), applicant_ids=(mine.applicant_id,))) == {
        mine.id,
        other.id,
    }
    assert taken(Choice("编号", numbers=(mine.number,))) == {mine.id}
    here = people.post(people.department(), "部门批量岗", [*people.CLERK, Capability.CASE_ACT_BULK])
    narrow = people.staff("narrow", here)
    assert taken(Choice("全部", case_ids=(mine.id, other.id)), narrow) == {mine.id}
    with pytest.raises(Invalid, match="编号没有找到"):
        taken(Choice("编号", numbers=(mine.number, "X1")))
    for nothing in (Choice("期限", due_to=make.AT.date()), Choice("无", applicant_ids=())):
        with pytest.raises(Invalid, match="没有选到"):
            taken(nothing)
    both = prepare_bulk_act(
        BulkForm(ActKind.ACCEPT), Choice("全"), by=bulk.clerk(), at=bulk.AT, key=make.key()
    )
    with pytest.raises(Missing):
        bulk_act(both.pk, by=narrow)
    assert both.pk not in {one.pk for one in bulk_acts(by=narrow).rows}
    with pytest.raises(Missing):
        cancel_bulk_act(both.pk, reason="x", by=narrow, at=bulk.AT)


def test_states_follow_each_other_only() -> None:
    act = bulk.prepared(ActKind.ACCEPT, [make.filed().id])
    first, second = bulk.two(ActKind.ACCEPT)
    with pytest.raises(Conflict, match="待提交"):
        release_bulk_act(act.pk, able=1, by=second, at=bulk.AT)
    with pytest.raises(Conflict, match="只有拟定人"):
        propose_bulk_act(act.pk, by=second, at=bulk.AT)
    for _ in range(2):
        propose_bulk_act(act.pk, by=first, at=bulk.AT)
    with pytest.raises(Conflict):
        release_bulk_act(act.pk, able=7, by=second, at=bulk.AT)
    unable = bulk.prepared(ActKind.ACCEPT, [make.in_review().id])
    with pytest.raises(Invalid, match="没有一件"):
        propose_bulk_act(unable.pk, by=first, at=bulk.AT)
    for wrong in (
        {"state": "released"}, {"state": "lost"}, {"able": 5}, {"done": 2}, {"total": 0}, {"outcome": "granted"},
        {"cancelled_why": "x"},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            BulkAct.objects.filter(pk=act.pk).update(**wrong)


def test_the_two_are_told_once_at_the_end() -> None:
    act = bulk.done(ActKind.ACCEPT, [make.filed().id, make.filed().id])
    told_to = [(str(one.account_id), one.body) for one in Message.objects.filter(subject_id=act.pk)]
    words = "批量受理已完成：办理 2 件，未能办理 0 件，跳过 0 件。"
    assert sorted(told_to) == sorted((str(one.id), words) for one in bulk.two(ActKind.ACCEPT))
    assert facts_of(act.pk)[-1].data == {"done": 2, "refused": 0, "skipped": 0, "total": 2}


def test_every_kind_takes_a_row_of_the_flow_table() -> None:
    assert set(KINDS) == set(ActKind)
    assert all(one.least_cooling <= one.cooling for one in KINDS.values())
    assert KINDS[ActKind.DECIDE].least_cooling > 0
