"""Findings: every state with every action, four eyes, reach, deadlines, pictures, double clicks."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from yichuang.directory.tests import factories as people
from yichuang.halls.commands import findings as commands
from yichuang.halls.commands.findings import StepForm
from yichuang.halls.flow.findings import (
    BY_FINDING_ACTION,
    FINDING_ROWS,
    UNRECTIFIED,
    FindingAction,
    FindingRow,
    FindingState,
    finding_moves,
)
from yichuang.halls.models import Finding, FindingNote, FindingPhoto, HallRound
from yichuang.halls.queries import findings as queries
from yichuang.halls.queries.findings import FindingFilter
from yichuang.halls.tests import factories_rounds as make
from yichuang.halls.tests.factories_rounds import AT
from yichuang.journal.queries import facts_of
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db
TODAY = date(2022, 5, 11)


@pytest.mark.parametrize("action", FindingAction)
@pytest.mark.parametrize("state", FindingState)
def test_every_state_with_every_action(state: FindingState, action: FindingAction) -> None:
    held = make.in_state(state)
    row = BY_FINDING_ACTION[action]
    by = make.rectifier() if row.capability == "hall.rectify" else make.inspector()
    form = StepForm("写明情况", (), 2)
    if state not in row.sources:
        with pytest.raises(Missing if held.state == "found" and by == make.rectifier() else Conflict):
            commands.step_finding(held.pk, action, form, seen=held.seq, by=by, at=AT)
        assert Finding.objects.get().state == state
        return
    moved = commands.step_finding(held.pk, action, form, seen=held.seq, by=by, at=AT)
    assert moved.state == row.target
    assert facts_of(held.pk)[-1].kind == row.fact
    assert FindingNote.objects.count() == moved.seq == len(facts_of(held.pk))


@pytest.mark.parametrize("step", FINDING_ROWS, ids=lambda step: step.action)
def test_every_action_needs_its_capability_and_its_words(step: FindingRow) -> None:
    held = make.in_state(step.sources[0])
    nobody = people.clerk()
    with pytest.raises(Refused):
        commands.step_finding(held.pk, step.action, StepForm("话", (), 2), seen=held.seq, by=nobody, at=AT)
    if step.words or step.days:
        by = make.rectifier() if step.capability == "hall.rectify" else make.inspector()
        with pytest.raises(Invalid) as refused:
            commands.step_finding(held.pk, step.action, StepForm(), seen=held.seq, by=by, at=AT)
        assert set(refused.value.fields) == {"words" if step.words else "", "days" if step.days else ""} - {
            ""
        }


@pytest.mark.parametrize("action", [FindingAction.APPROVE, FindingAction.REJECT])
def test_whoever_rectified_does_not_check_again(action: FindingAction) -> None:
    held = make.in_state(FindingState.NOTIFIED)
    one = make.everything()
    held = commands.step_finding(
        held.pk, FindingAction.RECTIFY, StepForm("已整改"), seen=held.seq, by=one, at=AT
    )
    assert action not in {row.action for row in queries.moves_of(held, by=one)}
    with pytest.raises(Refused, match="不能由您"):
        commands.step_finding(held.pk, action, StepForm("不行", (), 2), seen=held.seq, by=one, at=AT)
    other = make.everything("another")
    commands.step_finding(held.pk, action, StepForm("不行", (), 2), seen=held.seq, by=other, at=AT)


def test_the_table_itself_keeps_four_eyes() -> None:
    held = make.in_state(FindingState.RECTIFIED)
    with pytest.raises(IntegrityError, match="finding_four_eyes"), transaction.atomic():
        Finding.objects.filter(pk=held.pk).update(rechecked_by_id=held.rectified_by_id)


def test_a_failed_check_gives_a_new_deadline_and_the_same_way_again() -> None:
    held = make.in_state(FindingState.FAILED)
    assert held.due_on == date(2022, 5, 13)
    again = make.moved(held, FindingAction.START, FindingAction.RECTIFY, FindingAction.APPROVE)
    assert again.state == FindingState.PASSED
    assert finding_moves(FindingState.PASSED) == ()
    assert again.rechecked_by_name == "inspector（示例）"


@pytest.mark.parametrize(
    ("days", "due"), [(1, date(2022, 5, 12)), (3, date(2022, 5, 16)), (60, date(2022, 8, 4))]
)
def test_the_deadline_counts_working_days(days: int, due: date) -> None:
    assert make.found(days=days).due_on == due


def test_a_double_click_makes_one_finding() -> None:
    held, key = make.begun(), uuid4().hex
    first = commands.record_finding(held.pk, make.form(), by=make.inspector(), at=AT, key=key)
    again = commands.record_finding(held.pk, make.form(), by=make.inspector(), at=AT, key=key)
    assert first.pk == again.pk
    assert Finding.objects.count() == FindingNote.objects.count() == 1


def test_the_second_of_two_editors_is_told() -> None:
    held = make.found()
    make.moved(held, FindingAction.NOTIFY)
    with pytest.raises(Conflict, match="已有变化"):
        commands.step_finding(
            held.pk, FindingAction.WITHDRAW, StepForm("看错"), seen=1, by=make.inspector(), at=AT
        )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"heading_id": None}, "heading"), ({"category_id": uuid4()}, "category"), ({"window": "", "department_id": None}, "department"),
        ({"words": " "}, "words"), ({"words": "长" * 1001}, "words"), ({"days": 0}, "days"), ({"days": None}, "days"),
        ({"window": "A" * 41}, "window"), ({"photos": tuple(make.photo(m) for m in "0123456")}, "photos"),
    ],
    ids=["heading", "category", "department", "silent", "long", "today", "no-days", "window", "photos"],
)  # fmt: skip
def test_what_is_wrong_is_named_at_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make.found(**changes)
    assert set(refused.value.fields) == {field}
    assert Finding.objects.count() == 0


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        make.found(heading_id=None, words="", days=None)
    assert set(refused.value.fields) == {"heading", "words", "days"}


def test_a_draft_of_a_finding_goes_with_its_recording() -> None:
    held = make.begun()
    HallRound.objects.update(draft={"finding-words": "半句", "note": "留着"})
    make.found(held.pk)
    assert HallRound.objects.get().draft == {"note": "留着"}


def test_a_department_sees_its_own_findings_after_they_were_made_known() -> None:
    mine, theirs = make.found(), make.found(department_id=make.industry().pk)
    by = make.rectifier()
    assert list(queries.visible_findings(by)) == []
    make.moved(mine, FindingAction.NOTIFY)
    make.moved(theirs, FindingAction.NOTIFY)
    assert [each.pk for each in queries.visible_findings(by)] == [mine.pk]
    with pytest.raises(Missing):
        queries.finding_for(theirs.pk, by=by)
    with pytest.raises(Missing):
        commands.step_finding(theirs.pk, FindingAction.RECTIFY, StepForm("x"), seen=2, by=by, at=AT)
    assert queries.finding_counts(TODAY, by=by) == {"overdue": 0, "notified": 1}
    with pytest.raises(Refused):
        queries.visible_findings(people.clerk())


def test_pictures_of_others_are_not_there() -> None:
    theirs = make.found(department_id=make.industry().pk, photos=(make.photo(), make.photo()))
    make.moved(theirs, FindingAction.NOTIFY)
    [kept] = FindingPhoto.objects.all()
    assert queries.photo_for(kept.pk, by=make.inspector()) == kept
    with pytest.raises(Missing):
        queries.photo_for(kept.pk, by=make.rectifier())


@pytest.mark.parametrize("state", FindingState)
def test_only_what_waits_for_the_department_is_overdue(state: FindingState) -> None:
    held = make.in_state(state)
    late = held.due_on + timedelta(days=1)
    assert not queries.is_overdue(held, held.due_on)
    assert queries.is_overdue(held, late) == (state in UNRECTIFIED)
    by = make.inspector()
    listed = queries.findings(FindingFilter(late, overdue=True), by=by)
    assert listed.count() == int(state in UNRECTIFIED) == queries.finding_counts(late, by=by)["overdue"]


def test_the_words_of_a_step_stay_out_of_the_journal() -> None:
    held = make.in_state(FindingState.RECTIFIED)
    texts = [str(fact.data) for fact in facts_of(held.pk)]
    assert not any("无人在岗" in text or "已整改到位" in text for text in texts)
    assert [note.words for note in FindingNote.objects.order_by("seq")] == [
        "9点10分无人在岗",
        "已整改到位",
        "已整改到位",
    ]


def test_pictures_stand_by_stage_and_only_where_a_step_takes_them() -> None:
    held = make.in_state(FindingState.NOTIFIED)
    with pytest.raises(Invalid, match="填写有误"):
        commands.step_finding(
            held.pk, FindingAction.START, StepForm("", (make.photo(),)), seen=2, by=make.rectifier(), at=AT
        )
    form = StepForm("已整改", (make.photo("b"),))
    commands.step_finding(held.pk, FindingAction.RECTIFY, form, seen=2, by=make.rectifier(), at=AT)
    assert FindingPhoto.objects.get().stage == "rectified"


def test_the_list_costs_the_same_however_long(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(3):
        make.found()
    by = make.inspector()
    with django_assert_num_queries(1):
        page = queries.findings_page(FindingFilter(TODAY), by=by, size=2)
        [(row.department.short_name, row.category.name, row.heading.name) for row in page.rows]
    rest = queries.findings_page(FindingFilter(TODAY), by=by, size=2, after=page.following)
    assert len(page.rows) + len(rest.rows) == 3
    with django_assert_num_queries(3):
        queries.finding_for(page.rows[0].pk, by=by)
