"""Filing by machines: the rules of the form, one case for one key, nothing for anybody else."""

import base64
import json
from typing import Any

import pytest
from django.test import Client

from yichuang.cases.models import Case
from yichuang.catalogue.models import Authorisation
from yichuang.directory.models import Applicant
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.machines import Machine, machine_of, token_of
from yichuang.gateways.signing import witness
from yichuang.intake import queries
from yichuang.intake.models import Application, Draft, FixedReceipt
from yichuang.intake.tests import factories as make
from yichuang.journal.queries import facts_of
from yichuang.kernel import api, canonical, sql

pytestmark = pytest.mark.django_db
CASES = "/api/v1/cases"


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def body(**changes: Any) -> dict[str, Any]:
    """A complete filing as a portal sends it."""
    content = base64.b64encode(make.PDF).decode()
    made: dict[str, Any] = {
        "item_code": make.WATER,
        "channel": "2",
        "applicant": {
            "kind": "company", "name": "示例科技有限公司", "paper_type": "001",
            "paper_number": make.COMPANY_CODES[0], "phone": "13800000000",
        },
        "answers": make.answers(),
        "materials": [
            {"code": make.REQUIRED[0], "paper": True},
            {"code": make.REQUIRED[1], "name": "论证报告.pdf", "content_base64": content},
        ],
    }  # fmt: skip
    return made | changes


def read(response: Any) -> dict[str, Any]:
    """The JSON of an answer."""
    assert response["Content-Type"] == "application/json", response.content[:300]
    found: dict[str, Any] = json.loads(response.content)
    return found


def files(*materials: dict[str, Any]) -> list[dict[str, Any]]:
    """The required materials on paper, and some more."""
    return [{"code": code, "paper": True} for code in make.REQUIRED] + list(materials)


@pytest.fixture
def portal(db: None) -> Machine:
    """A portal that files for others."""
    make.offer()
    return machine_of(make.window_clerk(), at=make.AT)


def test_a_filing_becomes_a_case_with_a_receipt_that_proves_it(portal: Machine) -> None:
    key = make.key()
    response = portal.post(CASES, body(), key)
    assert response.status_code == 201, response.content.decode()
    said = read(response)
    case, receipt = Case.objects.get(), said["receipt"]
    assert (said["replayed"], receipt["case_no"], receipt["case_id"]) == (False, case.number, str(case.pk))
    assert [(one["code"], one["bytes"]) for one in receipt["attachments"]] == [
        (make.REQUIRED[1], len(make.PDF))
    ]
    assert receipt["attachments"][0]["sha256"] == canonical.digest(make.PDF)
    assert receipt["fact_hash"] == facts_of(case.pk)[0].hash.hex()
    assert receipt["head"] == {"chain": "yichuang", "number": 0, "hash": "0" * 64, "at": None}
    content = portal.get(f"{CASES}/{case.number}/content").content
    assert canonical.digest(content) == receipt["content_sha256"]
    assert json.loads(content)["answers"]["contact_name"] == "张示例"
    signed = receipt.pop("signature")
    assert witness.verify(
        canonical.text(receipt).encode(),
        witness.Signature(signed["key_id"], signed["algorithm"], signed["value"]),
    )
    assert not Draft.objects.exists()


def test_the_same_key_yields_the_same_receipt_byte_for_byte_whatever_came_after(portal: Machine) -> None:
    key = make.key()
    first = portal.post(CASES, body(), key)
    portal.post(f"{CASES}/{read(first)['receipt']['case_no']}/accept", {}, make.key())
    again = [portal.post(CASES, body(), key) for _ in range(3)]
    assert {one.status_code for one in again} == {200}
    assert {one.content.replace(b'"replayed":true', b'"replayed":false') for one in again} == {first.content}
    looked_up = read(portal.get(f"/api/v1/keys/{key}"))
    assert looked_up == {"state": "done", "receipt": read(first)["receipt"]}
    assert Case.objects.count() == Application.objects.count() == FixedReceipt.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "3"},
        {"answers": {"annual_volume": "400.000"}},
        {"applicant": {"phone": "13900000000"}},
        {"materials": [{"code": code, "paper": True} for code in make.REQUIRED]},
    ],
    ids=lambda one: next(iter(one)),
)
def test_the_same_key_with_another_body_is_refused_whatever_differs(portal: Machine, change: Any) -> None:
    key, first = make.key(), body()
    number = read(portal.post(CASES, first, key))["receipt"]["case_no"]
    other = first | {
        name: first[name] | value if isinstance(value, dict) else value for name, value in change.items()
    }
    refused = portal.post(CASES, other, key)
    assert refused.status_code == 409
    assert number not in refused.content.decode()
    assert Case.objects.count() == 1


def test_somebody_elses_key_tells_nothing(portal: Machine) -> None:
    key = make.key()
    number = read(portal.post(CASES, body(), key))["receipt"]["case_no"]
    held = people.account_of(make.window_clerk()).post
    assert held is not None
    other = machine_of(people.staff("another", held), at=make.AT)
    fresh = other.get(f"/api/v1/keys/{make.key()}")
    assert other.get(f"/api/v1/keys/{key}").content == fresh.content == b'{"receipt":null,"state":"not_seen"}'
    for sent in (body(), body(channel="3")):
        refused = other.post(CASES, sent, key)
        assert refused.status_code == 404
        assert number not in refused.content.decode()
    assert Case.objects.count() == 1


def test_an_applicant_files_for_the_own_account_alone(db: None) -> None:
    make.offer()
    own = machine_of(make.applicant(), at=make.AT)
    content = base64.b64encode(make.PDF).decode()
    given = [{"code": code, "name": f"{code}.pdf", "content_base64": content} for code in make.REQUIRED]
    mine = body(materials=given)
    mine.pop("applicant")
    assert own.post(CASES, mine, make.key()).status_code == 201
    stranger = {
        "kind": "company",
        "name": "另一示例有限公司",
        "paper_type": "001",
        "paper_number": make.COMPANY_CODES[1],
    }
    assert own.post(CASES, body(materials=given, applicant=stranger), make.key()).status_code == 403
    assert own.post(CASES, body(), make.key()).status_code == 403, "no papers without a window"
    assert own.post(CASES, mine | {"channel": "1"}, make.key()).status_code == 403
    assert Case.objects.count() == 1


def test_everything_wrong_is_named_at_once_and_nothing_is_kept(portal: Machine) -> None:
    wrong = body(
        answers=make.answers(annual_volume="viel", contact_phone="1"),
        materials=[{"code": make.REQUIRED[1], "paper": True}],
        applicant={"kind": "company", "name": "新示例有限公司", "paper_type": "001", "paper_number": make.COMPANY_CODES[1]},
    )  # fmt: skip
    response = portal.post(CASES, wrong, make.key())
    assert response.status_code == 422
    assert {"answers.annual_volume", "answers.contact_phone", f"materials.{make.REQUIRED[0]}"} <= set(
        read(response)["fields"]
    )
    assert set(read(response)) == {"title", "how", "fields"}
    assert not Applicant.objects.filter(paper_number=make.COMPANY_CODES[1]).exists()
    assert not Case.objects.exists()


SHAPES: list[tuple[str, dict[str, Any], str]] = [
    ("an unknown field", {"surprise": 1}, "surprise"),
    ("an unknown field within", {"applicant": {"kind": "person", "sex": "f"}}, "applicant.sex"),
    ("no item", {"item_code": ""}, "item_code"),
    ("a channel that is none", {"channel": "9"}, "channel"),
    ("a number for a text", {"item_code": 7}, "item_code"),
    ("a list for an object", {"answers": []}, "answers"),
    ("an object as an answer", {"answers": {"contact_name": {}}}, "answers.contact_name"),
    ("a field the form does not have", {"answers": {"nickname": "x"}}, "answers.nickname"),
    ("materials that are no list", {"materials": {}}, "materials"),
    ("neither paper nor file", {"materials": [{"code": "x"}]}, "materials.0.name"),
    ("paper that is not", {"materials": [{"code": "x", "paper": False}]}, "materials.0.paper"),
    ("no base64", {"materials": files({"code": make.REQUIRED[0], "name": "a.pdf", "content_base64": "äö"})}, "materials.2.content_base64"),
    ("a program", {"materials": files({"code": make.REQUIRED[0], "name": "a.pdf", "content_base64": "TVqQAA=="})}, "materials.2.content_base64"),
    ("an unknown material", {"materials": [{"code": "gift", "paper": True}]}, "materials.gift"),
    ("an id that does not check", {"applicant": {"kind": "person", "name": "张示例", "paper_type": "111", "paper_number": "510100199001010014"}}, "applicant.paper_number"),
    ("the other kind's paper", {"applicant": {"kind": "person", "name": "张示例", "paper_type": "001", "paper_number": "1"}}, "applicant.paper_type"),
    ("nobody", {"applicant": None}, "applicant"),
]  # fmt: skip


def test_what_is_misshapen_is_named_by_its_place(portal: Machine) -> None:
    for what, change, place in SHAPES:
        response = portal.post(CASES, body(**change), make.key())
        assert response.status_code == 422, (what, response.content.decode())
        assert place in read(response)["fields"], (what, read(response))
    assert not Case.objects.exists()


RAW = [
    (b"", 415), (b"{", 400), (b"[]", 400), (b"null", 400), (b'"x"', 400), (b"\xff\xfe", 400), (b'{"a":NaN}', 400),
    (b'{"a":Infinity}', 400), (b'{"a":1,"a":2}', 400), (b'{"answers":{"x":1,"x":1}}', 400),
    (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", 400), (b'{"a":' + b"9" * 5000 + b"}", 400), (b'{"a":1e99999}', 422),
    (b'{"\\ud800":"\\udfff"}', 422), (b'{"a\\ud800":1,"a":2}', 400), (b"{}", 422), (b'{"item_code":"\\u0000"}', 422),
]  # fmt: skip


def test_bytes_that_are_no_filing_are_refused_without_a_fault(portal: Machine) -> None:
    for sent, status in RAW:
        assert portal.post(CASES, sent, make.key()).status_code == status, sent[:40]


def test_media_type_size_and_key_are_checked(portal: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert portal.post(CASES, body(), make.key(), **{"Content-Type": "text/plain"}).status_code == 415
    for key in (None, "short", "x" * 65, "spaces in it", "引号引号引号引号"):
        refused = portal.client.post(
            CASES, data=json.dumps(body()), content_type="application/json",
            headers={"Authorization": f"Bearer {portal.secret}"} | ({"Idempotency-Key": key} if key and key.isascii() else {}),
        )  # fmt: skip
        assert refused.status_code == 422
        assert "Idempotency-Key" in read(refused)["fields"]
    monkeypatch.setattr(api.read_body, "__kwdefaults__", {"limit": 1000})
    assert portal.post(CASES, body(), make.key()).status_code == 413
    assert not Case.objects.exists()


def test_signs_that_no_form_keeps_are_cleaned_alike(portal: Machine) -> None:
    sent = body(answers=make.answers(contact_name="张\x00示\ud800例\x07"), item_code=f" {make.WATER}\x00")
    receipt = read(portal.post(CASES, sent, make.key()))["receipt"]
    kept = json.loads(portal.get(f"{CASES}/{receipt['case_no']}/content").content)
    assert kept["answers"]["contact_name"] == "张示例"


def test_a_material_too_many_or_unknown_item_files_nothing(portal: Machine) -> None:
    assert portal.post(CASES, body(item_code="no-such-item"), make.key()).status_code == 404
    many = [{"code": make.REQUIRED[0], "name": f"{n}.pdf", "content_base64": "JVBERi0="} for n in range(31)]
    assert portal.post(CASES, body(materials=many), make.key()).status_code == 422
    assert not Case.objects.exists()


def test_the_window_files_only_what_it_is_authorised_for(portal: Machine) -> None:
    assert portal.post(CASES, body(channel="1"), make.key()).status_code == 201
    Authorisation.objects.all().delete()
    assert portal.post(CASES, body(channel="1"), make.key()).status_code == 403
    assert portal.post(CASES, body(channel="2"), make.key()).status_code == 201
    assert sorted(Case.objects.values_list("channel", flat=True)) == ["1", "2"]


def test_filing_takes_few_statements(portal: Machine) -> None:
    """Token with its account; applicant, item, the window's gate or divisions; the filing; after the commit its signature."""
    portal.post(CASES, body(), make.key())
    with sql.counting() as statements:
        assert portal.post(CASES, body(), make.key()).status_code == 201
    once = ("SAVEPOINT", "workdays_", "journal_ensure_quarter")
    own = [text for text in statements if not any(word in text for word in once)]
    assert len(own) == 6, own
    assert not any("SAVEPOINT" in text for text in statements if "journal_series" in text)


def test_cookies_count_for_nothing_and_tokens_for_nothing_elsewhere(db: None) -> None:
    make.offer()
    by = make.window_clerk()
    cookies = Client(enforce_csrf_checks=True)
    cookies.force_login(people.account_of(by), backend="django.contrib.auth.backends.ModelBackend")
    refused = cookies.post(
        CASES,
        data=json.dumps(body()),
        content_type="application/json",
        headers={"Idempotency-Key": make.key()},
    )
    assert refused.status_code == 401
    assert refused["WWW-Authenticate"] == 'Bearer realm="yichuang"'
    assert set(read(refused)) == {"title", "how", "fields"}
    _, secret = token_of(by, at=make.AT)
    page = Client().get("/desk", headers={"Authorization": f"Bearer {secret}"})
    assert page.status_code == 302
    own = Client(enforce_csrf_checks=True).post(
        CASES, data=json.dumps(body()), content_type="application/json",
        headers={"Idempotency-Key": make.key(), "Authorization": f"Bearer {secret}"},
    )  # fmt: skip
    assert own.status_code == 201, "a token needs no mark against forged forms"


def test_receipts_of_others_are_not_there(portal: Machine) -> None:
    number = read(portal.post(CASES, body(), make.key()))["receipt"]["case_no"]
    stranger = machine_of(make.stranger(), at=make.AT)
    elsewhere = machine_of(people.reviewer(people.department("林业厅", "129", "川林"), "forest"), at=make.AT)
    unknown = f"{CASES}/510000119-2022-999999"
    for machine in (stranger, elsewhere):
        for part in ("", "/content", "/receipt"):
            missing, hidden = machine.get(unknown + part), machine.get(f"{CASES}/{number}{part}")
            assert (hidden.status_code, hidden.content) == (404, missing.content), part
    for odd in ("%00", f"{number}%00", "9" * 65):
        for part in ("", "/content", "/receipt"):
            answer = portal.get(f"{CASES}/{odd}{part}")
            assert (answer.status_code, answer.content) == (404, missing.content), (odd, part)
    assert read(portal.get(f"{CASES}/{number}/receipt"))["receipt"]["case_no"] == number
    assert queries.receipt_by_code(number, "AAAAAAAAAAAAAAAA") is None
