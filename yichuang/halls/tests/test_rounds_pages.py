"""Pages of inspection and duty: the phone's way, pictures, drafts, rights, exports, numbers of statements."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from yichuang.directory.tests import factories as people
from yichuang.gateways.files import FileStore
from yichuang.halls.flow.findings import FindingAction, FindingState
from yichuang.halls.flow.rounds import Register
from yichuang.halls.models import DutyVisit, Finding, FindingPhoto, HallRound, InspectionTerm, Requirement
from yichuang.halls.pages.rounds_common import SALT
from yichuang.halls.tests import factories_rounds as make
from yichuang.kernel.actor import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings: Settings, tmp_path: Any) -> None:
    settings.FILES_DIR = tmp_path / "files"


def at_desk(by: Actor) -> Client:
    """A signed-in browser."""
    client = Client()
    client.force_login(people.account_of(by), backend=django_settings.AUTHENTICATION_BACKENDS[-1])
    return client


@pytest.fixture
def desk() -> Client:
    """The inspector's phone."""
    return at_desk(make.inspector())


def key() -> dict[str, str]:
    """A fresh client key."""
    return {"client_key": uuid4().hex}


def begin(desk: Client) -> HallRound:
    """A round begun by the page."""
    answer = desk.post("/desk/hall/rounds/new", key() | {"kind": str(make.term(Register.KIND, "daily").pk)})
    held = HallRound.objects.get()
    assert answer.headers["Location"] == f"/desk/hall/rounds/{held.pk}"
    return held


def typed(**changes: Any) -> dict[str, Any]:
    """The form of a finding as the phone sends it."""
    return key() | {
        "heading": str(make.term(Register.HEADING, "attendance").pk),
        "category": str(make.term(Register.CATEGORY, "vacant").pk), "department": str(make.water().pk),
        "window": "A01", "words": "9点10分无人在岗", "answering": "窗口负责人", "days": "3", "part": "finding",
    } | changes  # fmt: skip


def test_a_round_with_a_finding_and_a_picture_from_first_tap_to_last(desk: Client) -> None:
    held = begin(desk)
    sheet = f"/desk/hall/rounds/{held.pk}"
    answer = desk.post(sheet, {"act": "finding:attendance", "result-dress": "good", "windows": "A01"})
    assert answer.headers["Location"] == f"{sheet}/findings?heading=attendance"
    page = desk.get(answer.headers["Location"]).content.decode()
    assert 'capture="environment"' in page
    assert re.search(r"selected>按时到岗情况", page)
    answer = desk.post(f"{sheet}/findings", typed(photos=make.upload()))
    assert answer.headers["Location"] == sheet
    page = desk.get(sheet).content.decode()
    assert "有问题 1 起" in page
    assert 'value="good" id="f-result-dress" checked' in page
    answer = desk.post(sheet, {"act": "finish", "result-dress": "good", "windows": "A01，B02", "note": ""})
    assert answer.status_code == 302
    assert HallRound.objects.get().windows == ["A01", "B02"]
    shown = desk.get("/desk/hall/rounds").content.decode()
    assert "发现1起：水利厅空岗1起，正在整改" in shown
    assert shown.count("总体情况良好") == 2
    [kept] = FindingPhoto.objects.all()
    picture = desk.get(f"/desk/hall/photos/{kept.pk}")
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert make.GPS not in picture.content


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.jpg", "SVG"),
        (b"<html><script>alert(1)</script>", "a.jpg", "网页"),
        (b"%PDF-1.4\n%%EOF", "a.pdf", "不是照片"),
        (make.jpeg()[:-30], "a.jpg", "损坏"),
        (make.jpeg(), "a.png", "后缀"),
        (b"", "a.jpg", "空的"),
    ],
    ids=["svg", "page", "pdf", "torn", "other-name", "empty"],
)
def test_what_is_no_picture_is_refused_and_nothing_typed_is_lost(
    desk: Client, data: bytes, name: str, words: str
) -> None:
    held = begin(desk)
    answer = desk.post(f"/desk/hall/rounds/{held.pk}/findings", typed(photos=make.upload(data, name)))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "9点10分无人在岗" in page
    assert Finding.objects.count() == 0


def test_a_picture_that_is_too_large_is_refused(desk: Client, settings: Settings) -> None:
    settings.UPLOAD_LIMIT_BYTES = 100
    held = begin(desk)
    answer = desk.post(f"/desk/hall/rounds/{held.pk}/findings", typed(photos=make.upload()))
    assert answer.status_code == 422
    assert "照片超过" in answer.content.decode()


def test_a_failed_post_keeps_its_picture(desk: Client) -> None:
    held = begin(desk)
    address = f"/desk/hall/rounds/{held.pk}/findings"
    answer = desk.post(address, typed(words="", photos=make.upload()))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "已收到 1 张照片" in page
    tokens = re.findall(r'name="kept" value="([^"]+)"', page)
    assert desk.post(address, typed(kept=tokens)).status_code == 302
    assert FindingPhoto.objects.count() == 1


def test_nobody_brings_a_file_of_the_store_by_its_hash_or_anothers_token(desk: Client) -> None:
    held = begin(desk)
    secret = FileStore(django_settings.FILES_DIR).put(b"a case's paper")
    forged = signing.dumps([secret.digest, "jpeg", secret.size, str(make.inspector().id)], salt="other")
    theirs = signing.dumps([secret.digest, "jpeg", secret.size, str(uuid4())], salt=SALT)
    for token in (secret.digest, forged, theirs):
        desk.post(f"/desk/hall/rounds/{held.pk}/findings", typed(kept=token))
    assert Finding.objects.count() == 3
    assert FindingPhoto.objects.count() == 0


def test_what_is_typed_is_kept_while_it_is_typed(desk: Client) -> None:
    held = begin(desk)
    draft = f"/desk/hall/rounds/{held.pk}/draft"
    assert desk.post(draft, {"part": "finding", "words": "半句话", "days": "5"}).status_code == 204
    assert desk.post(draft, {"result-order": "good", "windows": "A01", "note": "备注"}).status_code == 204
    assert "半句话" in desk.get(f"/desk/hall/rounds/{held.pk}/findings").content.decode()
    page = desk.get(f"/desk/hall/rounds/{held.pk}").content.decode()
    assert 'value="good" id="f-result-order" checked' in page
    assert ">备注</textarea>" in page


def test_a_refused_finish_keeps_what_was_ticked(desk: Client) -> None:
    held = begin(desk)
    answer = desk.post(f"/desk/hall/rounds/{held.pk}", {"act": "finish", "note": "还没看完"})
    assert answer.status_code == 422
    assert "还没看完" in answer.content.decode()


def test_a_double_tap_makes_one_round_and_one_finding(desk: Client) -> None:
    kind = {"kind": str(make.term(Register.KIND, "daily").pk)} | key()
    desk.post("/desk/hall/rounds/new", kind)
    desk.post("/desk/hall/rounds/new", kind)
    held = HallRound.objects.get()
    form = typed()
    for _ in range(2):
        assert desk.post(f"/desk/hall/rounds/{held.pk}/findings", form).status_code == 302
    assert Finding.objects.count() == 1
    again = desk.get("/desk/hall/rounds/new").content.decode()
    assert "继续这次巡查" in again


def test_the_department_rectifies_and_another_inspector_checks(desk: Client) -> None:
    held = make.found()
    page = f"/desk/hall/findings/{held.pk}"
    department = at_desk(make.rectifier())
    assert department.get(page).status_code == 404
    assert desk.post(f"{page}/notify", {"seen": 1}).status_code == 302
    assert "报告整改结果" in department.get(page).content.decode()
    wrong = department.post(f"{page}/rectify", {"seen": 2, "words": "", "photos": make.upload()})
    assert wrong.status_code == 422
    assert "已收到 1 张照片" in wrong.content.decode()
    tokens = re.findall(r'name="kept" value="([^"]+)"', wrong.content.decode())
    answer = department.post(f"{page}/rectify", {"seen": 2, "words": "已补位", "kept": tokens})
    assert answer.status_code == 302
    assert department.post(f"{page}/approve", {"seen": 3}).status_code == 403
    assert desk.post(f"{page}/approve", {"seen": 3}).status_code == 302
    assert Finding.objects.get().state == FindingState.PASSED
    shown = department.get(page).content.decode()
    assert "整改后的照片" in shown
    assert "已补位" in shown


@pytest.mark.parametrize("path", ["findings", "findings.csv", "rounds", "duty", "duty/requirements"])
def test_those_without_a_part_are_refused(path: str) -> None:
    assert at_desk(people.clerk()).get(f"/desk/hall/{path}").status_code == 403


def test_a_department_reads_its_own_list_and_file() -> None:
    make.moved(make.found(), FindingAction.NOTIFY)
    theirs = make.moved(make.found(department_id=make.industry().pk, words="别的部门"), FindingAction.NOTIFY)
    department = at_desk(make.rectifier())
    shown = department.get("/desk/hall/findings").content.decode()
    assert "无人在岗" in shown
    assert "别的部门" not in shown
    file = b"".join(department.get("/desk/hall/findings.csv")).decode()
    assert "无人在岗" in file
    assert "别的部门" not in file
    assert department.get(f"/desk/hall/findings/{theirs.pk}").status_code == 404
    assert department.post(f"/desk/hall/findings/{theirs.pk}/rectify", {"seen": 2}).status_code == 404


def test_the_lists_are_kept_on_their_page(desk: Client) -> None:
    given = {"register": "heading", "code": "smoking", "name": "控烟情况", "valid_from": "2022-06-01"}
    assert desk.post("/desk/hall/inspection-terms", given).status_code == 302
    wrong = desk.post("/desk/hall/inspection-terms", given | {"name": "第二次"})
    assert wrong.status_code == 422
    assert 'value="第二次"' in wrong.content.decode()
    term = InspectionTerm.objects.get(code="smoking")
    page = f"/desk/hall/inspection-terms/{term.pk}"
    assert desk.post(page, {"name": "大厅控烟", "seen": "1", "valid_from": "六月"}).status_code == 422
    assert desk.post(page, {"name": "大厅控烟", "seen": "1"}).status_code == 302
    shown = desk.get(page).content.decode()
    assert "大厅控烟" in shown
    assert "控烟情况" in shown


def test_a_visit_with_a_requirement_to_its_closing(desk: Client) -> None:
    given = {
        "person": "张示例", "post": "副厅长", "department": str(make.water().pk), "on": "2022-05-11",
        "certificates": "3", "consultations": "", "cases": "",
    }  # fmt: skip
    wrong = desk.post("/desk/hall/duty/new", given | key() | {"certificates": "三", "note": "别丢"})
    assert wrong.status_code == 422
    assert "别丢" in wrong.content.decode()
    answer = desk.post("/desk/hall/duty/new", given | key())
    visit = DutyVisit.objects.get()
    page = f"/desk/hall/duty/visits/{visit.pk}"
    assert answer.headers["Location"] == page
    need = {"words": "压缩补正次数", "due_on": "2022-06-10", "department": "", "answering": ""}
    assert desk.post(f"{page}/requirements", need | key() | {"due_on": ""}).status_code == 422
    assert desk.post(f"{page}/requirements", need | key()).status_code == 302
    held = f"/desk/hall/duty/requirements/{Requirement.objects.get().pk}"
    department = at_desk(make.rectifier())
    assert department.post(f"{held}/report", {"seen": 1, "words": ""}).status_code == 422
    assert department.post(f"{held}/report", {"seen": 1, "words": "已落实"}).status_code == 302
    assert desk.post(f"{held}/close", {"seen": 2}).status_code == 302
    assert "已销号" in department.get("/desk/hall/duty/requirements").content.decode()
    for path in ("/desk/hall/duty.csv", "/desk/hall/duty/requirements.csv"):
        assert "水利厅" in b"".join(desk.get(path + "?year=2022")).decode()
    assert desk.post(f"{page}/cancel", {"reason": "重复"}).status_code == 422


def test_the_plan_is_kept_on_its_page(desk: Client) -> None:
    given = {"year": "2022", "seen": "0", "department": str(make.water().pk), "visits": "4", "who": "厅长"}
    assert desk.post("/desk/hall/duty/plans", given).status_code == 302
    assert desk.post("/desk/hall/duty/plans", given).status_code == 409
    chosen = f"/desk/hall/duty/plans?year=2022&department={make.water().pk}"
    page = desk.get(chosen).content.decode()
    assert 'name="seen" value="1"' in page
    assert desk.post("/desk/hall/duty/plans", given | {"seen": "1", "visits": "多"}).status_code == 422


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/desk/hall/rounds?first=2022-05-09&last=2022-05-15", 11),
        ("/desk/hall/findings", 6),
        ("/desk/hall/duty?year=2022", 8),
        ("/desk/hall/duty/requirements", 5),
        ("/desk/hall/duty/plans?year=2022", 7),
        ("/desk/hall/inspection-terms", 4),
    ],
)
def test_lists_ask_the_same_however_long(desk: Client, path: str, most: int) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            make.found()
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert desk.get(path).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= most
