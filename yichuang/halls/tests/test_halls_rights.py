"""Rights in the hall: every page, file, form and picture for every identity, and the own department alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.gateways.files import FileStore
from yichuang.halls.commands import duty, duty_requirements, findings, rounds
from yichuang.halls.commands.acts_given import hand_over, issue
from yichuang.halls.commands.duty import NewVisit
from yichuang.halls.commands.duty_requirements import NewRequirement
from yichuang.halls.commands.findings import NewPhoto
from yichuang.halls.flow.findings import FindingAction
from yichuang.halls.flow.rounds import Register
from yichuang.halls.models import Finding, FindingPhoto
from yichuang.halls.tests import factories_rounds as hall
from yichuang.halls.tests import factories_windows as make
from yichuang.halls.tests.test_halls_steps import holder
from yichuang.intake.tests import factories as intake
from yichuang.kernel.actor import Actor

pytestmark = pytest.mark.django_db
AT = hall.AT
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.FILES_DIR = tmp_path / "files"


def browser(by: Actor | None) -> Client:
    """A browser of somebody; of nobody without an actor."""
    client = Client()
    if by is not None:
        client.force_login(people.account_of(by), backend=BACKEND)
    return client


# --- every page and file for every identity --------------------------------------------------------------------------

PAGES = {
    "/desk/hall/rounds": {"inspector"},
    "/desk/hall/rounds.csv": {"inspector"},
    "/desk/hall/rounds/new": {"inspector"},
    "/desk/hall/inspection-terms": {"inspector"},
    "/desk/hall/findings": {"inspector", "rectifier", "leader"},
    "/desk/hall/findings.csv": {"inspector", "rectifier", "leader"},
    "/desk/hall/duty": {"inspector", "rectifier", "leader"},
    "/desk/hall/duty.csv": {"inspector", "rectifier", "leader"},
    "/desk/hall/duty/new": {"inspector", "rectifier"},
    "/desk/hall/duty/plans": {"inspector"},
    "/desk/hall/duty/requirements": {"inspector", "rectifier", "leader"},
    "/desk/hall/duty/requirements.csv": {"inspector", "rectifier", "leader"},
    "/desk/hall/acts": {"clerk", "manager", "figures", "departmental"},
    "/desk/hall/acts?format=csv": {"clerk", "manager", "figures", "departmental"},
    "/desk/hall/hand-overs": {"clerk", "manager", "receiver", "departmental"},
    "/desk/hall/windows": {"manager"},
    "/desk/window": {"clerk"},
    "/desk/window/consult": {"clerk", "manager", "departmental"},
    "/desk/window/accept": {"clerk", "manager", "departmental"},
    "/desk/window/hand-over": {"clerk", "manager", "departmental"},
    "/desk/window/issue": {"clerk", "manager", "departmental"},
    "/desk/window/enter": {"clerk", "manager", "departmental"},
}
IDENTITIES: dict[str, Callable[[], Actor]] = {
    "inspector": hall.inspector,
    "rectifier": hall.rectifier,
    "leader": lambda: holder(Capability.DASHBOARD_READ, everywhere=True),
    "clerk": make.clerk,
    "manager": make.manager,
    "figures": make.reader,
    "receiver": make.receiver,
    "departmental": make.departmental,
    "bare": lambda: holder(),
}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_every_page_and_file_opens_for_those_who_hold_the_right_and_nobody_else(identity: str) -> None:
    client = browser(IDENTITIES[identity]())
    answers = {path: client.get(path).status_code for path in PAGES}
    assert answers == {path: 200 if identity in who else 403 for path, who in PAGES.items()}


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_led_to_the_door_and_an_applicant_is_refused(path: str) -> None:
    answer = browser(None).get(path)
    assert answer.status_code == 302
    assert "/sign-in" in answer["Location"]
    assert browser(intake.applicant()).get(path).status_code == 403


POSTS = {
    "/desk/hall/rounds/new": {"inspector"},
    "/desk/hall/inspection-terms": {"inspector"},
    "/desk/hall/duty/new": {"inspector", "rectifier"},
    "/desk/hall/duty/plans": {"inspector"},
    "/desk/hall/windows": {"manager"},
    "/desk/window/seat": {"clerk", "manager", "departmental"},
    "/desk/window/consult": {"clerk", "manager", "departmental"},
    "/desk/window/hand-over": {"clerk", "manager", "departmental"},
    "/desk/window/issue": {"clerk", "manager", "departmental"},
    "/desk/window/enter": {"clerk", "manager", "departmental"},
    "/desk/window/start": {"clerk"},
}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_an_empty_form_is_refused_for_want_of_right_or_answered_at_its_fields(identity: str) -> None:
    client = browser(IDENTITIES[identity]())
    for path, who in POSTS.items():
        status = client.post(path, {}).status_code
        assert (status == 403) == (identity not in who), path
        assert status in {302, 403, 404, 422}, path


def test_an_act_of_one_department_is_not_there_for_another() -> None:
    sheet = hand_over(make.handed(), by=make.clerk(), at=make.AT, key=make.key())
    given = issue(make.given(), make.signed(), by=make.clerk(), at=make.AT, key=make.key())
    foreign = make.receiver(make.industry(), "foreign")
    for by in (foreign, make.departmental(), make.reader(), intake.applicant()):
        client = browser(by)
        for name, pk in (
            ("desk-act-page", sheet.pk),
            ("desk-act-page", given.pk),
            ("desk-act-signature", given.pk),
        ):
            assert client.get(reverse(name, args=[pk])).status_code == 404, (by.name, name)
    theirs = browser(make.receiver())
    assert theirs.get(reverse("desk-act-page", args=[sheet.pk])).status_code == 200
    assert theirs.get(reverse("desk-act-page", args=[given.pk])).status_code == 404
    assert theirs.get(reverse("desk-act-signature", args=[given.pk])).status_code == 404


def test_nobody_signs_cancels_or_returns_for_another_department() -> None:
    sheet = hand_over(make.handed(), by=make.clerk(), at=make.AT, key=make.key())
    foreign = browser(make.receiver(make.industry(), "foreign"))
    for answer in ("receive", "return"):
        address = reverse("desk-act-receipt", args=[sheet.pk, answer])
        assert foreign.post(address, {"reason": "少一件"}).status_code == 404
        assert browser(make.clerk()).post(address, {"reason": "少一件"}).status_code == 403
    cancel = reverse("desk-act-cancel", args=[sheet.pk])
    assert browser(make.departmental()).post(cancel, {"reason": "错"}).status_code == 404
    assert browser(make.receiver()).post(cancel, {"reason": "错"}).status_code == 403
    sheet.refresh_from_db()
    assert sheet.state == "pending"


def pictured() -> FindingPhoto:
    """A finding of the water department, not made known yet, with a picture in the store."""
    kept = FileStore(django_settings.FILES_DIR).put(hall.jpeg(place=False))
    hall.found(photos=(NewPhoto(kept.digest, "jpeg", kept.size),))
    return FindingPhoto.objects.get()


def test_a_picture_is_seen_by_those_in_reach_alone() -> None:
    photo = pictured()
    address = f"/desk/hall/photos/{photo.pk}"
    seen = {"inspector": 200, "leader": 200, "rectifier": 404, "bare": 403}
    assert {name: browser(IDENTITIES[name]()).get(address).status_code for name in seen} == seen
    assert browser(people.clerk()).get(address).status_code == 403
    assert browser(None).get(address).status_code == 302
    assert browser(people.applicant_actor()).get(address).status_code == 403
    hall.moved(Finding.objects.get(), FindingAction.NOTIFY)
    assert browser(hall.rectifier()).get(address).status_code == 200
    foreign = browser(hall.rectifier(hall.industry(), "foreign"))
    assert foreign.get(address).status_code == 404
    assert foreign.get(f"/desk/hall/photos/{uuid4()}").status_code == 404


def test_the_answer_of_a_picture_can_not_be_made_a_page_of_ours() -> None:
    answer = browser(hall.inspector()).get(f"/desk/hall/photos/{pictured().pk}")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_nobody_walks_the_round_of_another() -> None:
    held = hall.begun()
    other = browser(hall.inspector("second"))
    page = f"/desk/hall/rounds/{held.pk}"
    assert other.post(page, {"act": "finish", "result-dress": "good"}).status_code == 404
    assert other.post(f"{page}/draft", {"note": "我的"}).status_code == 404
    assert other.post(f"{page}/findings", {"client_key": make.key()}).status_code in {404, 422}
    held.refresh_from_db()
    assert (held.ended_at, held.draft) == (None, {})
    assert not Finding.objects.exists()


@pytest.mark.parametrize("what", ["findings", "duty", "duty/requirements"])
def test_lists_and_files_hold_the_own_department_alone(what: str) -> None:
    mine, theirs = hall.water(), hall.industry()
    for department, mark in ((mine, "甲处甲事"), (theirs, "乙处乙事")):
        hall.moved(hall.found(department_id=department.pk, words=mark), FindingAction.NOTIFY)
        visit = duty.record_visit(
            NewVisit(department.pk, mark, on=AT.date()), by=hall.inspector(), at=AT, key=make.key()
        )
        need = NewRequirement(mark, AT.date() + timedelta(days=3))
        duty_requirements.lay_down(visit.pk, need, by=hall.inspector(), at=AT, key=make.key())
    client = browser(hall.rectifier())
    for path in (f"/desk/hall/{what}?year=2022", f"/desk/hall/{what}.csv?year=2022"):
        answer = client.get(path)
        body = b"".join(answer) if answer.streaming else answer.content
        assert "甲处甲事" in body.decode()
        assert "乙处乙事" not in body.decode()
        narrowed = client.get(f"{path}&department={theirs.pk}&q=乙处")
        body = b"".join(narrowed) if narrowed.streaming else narrowed.content
        assert "乙处乙事" not in body.decode()


def test_an_inspector_of_one_department_finds_for_it_alone() -> None:
    by = holder(Capability.HALL_INSPECT)
    held = rounds.start_round(hall.term(Register.KIND, "daily").pk, by=by, at=AT, key=make.key())
    with pytest.raises(Exception, match="没有填好") as wrong:
        findings.record_finding(
            held.pk, hall.form(department_id=hall.industry().pk), by=by, at=AT, key=make.key()
        )
    assert "department" in wrong.value.fields  # type: ignore[attr-defined]
    made = findings.record_finding(held.pk, hall.form(), by=by, at=AT, key=make.key())
    assert made.department_id == hall.water().pk
