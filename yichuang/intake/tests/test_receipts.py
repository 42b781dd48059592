"""The receipt: fixed with the filing, signed once, checked by anybody who holds it, and each forgery named."""

import json
import re
from uuid import UUID

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from yichuang.gateways.signing import witness
from yichuang.intake import commands, queries
from yichuang.intake.models import Draft, FixedReceipt, ReceiptSignature
from yichuang.intake.pages.signed import kept_receipt, signed_receipt
from yichuang.intake.queries.receipt_checks import check_receipt
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.journal.commands import seal, take
from yichuang.journal.queries import facts_of, head
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import SYSTEM


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def filed() -> tuple[UUID, str]:
    """A case filed online with its receipt signed; its id and the address of the check."""
    by = make.applicant()
    done = commands.file_draft(make.complete(by).pk, key=make.key(), by=by, at=make.AT)
    found = signed_receipt(done.case_id)
    return done.case_id, str(found.body["verify_url"])


def page(address: str) -> str:
    response = Client().get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.django_db
def test_a_genuine_receipt_is_said_to_be_genuine_and_tells_nothing_about_anybody() -> None:
    case_id, address = filed()
    seal(take(100), at=make.AT)
    text = page(address)
    assert "这份回执是真的" in text
    assert "已封入第 1 号封账" in text
    number = queries.fixed_receipt(case_id).body["case_no"]  # type: ignore[union-attr]
    assert number in text
    for secret in (
        "示例科技",
        "张示例",
        "13800000000",
        make.COMPANY_CODES[0],
        "取水",
        "示例河",
        str(case_id),
    ):
        assert secret not in text
    proof = Client().get(
        text.partition('href="/journal/proofs/')[2].join(["/journal/proofs/", ""]).partition('"')[0]
    )
    assert proof.status_code == 200


@pytest.mark.django_db
def test_before_the_seal_and_after_later_steps_it_is_genuine_too() -> None:
    made = make.asked_to_correct()
    address = str(signed_receipt(made.case_id).body["verify_url"])
    assert "还没有封账" in page(address)
    commands.answer_correction(
        made.case_id, answers={"annual_volume": "400"}, materials=[], note="", key=make.key(), by=make.applicant(), at=make.AT,
    )  # fmt: skip
    text = page(address)
    assert "这份回执是真的" in text, "what a correction replaced is still proved"
    assert "收件" in text


@pytest.mark.django_db
def test_a_wrong_number_and_a_wrong_code_look_the_same() -> None:
    _, address = filed()
    number, code = address.split("/")[2:]
    other = signed_receipt(make.filed(make.stranger()).case_id).body["verify_url"].split("/")[3]
    wrong = [f"/receipts/{number}/{other}", f"/receipts/{number}/{'A' * 16}", f"/receipts/510000119-2022-999999/{code}",
             f"/receipts/{number}/{code[:-1]}", f"/receipts/{number}/x%00", f"/receipts/{number}/{'A' * 500}"]  # fmt: skip
    told = [Client().get(one).content.decode().partition("<main")[2] for one in wrong]
    main = {
        text.replace(one.replace("%00", "\x00"), "").replace(one, "")
        for text, one in zip(told, wrong, strict=True)
    }
    assert len(main) == 1
    assert all(Client().get(one).status_code == 404 for one in wrong)
    assert "这份回执是真的" in page(f"/receipts/{number}/{code.lower()}")


@pytest.mark.django_db
def test_the_text_can_be_taken_home_and_checked_without_us() -> None:
    _, address = filed()
    said = json.loads(Client().get(f"{address}/receipt.json").content)
    signature = said.pop("signature")
    keys = json.loads(Client().get("/journal/keys.json").content)["keys"]
    public = next(one["public"] for one in keys if one["key_id"] == signature["key_id"])
    assert witness.holds(canonical.text(said).encode(), signature["value"], public)
    assert not witness.holds(canonical.text(said | {"case_no": "1"}).encode(), signature["value"], public)
    other = "B" if address.endswith("A") else "A"
    assert Client().get(f"{address[:-1]}{other}/receipt.json").status_code == 404


@pytest.mark.django_db
def test_a_receipt_that_was_not_signed_is_signed_when_first_shown_and_stays_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = make.filed()
    assert not ReceiptSignature.objects.exists()
    first = signed_receipt(done.case_id)
    monkeypatch.setattr(witness, "sign", lambda message: witness.Signature("new", "ed25519", "00"))
    assert signed_receipt(done.case_id) == first
    commands.keep_signature(done.case_id, witness.sign(b""))
    assert signed_receipt(done.case_id) == first
    assert kept_receipt(UUID(int=1)) is None


@pytest.mark.django_db
def test_what_cannot_be_signed_is_not_filed(monkeypatch: pytest.MonkeyPatch) -> None:
    by = make.applicant()
    draft = make.complete(by)
    form = {"client_key": make.key(), "declared": "yes", "edit": Draft.objects.get(pk=draft.pk).edit}

    def broken() -> None:
        raise OSError("the key cannot be read")

    with monkeypatch.context() as without:
        without.setattr(witness, "require_key", broken)
        with pytest.raises(OSError, match="key"):
            browser(by).post(reverse("draft-file", args=[draft.pk]), form)
    assert not FixedReceipt.objects.exists()
    assert browser(by).post(reverse("draft-file", args=[draft.pk]), form).status_code == 302
    assert FixedReceipt.objects.count() == 1


@pytest.mark.django_db
def test_the_receipt_is_canonical_and_says_number_hash_and_head_of_its_own_filing() -> None:
    """The statement puts them in; nothing that somebody typed can be taken for their places."""
    first = queries.fixed_receipt(make.filed().case_id)
    seal(take(100), at=make.AT)
    second = queries.fixed_receipt(make.filed(make.stranger()).case_id)
    assert first is not None
    assert second is not None
    for one in (first, second):
        assert canonical.text(one.body) == one.text
        fact = facts_of(one.case_id)[0]
        assert (one.body["case_no"], one.body["fact_hash"]) == (fact.number, fact.hash.hex())
        assert one.body["case_no"] in one.body["verify_url"]
        assert canonical.digest(queries.filed_content(one.case_id, by=SYSTEM)) == one.content_sha256
    found = head()
    assert first.body["head"]["number"] == 0
    assert second.body["head"] == {
        "chain": "yichuang", "number": found.number, "hash": found.chain, "at": canonical.text(found.at).strip('"')
    }  # fmt: skip


@pytest.mark.django_db
def test_from_the_number_to_the_commit_there_is_one_statement() -> None:
    """Whatever came after it would be waited for by everybody who files in the same series."""
    draft = make.complete(make.applicant())
    make.filed(make.stranger())
    with sql.counting() as statements:
        commands.file_draft(draft.pk, key=make.key(), by=make.applicant(), at=make.AT)
    after = [text for text in statements if not text.startswith(("SAVEPOINT", "RELEASE"))]
    assert "journal_series" in after[-1]
    assert [text for text in after if "journal_series" in text] == [after[-1]]


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["intake_receipt", "intake_receipt_signature"])
@pytest.mark.parametrize("what", ["update {} set case_id = case_id", "delete from {}", "truncate {}"])
def test_the_application_cannot_change_what_was_handed_out(table: str, what: str) -> None:
    filed()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        sql.execute(what.format(table))


@pytest.mark.django_db
def test_the_printed_receipt_carries_digests_and_the_square_that_leads_to_the_check() -> None:
    case_id, address = filed()
    site = browser(make.applicant())
    text = site.get(reverse("receipt", args=[case_id])).content.decode()
    found = queries.fixed_receipt(case_id)
    assert found is not None
    assert found.signature is not None
    for shown in (found.content_sha256, found.body["fact_hash"], found.signature.value_hex, address):
        assert shown in text
    assert "核验本回执的二维码" in text


def forged(owner: str, *statements: str) -> None:
    """What somebody with the database in hand may do."""
    connection.close()
    with psycopg.connect(owner, autocommit=True) as own:
        for statement in statements:
            own.execute(statement)


FORGERIES: dict[str, tuple[str, str]] = {
    "an answer edited": ("提交内容", "update intake_application set answers = replace(answers, '438.000', '999.000')"),
    "a file swapped": ("提交内容", "update intake_material set sha256 = repeat('0', 64)"),
    "a file added": (
        "提交内容",
        "insert into intake_material select distinct on (case_id) case_id, gen_random_uuid(), 0, code, name, kind, size, sha256, added_at from intake_material",
    ),
    "the fact edited": ("办理记录", "update journal_fact set data = '{}'"),
    "the fact recomputed": ("办理记录", "update journal_fact set hash = sha256('x')"),
    "the number changed": ("编号", "update cases_case set number = '510000119-2022-777777'"),
    "the receipt rewritten": ("签名", "update intake_receipt set body = replace(body, '2022-05-16', '2022-05-17')"),
    "the signature replaced": ("签名", "update intake_receipt_signature set value = repeat('ab', 64)"),
    "the signature of an unknown key": ("签名", "update intake_receipt_signature set key_id = 'another'"),
    "the heads recomputed": ("收件时的账头", "update journal_seal set chain = repeat('0', 64) where number = 1"),
}  # fmt: skip


def test_each_forgery_is_named_and_nothing_else(committed: dict[str, str]) -> None:
    make.filed(make.stranger())
    seal(take(100), at=make.AT)
    _, address = filed()
    seal(take(100), at=make.AT)
    assert "这份回执是真的" in page(address)
    tables = (
        "intake_application",
        "intake_material",
        "journal_fact",
        "cases_case",
        "intake_receipt",
        "intake_receipt_signature",
        "journal_seal",
    )
    forged(committed["owner"], *(f"create table kept_{one} as table {one}" for one in tables))
    for what, (named, statement) in FORGERIES.items():
        forged(committed["owner"], statement)
        text = page(address)
        assert "没有通过核验" in text, what
        assert bad(text) == [named], what
        forged(committed["admin"], *(undo(one) for one in tables))
        assert "这份回执是真的" in page(address), what


def undo(table: str) -> str:
    return f"begin; set local session_replication_role = replica; delete from {table}; insert into {table} select * from kept_{table}; commit"


def bad(text: str) -> list[str]:
    """The checks that did not hold, as the page names them."""
    rows = text.partition("<tbody")[2].partition("</tbody>")[0].split("<tr")[1:]
    return [
        re.sub(r"<[^>]+>", "", row.partition("<div>")[2].partition("</div>")[0])
        for row in rows
        if "不一致" in row
    ]


@pytest.mark.django_db
def test_destroyed_content_raises_no_alarm() -> None:
    case_id, address = filed()
    sql.execute(
        "update intake_application set answers = '{}', salt = '' where case_id = %(id)s", {"id": case_id}
    )
    text = page(address)
    assert "已依法删除" in text
    assert "这份回执是真的" in text


@pytest.mark.django_db
def test_checking_takes_few_statements() -> None:
    case_id, _ = filed()
    found = queries.fixed_receipt(case_id)
    assert found is not None
    with sql.counting() as statements:
        check_receipt(found)
    assert len(statements) <= 7
