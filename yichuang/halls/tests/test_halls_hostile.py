"""What an enemy types into the hall: odd text, odd numbers, forged addresses, files that are not what they say."""

import base64
import re
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import signing
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from yichuang.cases.models import Case
from yichuang.catalogue.commands.authorisations import withdraw_authorisation
from yichuang.catalogue.flow import ManualState
from yichuang.catalogue.models import Authorisation, Manual
from yichuang.gateways.files import FileStore
from yichuang.halls.commands.acts_given import issue
from yichuang.halls.commands.findings import StepForm, step_finding
from yichuang.halls.flow.findings import FindingAction
from yichuang.halls.flow.rounds import Register
from yichuang.halls.models import DutyVisit, Finding, FindingPhoto, HallRound, Issue, Requirement, WindowAct
from yichuang.halls.pages.windows_forms import SALT
from yichuang.halls.tests import factories_rounds as hall
from yichuang.halls.tests import factories_windows as make
from yichuang.halls.tests.factories_rounds import png
from yichuang.halls.tests.factories_windows import read, send
from yichuang.halls.tests.test_windows_filing import file, posted_walk_in, prepared
from yichuang.intake.models import Draft
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.paging import encode

pytestmark = pytest.mark.django_db
AT = make.AT
BACKEND = "django.contrib.auth.backends.ModelBackend"
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
ODD = {
    "nul": "甲\x00乙", "controls": "甲\x07\x1b[2J乙", "bidi": "甲\u202e乙\u2066丙", "html": SCRIPT,
    "formula": "=HYPERLINK(\"http://example.org\",\"甲\")", "long": "长" * 5000, "template": "{{ 7*7 }}{% raw %}",
    "surrogate-pair": "𠮷野家👩‍👩‍👧", "quote": "'; drop table halls_windowact; --",
}  # fmt: skip
EACH = pytest.mark.parametrize("typed", ODD.values(), ids=ODD)


@pytest.fixture(autouse=True)
def _a_monday_with_files_of_its_own(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> Iterator[None]:
    monkeypatch.setattr("config.front_door.now", lambda: AT)
    settings.FILES_DIR = tmp_path / "files"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def desk(db: None) -> Client:
    """A browser of the clerk who sits at A01."""
    return make.browser(make.clerk())


@pytest.fixture
def phone(db: None) -> Client:
    """The inspector's phone."""
    return make.browser(hall.inspector())


def body(answer: Any) -> str:
    """The page or file as text."""
    return (b"".join(answer) if answer.streaming else answer.content).decode()


@EACH
def test_a_consultation_of_odd_words_is_shown_as_words(desk: Client, typed: str) -> None:
    send(desk, "window-consult", topic=typed, answer=typed, way="phone", source=typed)
    made = WindowAct.objects.get()
    assert "\x00" not in made.topic
    assert len(made.topic) <= 2000
    page = read(desk, "desk-act-page", made.pk) + read(desk, "desk-acts")
    assert SCRIPT not in page
    assert "<img src=x" not in page
    exported = body(desk.get(reverse("desk-acts") + "?format=csv"))
    assert not re.search(r'(^|,)"?[=+@]', exported)


@EACH
def test_an_issue_and_a_sheet_of_odd_words(desk: Client, typed: str) -> None:
    common: dict[str, Any] = {"numbers": "SL-1", "department": make.water().pk}
    given: dict[str, Any] = {"documents": typed, "recipient": typed, "method": "mailed", "tracking": typed}
    made = send(desk, "window-issue", **common, **given)
    assert SCRIPT not in desk.get(made["Location"]).content.decode()
    sheet = send(desk, "window-hand-over", **common, topic=typed)
    assert SCRIPT not in desk.get(sheet["Location"]).content.decode()


@EACH
def test_the_window_is_asked_odd_things(desk: Client, typed: str) -> None:
    for name in ("paper", "q", "item", "consultation"):
        answer = desk.get(reverse("window"), {name: typed})
        assert answer.status_code == 200
        assert SCRIPT not in answer.content.decode()


@EACH
def test_a_finding_and_a_visit_of_odd_words(phone: Client, typed: str) -> None:
    phone.post(
        "/desk/hall/rounds/new", {"kind": str(hall.term(Register.KIND, "daily").pk), "client_key": make.key()}
    )
    held = HallRound.objects.get()
    form = {
        "heading": str(hall.term(Register.HEADING, "attendance").pk), "days": "3", "client_key": make.key(),
        "category": str(hall.term(Register.CATEGORY, "vacant").pk), "department": str(hall.water().pk),
        "window": typed, "words": typed, "answering": typed,
    }  # fmt: skip
    answer = phone.post(f"/desk/hall/rounds/{held.pk}/findings", form)
    assert answer.status_code in (302, 422)
    visit = {
        "person": typed,
        "post": typed,
        "department": str(hall.water().pk),
        "on_text": typed,
        "note": typed,
    }
    answer = phone.post("/desk/hall/duty/new", visit | {"client_key": make.key()})
    assert answer.status_code in (302, 422)
    for path in ("findings", "findings.csv", "duty", "duty.csv", f"rounds/{held.pk}"):
        text = body(phone.get(f"/desk/hall/{path}"))
        assert "<script>alert" not in text or path.endswith("csv")
        assert "\x00" not in text
        if path.endswith("csv"):
            assert not re.search(r'(^|,)"?[=+@]', text)


NUMBERS = ["-1", "0", "1e9", "9" * 40, "１２", "0x10", "1.5", "∞", "NaN", "2147483648", " ", "٣"]


@pytest.mark.parametrize("typed", NUMBERS)
def test_odd_counts_count_nothing(desk: Client, typed: str) -> None:
    given = {"kind": "issued", "day": "2022-05-13", "source": "台账", "department": make.water().pk}
    answer = desk.post(
        reverse("window-enter"),
        {"client_key": make.key(), "quantity": typed, "window": make.window().pk, **given},
    )
    assert answer.status_code == 422
    assert 'href="#f-quantity"' in answer.content.decode()
    assert not WindowAct.objects.exists()


@pytest.mark.parametrize("typed", NUMBERS[:1] + NUMBERS[2:10])
@pytest.mark.parametrize("field", ["certificates", "consultations"])
def test_odd_counts_of_a_visit(phone: Client, field: str, typed: str) -> None:
    given = {"person": "张示例", "department": str(hall.water().pk), "on": "2022-05-11", field: typed}
    answer = phone.post("/desk/hall/duty/new", given | {"client_key": make.key()})
    assert answer.status_code == 422
    assert not DutyVisit.objects.exists()


@pytest.mark.parametrize(
    "day", ["0001-01-01", "9999-12-31", "2022-02-30", "昨天", "2022-05-99", "1900-01-01"]
)
def test_odd_days_of_a_visit_and_its_requirement(phone: Client, day: str) -> None:
    given = {"person": "张示例", "department": str(hall.water().pk), "on": day, "client_key": make.key()}
    assert phone.post("/desk/hall/duty/new", given).status_code == 422
    phone.post("/desk/hall/duty/new", given | {"on": "2022-05-11"})
    visit = f"/desk/hall/duty/visits/{DutyVisit.objects.get().pk}"
    need = {"words": "压缩", "due_on": day, "client_key": make.key()}
    assert phone.post(f"{visit}/requirements", need).status_code == 422
    assert not Requirement.objects.exists()
    assert phone.get(visit).status_code == 200


ADDRESSES = [
    "duty?year=0000020229", "duty.csv?year=0000020229", "duty?year=99999", "duty?year=-1", "duty?year=二〇二二",
    "duty/plans?year=0000020229", "rounds?kind=%00", "rounds.csv?kind=%00", "rounds?first=9999-12-31",
    "rounds?first=0001-01-01&last=0001-01-01", "findings?q=%00&heading=%00", "findings?department=x&state=y",
    "findings?first=9999-12-31&last=0001-01-01", "duty?q=%00&department=x", "duty/requirements?state=%00",
]  # fmt: skip


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_forged_question_is_still_answered(phone: Client, path: str) -> None:
    assert phone.get(f"/desk/hall/{path}").status_code == 200


CURSORS = {
    "not a day": ["x", "y"], "no id": ["2022-05-11", "y"], "no zone": ["2022-05-11T09:00:00", "0" * 32],
    "nul": ["\x00", "\x00"], "far": ["99999-01-01", "0" * 32], "one": ["x"],
}  # fmt: skip


@pytest.mark.parametrize("parts", CURSORS.values(), ids=CURSORS)
@pytest.mark.parametrize("path", ["rounds", "findings", "duty", "duty/requirements"])
def test_a_forged_cursor_is_told_and_never_a_fault(phone: Client, path: str, parts: list[str]) -> None:
    known = {200, 422} if parts[0] == "2022-05-11T09:00:00" else {422}
    assert phone.get(f"/desk/hall/{path}", {"after": encode(parts)}).status_code in known


@pytest.mark.parametrize("parts", CURSORS.values(), ids=CURSORS)
def test_a_forged_cursor_of_the_register(desk: Client, parts: list[str]) -> None:
    assert desk.get(reverse("desk-acts"), {"after": encode(parts)}).status_code in (200, 422)
    assert desk.get(reverse("desk-hand-overs"), {"after": encode(parts)}).status_code == 422


def test_the_draft_of_a_round_does_not_swell(phone: Client) -> None:
    held = hall.begun()
    page = f"/desk/hall/rounds/{held.pk}/draft"
    for n in range(40):
        phone.post(page, {f"result-{n}-{m}": "长" * 900 for m in range(50)})
    held.refresh_from_db()
    assert len(str(held.draft)) < 30_000


def polyglots() -> dict[str, tuple[bytes, str]]:
    """Files that are two things at once, or claim a size that exhausts the reader."""
    huge = png(place=False)
    head = struct.pack(">II", 60_000, 60_000)
    return {
        "svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg"),
        "svg named png": (b"<?xml version='1.0'?><svg/>", "a.png"),
        "page named jpg": (b"<!doctype html><script>1</script>", "a.jpg"),
        "gif": (b"GIF89a" + bytes(40), "a.gif"),
        "huge sides": (huge[:16] + head + huge[24:], "a.png"),
        "head alone": (b"\xff\xd8\xff", "a.jpg"),
        "no end": (hall.jpeg()[:-2], "a.jpg"),
        "program": (b"MZ" + bytes(100), "a.jpg"),
        "torn chunk": (png()[:40], "a.png"),
    }


@pytest.mark.parametrize("name", polyglots())
def test_what_is_no_picture_is_no_photo(phone: Client, name: str) -> None:
    data, called = polyglots()[name]
    held = hall.begun()
    form = {
        "heading": str(hall.term(Register.HEADING, "attendance").pk), "days": "3", "client_key": make.key(),
        "category": str(hall.term(Register.CATEGORY, "vacant").pk), "department": str(hall.water().pk),
        "words": "别丢了我", "photos": SimpleUploadedFile(called, data),
    }  # fmt: skip
    answer = phone.post(f"/desk/hall/rounds/{held.pk}/findings", form)
    assert answer.status_code == 422
    assert "别丢了我" in answer.content.decode()
    assert not FindingPhoto.objects.exists()


def test_what_hangs_behind_a_picture_is_cut_off(phone: Client) -> None:
    held = hall.begun()
    tail = b"PK\x03\x04<script>alert(1)</script>"
    form = {
        "heading": str(hall.term(Register.HEADING, "attendance").pk), "days": "3", "client_key": make.key(),
        "category": str(hall.term(Register.CATEGORY, "vacant").pk), "department": str(hall.water().pk), "words": "空岗",
        "photos": SimpleUploadedFile("a.jpg", hall.jpeg(tail=tail, comment=tail)),
    }  # fmt: skip
    assert phone.post(f"/desk/hall/rounds/{held.pk}/findings", form).status_code == 302
    kept = FileStore(django_settings.FILES_DIR).read(FindingPhoto.objects.get().sha256)
    assert b"script" not in kept
    assert hall.GPS not in kept
    assert Finding.objects.count() == 1


def test_one_picture_may_be_brought_with_both_reports(phone: Client) -> None:
    """Rectified, rejected, rectified again with the same picture: one picture, no fault."""
    same = hall.photo()
    held = hall.found()
    ways = [
        ("notify", ()),
        ("rectify", (same,)),
        ("reject", (same,)),
        ("rectify", (same,)),
        ("reject", (same,)),
    ]
    for action, photos in ways:
        by = hall.rectifier() if action == "rectify" else hall.inspector()
        form = StepForm("情况", photos, 2)
        step = FindingAction(action)
        held = step_finding(held.pk, step, form, seen=held.seq, by=by, at=AT)
    assert sorted(held.photos.values_list("stage", flat=True)) == ["rechecked", "rectified"]


# --- the drawn signature ---------------------------------------------------------------------------------------------


def drawn(data: bytes | None = None) -> str:
    """What the canvas sends."""
    return "data:image/png;base64," + base64.b64encode(png(place=False) if data is None else data).decode()


def paper(**changes: Any) -> dict[str, Any]:
    """The form of an issue."""
    return {
        "documents": "取水许可证", "recipient": "张示例", "method": "signed", "signed_as": "张示例",
        "numbers": "SL-9", "department": make.water().pk, "client_key": make.key(),
    } | changes  # fmt: skip


def test_a_signature_is_kept_when_the_form_comes_back(desk: Client) -> None:
    page = send(desk, "window-issue", **paper(documents="", signature=drawn()), status=422).content.decode()
    assert "已收到签名" in page
    (token,) = re.findall(r'name="signature_kept" value="([^"]+)"', page)
    again = send(
        desk, "window-issue", **paper(recipient="", signature_kept=token), status=422
    ).content.decode()
    (token,) = re.findall(r'name="signature_kept" value="([^"]+)"', again)
    made = send(desk, "window-issue", **paper(signature_kept=token))
    assert "查看签名" in desk.get(made["Location"]).content.decode()
    kept = FileStore(django_settings.FILES_DIR).read(Issue.objects.get().signature_sha256)
    assert kept == png(place=False)


def test_a_scan_is_kept_when_another_field_is_wrong(desk: Client) -> None:
    scan = SimpleUploadedFile("a.png", png(place=False), "image/png")
    wrong = paper(numbers="SL-1\nSL-1", scan=scan)
    page = send(desk, "window-issue", **wrong, status=422).content.decode()
    (token,) = re.findall(r'name="signature_kept" value="([^"]+)"', page)
    send(desk, "window-issue", **paper(signature_kept=token))
    assert Issue.objects.count() == 1


def test_nobody_brings_a_signature_by_its_hash_or_anothers_token(desk: Client) -> None:
    digest = FileStore(django_settings.FILES_DIR).put(b"a case's paper").digest
    theirs = signing.dumps([digest, "png", "somebody"], salt=SALT)
    other = signing.dumps([digest, "png", str(make.clerk().id)], salt="other")
    for token in (digest, theirs, other, "", "x" * 5000):
        send(desk, "window-issue", **paper(signature_kept=token), status=422)
    assert not Issue.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        "data:image/svg+xml;base64,PHN2Zy8+", "data:text/html;base64,PHNjcmlwdD4=", "javascript:alert(1)",
        "data:image/png;base64,", "data:image/png;base64,%%%", "data:image/png;base64," + "A" * 900_000,
        drawn(b"<svg/>"), drawn(hall.jpeg()), drawn(png(place=False)[:-12]), drawn(b"\x89PNG\r\n\x1a\n"),
        drawn(polyglots()["huge sides"][0]), "\x00", "../../etc/passwd",
    ],
    ids=["svg", "page", "script", "empty", "no-base64", "heavy", "svg-inside", "jpeg", "torn", "head", "huge", "nul", "path"],
)  # fmt: skip
def test_what_is_no_signature_signs_nothing_and_loses_nothing(desk: Client, raw: str) -> None:
    page = send(desk, "window-issue", **paper(signature=raw), status=422).content.decode()
    assert "重新签名" in page or "请在屏幕上签名" in page
    assert 'value="取水许可证"' in page
    assert not Issue.objects.exists()


def test_what_hangs_behind_a_drawn_signature_is_cut_off(desk: Client) -> None:
    send(desk, "window-issue", **paper(signature=drawn(png() + b"<script>alert(1)</script>")))
    kept = FileStore(django_settings.FILES_DIR).read(Issue.objects.get().signature_sha256)
    assert kept == png(place=False)


# --- around the gate -------------------------------------------------------------------------------------------------


def test_a_draft_begun_before_the_withdrawal_is_not_filed(desk: Client) -> None:
    draft = prepared(make.clerk())
    for one in Authorisation.objects.all():
        withdraw_authorisation(one.pk, from_day=AT.date(), reason="部门收回", by=SYSTEM, at=AT)
    file(desk, draft, make.key(), status=403)
    assert not Case.objects.exists()
    assert not WindowAct.objects.exists()
    assert Draft.objects.filter(pk=draft.pk, case_id__isnull=True).exists()


def test_a_manual_taken_back_stops_the_filing(desk: Client) -> None:
    draft = prepared(make.clerk())
    assert Manual.objects.filter(state=ManualState.PUBLISHED).update(state=ManualState.SUSPENDED) == 1
    file(desk, draft, make.key(), status=403)
    assert not Case.objects.exists()


def test_posting_straight_past_the_choice_begins_nothing(desk: Client) -> None:
    make.offered(open_=False)
    for item in (make.WATER, make.WATER + "\x00", f" {make.WATER} "):
        send(desk, "window-start", **posted_walk_in(item=item), status=403)
    assert not Draft.objects.exists()


def test_an_issue_of_a_case_that_is_not_decided_is_refused(desk: Client) -> None:
    draft = prepared(make.clerk())
    file(desk, draft, make.key())
    case = Case.objects.get()
    send(desk, "window-issue", **paper(case=str(case.pk), signature=drawn()), status=409)
    assert not Issue.objects.exists()


def test_a_certificate_of_another_department_is_not_a_departmental_clerks(desk: Client) -> None:
    made = issue(make.given(), make.signed(), by=make.clerk(), at=AT, key=make.key())
    theirs = make.browser(make.departmental())
    assert theirs.get(reverse("desk-act-signature", args=[made.pk])).status_code == 404
