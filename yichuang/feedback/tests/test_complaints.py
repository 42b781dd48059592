"""Complaints: taken in, every state with every action, once reopened, contacts apart, statistics."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from yichuang.cases.tests import factories as cases
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.feedback.commands.complaints import (
    ComplaintStep,
    reopen_complaint,
    step_complaint,
    take_complaint,
)
from yichuang.feedback.flow.complaints import (
    BY_COMPLAINT_ACTION,
    ComplaintAction,
    ComplaintKind,
    ComplaintState,
    ComplaintWay,
    complaint_moves,
)
from yichuang.feedback.models import Complaint, ComplaintContact
from yichuang.feedback.queries import complaints as queries
from yichuang.feedback.tests import factories as make
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.notices.models import Message

pytestmark = pytest.mark.django_db
AT = make.AT
S, A = ComplaintState, ComplaintAction


def go(
    made: Complaint, action: ComplaintAction, words: str = "说明", by: object = None, **more: object
) -> Complaint:
    """One step from the version as it stands."""
    who = by or (make.reviewer("replier" if action == A.REPLY else "checker"))
    seen = Complaint.objects.get(pk=made.pk).seq
    form = ComplaintStep(words, people.department().pk if action == A.ASSIGN else None)
    return step_complaint(made.pk, action, form, seen=seen, by=who, at=AT)  # type: ignore[arg-type]


def put_in(state: ComplaintState) -> Complaint:
    """A complaint brought to a state by the real steps."""
    made = make.complaint()
    way = {
        S.RECEIVED: [], S.ASSIGNED: [A.ASSIGN], S.REPLIED: [A.ASSIGN, A.REPLY], S.REJECTED: [A.REJECT],
        S.CLOSED: [A.ASSIGN, A.REPLY, A.CLOSE], S.REOPENED: [A.ASSIGN, A.REPLY],
    }[state]  # fmt: skip
    for action in way:
        made = go(made, action)
    if state == S.REOPENED:
        made = reopen_complaint(made.pk, "还是不行", code=queries.code_of(made.pk), seen=made.seq, at=AT)
    return made


@pytest.mark.parametrize("action", [each for each in A if each != A.REOPEN])
@pytest.mark.parametrize("state", list(S))
def test_every_state_with_every_action(state: ComplaintState, action: ComplaintAction) -> None:
    made = put_in(state)
    assert made.state == state
    row = next((each for each in complaint_moves(state) if each.action == action), None)
    steps = len(facts_of(made.pk))
    if row is None:
        with pytest.raises(Conflict, match="不能"):
            go(made, action)
        assert len(facts_of(made.pk)) == steps
        return
    assert go(made, action).state == row.target
    assert [fact.kind for fact in facts_of(made.pk)][steps:] == [row.fact]


@pytest.mark.parametrize("state", list(S))
def test_the_person_reopens_once(state: ComplaintState) -> None:
    made = put_in(state)
    code = queries.code_of(made.pk)
    later = AT + timedelta(days=7)
    if state not in BY_COMPLAINT_ACTION[A.REOPEN].sources:
        with pytest.raises(Conflict):
            reopen_complaint(made.pk, "还是不行", code=code, seen=made.seq, at=later)
        return
    with pytest.raises(Missing):
        reopen_complaint(made.pk, "还是不行", code="AAAAAAAAAA", seen=made.seq, at=later)
    with pytest.raises(Invalid):
        reopen_complaint(made.pk, " ", code=code, seen=made.seq, at=later)
    again = reopen_complaint(made.pk, "还是不行", code=code, seen=made.seq, at=later)
    assert (again.state, again.due_on, again.ended_on) == (S.REOPENED, date(2022, 5, 26), None)
    answered = go(made, A.REPLY)
    with pytest.raises(Conflict, match="已经要求"):
        reopen_complaint(made.pk, "又", code=code, seen=answered.seq, at=later)


@pytest.mark.parametrize(
    ("kind", "due"),
    [("question", "2022-05-05"), ("complaint", "2022-05-09"), ("stuck", "2022-05-09"), ("report", "2022-05-23"),
     ("proposal", "2022-05-23")],
)  # fmt: skip
def test_limits_are_working_days_over_the_holiday(kind: str, due: str) -> None:
    """From Thursday 28 April 2022: May Day takes 30 April to 4 May, 7 May is worked."""
    found = make.complaint(kind=kind, at=cases.day("2022-04-28"))
    assert found.due_on.isoformat() == due


def test_facts_and_messages_hold_no_personal_data() -> None:
    made = make.complaint(name="张示例", words="我叫张示例，电话13800000000")
    go(made, A.ASSIGN)
    go(made, A.REPLY, "已改，张示例")
    rows = sql.rows(
        "select data, actor from journal_fact where subject_id = %(id)s order by seq", {"id": made.pk}
    )
    said = "".join(row[0] for row in rows)
    assert "张示例" not in said
    assert "13800000000" not in said
    assert rows[0][1] == "anonymous"
    [message] = Message.objects.all()
    assert message.to == "13800000000"
    assert "已改" not in message.body
    assert made.number in message.body


def test_without_a_telephone_no_message_goes() -> None:
    made = make.complaint(phone="")
    go(made, A.ASSIGN)
    go(made, A.REPLY)
    assert not Message.objects.exists()


def test_a_second_click_is_the_same_complaint_and_numbers_go_on() -> None:
    key = make.key()
    first = take_complaint(make.brought(), ComplaintWay.ONLINE, by=ANONYMOUS, at=AT, key=key)
    again = take_complaint(make.brought(), ComplaintWay.ONLINE, by=ANONYMOUS, at=AT, key=key)
    assert (first.pk, first.number) == (again.pk, "FK2022000001")
    assert make.complaint().number == "FK2022000002"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"kind": "bribe"}, "kind"), ({"words": " "}, "words"), ({"words": "长" * 2001}, "words"),
     ({"phone": "<b>"}, "phone"), ({"name": "长" * 61}, "name"), ({"case_number": "NOTHING-1"}, "case_number")],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_what_is_wrong_is_said(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as told:
        make.complaint(**changes)
    assert list(told.value.fields) == [field]
    assert not Complaint.objects.exists()


@pytest.mark.parametrize("way", [ComplaintWay.PHONE, ComplaintWay.WINDOW])
def test_only_those_who_handle_take_in_by_phone_or_window(way: ComplaintWay) -> None:
    for by in (ANONYMOUS, make.auditor()):
        with pytest.raises(Refused):
            take_complaint(make.brought(), way, by=by, at=AT, key=make.key())
    assert take_complaint(make.brought(), way, by=make.desk(), at=AT, key=make.key()).taken_by_id


def test_rights_and_four_eyes() -> None:
    made = make.complaint()
    with pytest.raises(Missing):
        go(made, A.ASSIGN, by=make.handler())
    go(made, A.ASSIGN)
    with pytest.raises(Refused, match="转办由中心"):
        go(made, A.ASSIGN, by=make.handler())
    for by, problem in ((make.other(), Missing), (make.auditor(), Refused)):
        with pytest.raises(problem):
            go(made, A.REPLY, by=by)
    same = make.reviewer()
    go(made, A.REPLY, by=same)
    for action in (A.CLOSE, A.RETURN):
        with pytest.raises(Refused, match="是您作的"):
            go(made, action, by=same)
    with pytest.raises(Refused):
        go(made, A.CLOSE, by=make.handler())
    assert go(made, A.CLOSE, by=make.reviewer("second")).state == S.CLOSED
    with pytest.raises(Refused, match="反映人自己"):
        step_complaint(made.pk, A.REOPEN, ComplaintStep("x"), seen=4, by=same, at=AT)


def test_words_and_department_are_asked_for() -> None:
    made = make.complaint()
    with pytest.raises(Invalid) as told:
        step_complaint(made.pk, A.ASSIGN, ComplaintStep(), seen=1, by=make.reviewer(), at=AT)
    assert list(told.value.fields) == ["department"]
    with pytest.raises(Invalid):
        step_complaint(made.pk, A.ASSIGN, ComplaintStep("", uuid4()), seen=1, by=make.reviewer(), at=AT)
    with pytest.raises(Conflict, match="已有变化"):
        step_complaint(made.pk, A.REJECT, ComplaintStep("x"), seen=9, by=make.reviewer(), at=AT)
    go(made, A.ASSIGN)
    with pytest.raises(Invalid):
        go(made, A.REPLY, " ")


def test_contacts_are_shown_to_those_who_handle_it() -> None:
    made = go(make.complaint(), A.ASSIGN)
    assert queries.contact_of(made, by=make.handler())
    assert queries.contact_of(made, by=make.reviewer())
    assert queries.contact_of(made, by=make.desk()) is None
    assert queries.contact_of(made, by=make.other()) is None
    report = go(make.complaint(kind="report"), A.ASSIGN)
    assert queries.contact_of(report, by=make.handler()) is None
    assert queries.contact_of(report, by=make.reviewer())
    assert ComplaintContact.objects.count() == 2
    with pytest.raises(Missing):
        queries.complaint_for(made.pk, by=make.other())
    with pytest.raises(Refused):
        queries.complaint_for(made.pk, by=make.auditor())


def test_the_code_opens_and_nothing_else_does() -> None:
    made = make.complaint()
    code = queries.code_of(made.pk)
    assert queries.complaint_by_code(made.number.lower(), f" {code[:5].lower()}-{code[5:]}") == made
    assert queries.complaint_by_code(made.number, "AAAAAAAAAA") is None
    assert queries.complaint_by_code("FK2022999999", code) is None


def test_figures_are_a_recount_and_the_offer_says_them() -> None:
    for kind in (ComplaintKind.COMPLAINT, ComplaintKind.STUCK, ComplaintKind.COMPLAINT):
        made = make.complaint(kind=kind)
        go(made, A.ASSIGN)
    go(made, A.REPLY)
    day = AT.date()
    found = queries.complaint_figures(day, day, day + timedelta(days=30), by=make.reviewer())
    assert (found.whole.received, found.whole.answered, found.whole.overdue) == (3, 1, 2)
    assert {name: each.received for name, each in found.by_kind.items()} == {"complaint": 2, "stuck": 1}
    own = queries.complaint_figures(day, day, day, by=make.other())
    assert own.whole.received == 0
    [offer] = queries.offers(day, day)
    assert offer.text == "本周受理群众反映3件，其中投诉2件、办不成事1件；已答复1件，按期答复率100.0%。"
    assert all(figure.printed in offer.text for figure in offer.figures)
    assert queries.offers(date(2020, 1, 1), date(2020, 1, 7)) == []
    assert Capability.FEEDBACK_HANDLE in make.handler().capabilities
