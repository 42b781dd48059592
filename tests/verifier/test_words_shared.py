"""What several cases share goes with the last of them: a sheet, a consultation, the applicant's own record."""

from functools import partial
from uuid import UUID

import pytest

from tests.verifier import test_destroyed as before
from tests.verifier.planting import WORD
from tests.verifier.test_words_after import meanwhile
from yichuang.cases.commands import GONE
from yichuang.cases.models import Case
from yichuang.directory.models import Account, Applicant
from yichuang.directory.tests import factories as people
from yichuang.feedback.commands.destroy import destroy_case
from yichuang.halls.commands.acts import NewAct, cancel_act, consult, put
from yichuang.halls.commands.acts_given import hand_over, receive, send_back
from yichuang.halls.flow.windows import ActKind
from yichuang.halls.models import HandOver, WindowAct
from yichuang.halls.tests import factories_windows as hall
from yichuang.intake.tests import factories as filings
from yichuang.kernel.errors import Conflict

AT, LATER, key = before.AT, before.LATER, filings.key


def destroy(case_id: UUID) -> None:
    """The whole of it."""
    assert destroy_case(before.order(case_id), by=before.officer(), at=LATER)


def handed(*numbers: str) -> HandOver:
    """A sheet as the window's page makes it, with a note, returned by the department with its reason."""
    made = hand_over(hall.handed(*numbers, topic=WORD), by=hall.clerk(), at=AT, key=key())
    return send_back(made.pk, WORD, by=hall.receiver(), at=AT)


def words(sheet: HandOver) -> tuple[str, str]:
    """The note and the reason as they stand."""
    sheet.refresh_from_db()
    return WindowAct.objects.get(pk=sheet.pk).topic, sheet.reason


@pytest.mark.django_db
def test_a_sheet_loses_its_words_with_the_last_of_its_cases() -> None:
    first, second = before.refused_case(), before.refused_case()
    one, other = (Case.objects.get(pk=each).number for each in (first, second))
    alone, both, foreign = handed(one), handed(one, other), handed(other, "SL-7")
    destroy(first)
    assert [words(each) for each in (alone, both, foreign)] == [(GONE, GONE), (WORD, WORD), (WORD, WORD)]
    destroy(second)
    assert {words(each) for each in (alone, both, foreign)} == {(GONE, GONE)}


@pytest.mark.django_db
def test_a_consultation_stays_while_another_case_rests_on_it() -> None:
    by, cases = hall.clerk(), [before.refused_case() for _ in range(2)]
    asked = consult(hall.consulted(topic=WORD), by=by, at=AT, key=key())
    for case_id in cases:
        accepted = NewAct(ActKind.ACCEPTED, hall.water().pk, case_id=case_id, after_id=asked.pk)
        put(accepted, by=by, at=AT, key=key())
    for case_id, left in zip(cases, (WORD, GONE), strict=True):
        destroy(case_id)
        asked.refresh_from_db()
        assert (asked.topic, asked.salt == "") == (left, left == GONE)


@pytest.mark.django_db
def test_an_act_that_lost_its_words_gets_no_new_ones() -> None:
    case_id, by = before.refused_case(), hall.clerk()
    sheet = hand_over(hall.handed(Case.objects.get(pk=case_id).number), by=by, at=AT, key=key())
    destroy(case_id)
    with pytest.raises(Conflict, match="依法删除"):
        cancel_act(sheet.pk, WORD, by=by, at=LATER)
    with pytest.raises(Conflict, match="依法删除"):
        send_back(sheet.pk, WORD, by=hall.receiver(), at=LATER)
    # To confirm needs no words.
    assert receive(sheet.pk, by=hall.receiver(), at=LATER).reason == ""


def test_of_two_destroyed_at_once_the_second_takes_what_they_shared(committed: dict[str, str]) -> None:
    first, second = before.refused_case(), before.refused_case()
    sheet = handed(*(Case.objects.get(pk=each).number for each in (first, second)))
    by = before.officer()

    def gone(case_id: UUID) -> bool:
        return destroy_case(before.order(case_id), by=by, at=LATER)

    assert meanwhile(partial(gone, first), partial(gone, second)) is True
    assert words(sheet) == (GONE, GONE)


def without_account(*cases: UUID) -> Applicant:
    """Whom the cases are of, as if the window had filed for them: no account uses the record."""
    [applicant_id] = set(Case.objects.filter(pk__in=cases).values_list("applicant_id", flat=True))
    someone = people.company("另一示例有限公司", filings.COMPANY_CODES[1])
    Account.objects.filter(applicant_id=applicant_id).update(applicant=someone)
    return Applicant.objects.get(pk=applicant_id)


@pytest.mark.parametrize("open_draft", [True, False])
@pytest.mark.django_db
def test_an_applicant_is_not_forgotten_while_a_draft_is_open(open_draft: bool) -> None:
    case_id, draft = before.refused_case(), filings.draft(at=LATER)
    applicant = without_account(case_id)
    if not open_draft:
        draft.delete()
    destroy(case_id)
    applicant.refresh_from_db()
    assert (applicant.name == GONE) is not open_draft


def test_of_two_destroyed_at_once_the_second_forgets_their_applicant(committed: dict[str, str]) -> None:
    first, second = before.refused_case(), before.refused_case()
    applicant, by = without_account(first, second), before.officer()

    def gone(case_id: UUID) -> bool:
        return destroy_case(before.order(case_id), by=by, at=LATER)

    assert meanwhile(partial(gone, first), partial(gone, second)) is True
    applicant.refresh_from_db()
    assert applicant.name == GONE
