"""Hand-over and delivery: both sides sign, once; the sheet has a number; the result of a case is delivered with it."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from yichuang.cases import commands as cases
from yichuang.cases.flow import Outcome
from yichuang.cases.models import Case
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.halls.commands.acts import cancel_act
from yichuang.halls.commands.acts_given import hand_over, issue, receive, send_back
from yichuang.halls.flow.windows import ActKind
from yichuang.halls.models import HandOver, Issue, WindowAct
from yichuang.halls.queries.acts import act, sheets, totals_of, unsigned
from yichuang.halls.tests import factories_windows as make
from yichuang.intake.tests import factories as intake
from yichuang.journal.queries import facts_of
from yichuang.kernel import canonical
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.workdays.queries import calendar

pytestmark = pytest.mark.django_db
AT = make.AT


def sheet(**changes: object) -> HandOver:
    """A sheet of three cases for the water department."""
    return hand_over(make.handed(**changes), by=make.clerk(), at=AT, key=make.key())


def test_sheets_are_numbered_without_gaps_by_year() -> None:
    numbers = [sheet().number for _ in range(3)]
    assert numbers == ["综窗流转〔2022〕1号", "综窗流转〔2022〕2号", "综窗流转〔2022〕3号"]


def test_the_other_side_has_one_working_day() -> None:
    made = sheet()
    assert made.due_on == calendar().add(AT.date(), 1) == date(2022, 5, 17)
    late = made.due_on + timedelta(days=1)
    by = make.clerk()
    assert unsigned(by=by, today=made.due_on) == (1, 0)
    assert unsigned(by=by, today=late) == (1, 1)
    receive(made.pk, by=make.receiver(), at=AT)
    assert unsigned(by=by, today=late) == (0, 0)


def test_both_sides_are_on_the_sheet() -> None:
    made = receive(sheet().pk, by=make.receiver(), at=AT + timedelta(hours=1))
    assert (made.state, made.closed_by_name) == ("received", "receiver（示例）")
    assert made.act.entered_by_name == "sitter（示例）"
    kinds = [fact.kind for fact in facts_of(made.pk)]
    assert kinds == ["window.handed_over", "hand_over.received"]
    assert totals_of(AT.date(), AT.date())[ActKind.HANDED_OVER] == 3


def test_a_sheet_that_does_not_agree_goes_back_with_the_reason() -> None:
    made = sheet()
    with pytest.raises(Invalid) as wrong:
        send_back(made.pk, " ", by=make.receiver(), at=AT)
    assert list(wrong.value.fields) == ["reason"]
    back = send_back(made.pk, "少一件", by=make.receiver(), at=AT)
    assert (back.state, back.reason) == ("returned", "少一件")
    told = facts_of(made.pk)[-1]
    assert (told.ground, told.data["reason"]) == (None, canonical.commitment(made.act.salt, "少一件"))
    cancel_act(made.pk, "重新清点", by=make.clerk(), at=AT)
    assert totals_of(AT.date(), AT.date())[ActKind.HANDED_OVER] == 0


def colleague() -> Actor:
    """Somebody of the window with every right on cases, everywhere."""
    return intake.window_clerk()


@pytest.mark.parametrize(
    ("who", "wrong"),
    [
        (make.clerk, Refused), (colleague, Refused), (lambda: make.receiver(make.industry(), "other"), Missing),
        (make.reader, Refused), (lambda: intake.applicant(), Refused),
    ],
    ids=["giver", "colleague", "another department", "reader", "applicant"],
)  # fmt: skip
@pytest.mark.parametrize(
    "answer",
    [lambda pk, by: receive(pk, by=by, at=AT), lambda pk, by: send_back(pk, "否", by=by, at=AT)],
    ids=["receive", "return"],
)
def test_nobody_else_signs_for_the_department(
    who: Callable[[], Actor], wrong: type[Exception], answer: Callable[[UUID, Actor], HandOver]
) -> None:
    made = sheet()
    with pytest.raises(wrong):
        answer(made.pk, who())
    made.refresh_from_db()
    assert made.state == "pending"


def test_who_hands_over_cannot_receive_in_another_post() -> None:
    both = [Capability.WINDOW_ACT, Capability.CASE_CLAIM]
    by = people.staff("both", people.post(make.water(), "一人两岗", both))
    made = hand_over(make.handed(window_id=make.window().pk), by=by, at=AT, key=make.key())
    with pytest.raises(Refused, match="移交人"):
        receive(made.pk, by=by, at=AT)


def test_a_sheet_is_closed_once() -> None:
    made = sheet()
    receive(made.pk, by=make.receiver(), at=AT)
    late: list[Callable[[], HandOver]] = [
        lambda: receive(made.pk, by=make.receiver(username="second"), at=AT),
        lambda: send_back(made.pk, "晚了", by=make.receiver(), at=AT),
    ]
    for again in late:
        with pytest.raises(Conflict):
            again()
    with pytest.raises(Conflict):
        cancel_act(made.pk, "晚了", by=make.clerk(), at=AT)
    with pytest.raises(Missing):
        receive(uuid4(), by=make.receiver(), at=AT)


def test_a_cancelled_sheet_is_not_received() -> None:
    made = sheet()
    cancel_act(made.pk, "开错部门", by=make.clerk(), at=AT)
    with pytest.raises(Conflict):
        receive(made.pk, by=make.receiver(), at=AT)
    assert sheets(by=make.clerk(), pending=True).rows == []


def test_sheets_are_listed_within_reach() -> None:
    first, second = sheet(), sheet(department_id=make.industry().pk)
    assert [one.pk for one in sheets(by=make.clerk(), pending=True).rows] == sorted([first.pk, second.pk])
    assert [one.pk for one in sheets(by=make.receiver(), pending=True).rows] == [first.pk]
    receive(first.pk, by=make.receiver(), at=AT)
    assert [one.pk for one in sheets(by=make.receiver(), pending=False).rows] == [first.pk]
    page = sheets(by=make.clerk(), pending=True, size=1)
    assert page.following == ""
    with pytest.raises(Refused):
        sheets(by=make.reader(), pending=True)
    assert act(first.pk, by=make.receiver()).pk == first.pk
    with pytest.raises(Missing):
        act(second.pk, by=make.receiver())


def test_pages_of_sheets_hang_together() -> None:
    made = [sheet().pk for _ in range(3)]
    by = make.clerk()
    first = sheets(by=by, pending=True, size=2)
    rest = sheets(by=by, pending=True, size=2, after=first.following)
    assert [one.pk for one in [*first.rows, *rest.rows]] == sorted(made)


@pytest.mark.parametrize(
    "change",
    [{"state": "received"}, {"state": "returned"}, {"state": "lost"}, {"closed_at": AT}],
    ids=["nobody signed", "no reason", "unknown", "signed but waiting"],
)
def test_the_database_refuses_half_a_receipt(change: dict[str, object]) -> None:
    made = sheet()
    with pytest.raises(IntegrityError), transaction.atomic():
        HandOver.objects.filter(pk=made.pk).update(**change)


def test_the_database_refuses_a_certificate_without_receipt() -> None:
    made = issue(make.given(), make.signed(), by=make.clerk(), at=AT, key=make.key())
    for change in (
        {"signed_as": ""},
        {"signature_sha256": ""},
        {"recipient": ""},
        {"tracking": "1"},
        {"method": "mailed"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Issue.objects.filter(pk=made.pk).update(**change)


def decided() -> UUID:
    """A case of the platform whose result is ready."""
    receipt = intake.filed()
    case_id, clerk = receipt.case_id, intake.window_clerk()
    reviewer, head = make.receiver(), people.head(make.water(), "chief")
    cases.accept(case_id, by=clerk, at=AT, key=make.key())
    cases.claim(case_id, by=reviewer, at=AT)
    cases.propose(case_id, outcome=Outcome.GRANTED, opinion="符合条件", by=reviewer, at=AT, key=make.key())
    cases.endorse(case_id, opinion="同意", by=SYSTEM, at=AT, key=make.key())
    cases.claim(case_id, by=head, at=AT)
    cases.decide(case_id, outcome=Outcome.GRANTED, reason="", by=head, at=AT, key=make.key())
    return case_id


def test_the_result_of_a_case_is_delivered_with_its_issue() -> None:
    case_id, by, key = decided(), make.clerk(), make.key()
    new = make.given(case_id=case_id, department_id=None, numbers=())
    made = issue(new, make.signed(), by=by, at=AT, key=key)
    case = Case.objects.get(pk=case_id)
    assert (case.state, made.act.numbers, made.act.department_id) == (
        "delivered",
        [case.number],
        case.department_id,
    )
    assert issue(new, make.signed(), by=by, at=AT, key=key).pk == made.pk
    assert [fact.kind for fact in facts_of(case_id)].count("case.delivered") == 1
    with pytest.raises(Conflict):
        issue(new, make.signed(), by=by, at=AT, key=make.key())
    with pytest.raises(Conflict, match="送达"):
        cancel_act(made.pk, "反悔", by=by, at=AT)


def test_a_case_that_is_not_decided_gives_nothing_and_leaves_nothing() -> None:
    receipt = intake.filed()
    new = make.given(case_id=receipt.case_id, numbers=())
    with pytest.raises(Conflict, match="不能颁发"):
        issue(new, make.signed(), by=make.clerk(), at=AT, key=make.key())
    with pytest.raises(Missing):
        issue(make.given(case_id=uuid4()), make.signed(), by=make.clerk(), at=AT, key=make.key())
    assert not WindowAct.objects.exists()


def test_mail_needs_no_signature() -> None:
    form = make.signed(method="mailed", signature_sha256="", signed_as="", tracking="示例快递 1")
    made = issue(make.given(), form, by=make.clerk(), at=AT, key=make.key())
    assert (made.method, made.tracking) == ("mailed", "示例快递 1")
