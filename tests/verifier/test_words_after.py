"""Words that come after a lawful destruction, or while it commits, find no place: they could never go."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction

from tests.verifier import test_destroyed as before
from tests.verifier.planting import plant
from yichuang.cases.commands import GONE
from yichuang.cases.models import Case
from yichuang.cases.tests.crowd import PATIENCE_SECONDS
from yichuang.feedback.commands.complaints import reopen_complaint
from yichuang.feedback.commands.destroy import destroy_case
from yichuang.feedback.commands.ratings import give_rating
from yichuang.feedback.flow.ratings import Served
from yichuang.feedback.models import Complaint, Rating
from yichuang.feedback.queries.complaints import code_of
from yichuang.feedback.queries.rated import service_by, token_of
from yichuang.feedback.tests import factories as make
from yichuang.gateways.files import FileStore
from yichuang.halls.commands.acts import NewAct, consult, put
from yichuang.halls.flow.windows import ActKind
from yichuang.halls.tests import factories_windows as hall
from yichuang.kernel import sql
from yichuang.kernel.errors import Conflict, Invalid

LATER = before.LATER
Work = Callable[[], object]


def meanwhile(first: Work, then: Work) -> object:
    """What `then` answers that began after `first` had written and before it committed."""

    def run() -> object:
        try:
            return then()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            answer = pool.submit(run)
            patience = time.monotonic() + PATIENCE_SECONDS
            while not answer.done() and not waiting() and time.monotonic() < patience:
                time.sleep(0.01)
        return answer.result(PATIENCE_SECONDS)


def waiting() -> bool:
    """Whether somebody waits for a lock of this database."""
    asked = (
        "select exists (select 1 from pg_locks l join pg_stat_activity a using (pid) where not l.granted "
        "and a.datname = current_database())"
    )
    return bool(sql.rows(asked, {"nothing": None})[0][0])


@pytest.mark.django_db
def test_nothing_is_said_of_a_case_that_is_gone(tmp_path: Path) -> None:
    case_id, living = before.refused_case(), before.refused_case()
    plant(case_id, FileStore(tmp_path))
    number, other = (Case.objects.get(pk=one).number for one in (case_id, living))
    assert destroy_case(before.order(case_id), by=before.officer(), at=LATER)
    kept = Complaint.objects.get()
    with pytest.raises(Conflict, match="依法删除"):
        reopen_complaint(kept.pk, "还是不行", code=code_of(kept.pk), seen=kept.seq, at=LATER)
    with pytest.raises(Invalid) as told:
        make.complaint(case_number=number.lower(), at=LATER)
    assert "依法删除" in told.value.fields["case_number"]
    assert Complaint.objects.count() == 1
    for brought in ("", other):
        assert make.complaint(case_number=brought, at=LATER).case_number == brought


@pytest.mark.django_db
def test_neither_a_case_nor_an_act_that_is_gone_is_rated() -> None:
    clerk, case_id = hall.clerk(), before.refused_case()
    asked = consult(hall.consulted(), by=clerk, at=before.AT, key=make.key())
    accepted = NewAct(ActKind.ACCEPTED, hall.water().pk, case_id=case_id, after_id=asked.pk)
    put(accepted, by=clerk, at=before.AT, key=make.key())
    services = [service_by(token_of(*one)) for one in ((Served.CASE, case_id), (Served.ACT, asked.pk))]
    assert destroy_case(before.order(case_id), by=before.officer(), at=LATER)
    for service in services:
        with pytest.raises(Conflict, match="依法删除"):
            give_rating(service, make.form(1), at=LATER, key=make.key())
    assert not Rating.objects.exists()


def test_what_is_said_while_a_destruction_commits(committed: dict[str, str]) -> None:
    """It comes before and goes with the case, or after and is refused; never between."""
    by = before.officer()
    first, second, third, fourth = (before.refused_case() for _ in range(4))
    number = {one.pk: one.number for one in Case.objects.all()}

    def destroy(case_id: UUID) -> bool:
        return destroy_case(before.order(case_id), by=by, at=LATER)

    def rate(case_id: UUID) -> Rating:
        service = service_by(token_of(Served.CASE, case_id))
        return give_rating(service, make.form(1), at=LATER, key=make.key())

    def complain(case_id: UUID) -> Complaint:
        return make.complaint(case_number=number[case_id], at=LATER)

    assert meanwhile(partial(rate, first), partial(destroy, first)) is True
    assert Rating.objects.get().words == GONE
    assert isinstance(meanwhile(partial(destroy, second), partial(rate, second)), Conflict)
    with pytest.raises(Conflict, match="没办完"):
        raise_it(meanwhile(partial(complain, third), partial(destroy, third)))
    assert isinstance(meanwhile(partial(destroy, fourth), partial(complain, fourth)), Invalid)
    assert (Rating.objects.count(), Complaint.objects.count()) == (1, 1)


def raise_it(found: object) -> None:
    """What a thread ended with, here."""
    if isinstance(found, Exception):
        raise found
