"""Signatures of an issue: made after 签发 and kept once, shown to everybody, and a copy that was changed is found out."""

import base64
import hashlib
import io
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import gmssl.sm2
import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from yichuang.effects import jobs
from yichuang.effects.cli.signing import sign
from yichuang.effects.table import EFFECTS
from yichuang.gateways.files import FileStore
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.journal.queries import checked_facts, facts_of
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Missing, Refused
from yichuang.reports import queries
from yichuang.reports.cli.report import report as command
from yichuang.reports.commands.signing import NewSignature, keep_signatures
from yichuang.reports.flow import SIGNED, State
from yichuang.reports.models import FileSignature, Report
from yichuang.reports.queries.signatures import issued_as, issued_report, signatures_of, unsigned_issues
from yichuang.reports.render import SIGNED_PDF, Format, sign_issue
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_commands_past import stored, text_of_issue_24

pytestmark = pytest.mark.django_db
FORMS = [*(str(form) for form in Format), SIGNED_PDF]


@pytest.fixture(autouse=True)
def places(settings: Any, tmp_path: Path) -> None:
    """Files and keys of its own."""
    settings.FILES_DIR, settings.VAR_DIR = tmp_path / "files", tmp_path / "var"


def signed(report: Report | None = None) -> tuple[Report, list[FileSignature]]:
    """An issue whose files are signed."""
    chinese_fonts()
    report = report or make.issued()
    return report, sign_issue(report, by=SYSTEM, at=make.ISSUE_AT)


def content_of(kept: FileSignature, settings: Any) -> bytes:
    return FileStore(settings.FILES_DIR).read(kept.sha256)


def made_up(form: str = "txt", **changes: Any) -> NewSignature:
    """A signature for the command, which does not look into files."""
    values: dict[str, Any] = {
        "form": form, "sha256": "0" * 64, "sm3": "1" * 64, "size": 1, "signature": "c2ln", "public_key": "key",
        "key_id": "id",
    }  # fmt: skip
    return NewSignature(**(values | changes))


def test_every_file_is_kept_with_its_digests_and_a_signature_that_others_accept(settings: Any) -> None:
    _, kept = signed()
    assert [each.form for each in kept] == FORMS
    for each in kept:
        content = content_of(each, settings)
        assert hashlib.sha256(content).hexdigest() == each.sha256
        assert each.size == len(content)
        point = base64.b64decode("".join(each.public_key.splitlines()[1:-1]))[-64:].hex()
        other = gmssl.sm2.CryptSM2(private_key="", public_key=point, asn1=True)
        assert other.verify_with_sm3(base64.b64decode(each.signature).hex(), content)
    assert [bool(each.certificate) for each in kept] == [form == SIGNED_PDF for form in FORMS]


def test_the_signed_pdf_validates_and_holds_the_issued_pages(settings: Any) -> None:
    _, kept = signed()
    by_form = {each.form: each for each in kept}
    content = content_of(by_form[SIGNED_PDF], settings)
    assert content.startswith(content_of(by_form["pdf"], settings))
    roots = list(load_certs_from_pemder_data(by_form[SIGNED_PDF].certificate.encode()))
    status = validate_pdf_signature(
        PdfFileReader(io.BytesIO(content)).embedded_signatures[0],
        signer_validation_context=ValidationContext(trust_roots=roots, allow_fetching=False),
    )
    assert status.bottom_line


def test_signing_twice_changes_nothing_and_leaves_one_fact() -> None:
    report, first = signed()
    _, second = signed(report)
    assert [each.pk for each in second] == [each.pk for each in first]
    facts = [fact for fact in facts_of(report.id) if fact.kind == SIGNED]
    assert [fact.data["files"] for fact in facts] == [{each.form: each.sha256 for each in first}]
    assert all(fact.sound for fact in checked_facts(report.id))


def test_who_comes_second_gets_what_the_first_kept() -> None:
    """Two jobs at once: the row is held, the second finds the rows of the first."""
    report = make.issued()
    first = keep_signatures(report.id, [made_up()], by=SYSTEM, at=make.ISSUE_AT)
    second = keep_signatures(report.id, [made_up(sha256="2" * 64)], by=SYSTEM, at=make.ISSUE_AT)
    assert [each.sha256 for each in second] == [each.sha256 for each in first] == ["0" * 64]


@pytest.mark.parametrize("state", [state for state in State if state not in (State.ISSUED, State.PRINTED)])
def test_a_draft_is_not_signed(state: State) -> None:
    report = make.in_state(state)
    with pytest.raises(Conflict, match="签发"):
        keep_signatures(report.id, [made_up()], by=SYSTEM, at=make.ISSUE_AT)
    with pytest.raises(Missing):
        issued_report(report.id)


def test_a_past_report_is_not_signed_by_us() -> None:
    past = Report.objects.get(pk=stored(text_of_issue_24()).id)
    with pytest.raises(Conflict, match="往期"):
        sign_issue(past, by=SYSTEM, at=make.ISSUE_AT)
    with pytest.raises(Conflict):
        keep_signatures(past.id, [made_up()], by=SYSTEM, at=make.ISSUE_AT)


def test_only_who_issues_or_the_platform_signs() -> None:
    report = make.issued()
    with pytest.raises(Refused):
        keep_signatures(report.id, [made_up()], by=make.editor(), at=make.ISSUE_AT)
    assert keep_signatures(report.id, [made_up()], by=make.leader(), at=make.ISSUE_AT)


def test_without_a_file_nothing_is_signed() -> None:
    with pytest.raises(Conflict, match="没有可以签名的文件"):
        keep_signatures(make.issued().id, [], by=SYSTEM, at=make.ISSUE_AT)


def test_the_database_keeps_a_signature_as_it_was_made() -> None:
    report = make.issued()
    keep_signatures(report.id, [made_up()], by=SYSTEM, at=make.ISSUE_AT)
    for change in (
        lambda: FileSignature.objects.update(sha256="3" * 64),
        lambda: FileSignature.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="kept for ever"), transaction.atomic():
            change()


@pytest.mark.parametrize(
    "wrong",
    [[made_up(), made_up()], [made_up(sha256="x" * 64)], [made_up(size=0)], [made_up(signature="")]],
    ids=["twice", "no digest", "empty file", "no signature"],
)
def test_the_database_refuses_what_is_no_signature(wrong: Sequence[NewSignature]) -> None:
    report = make.issued()
    with pytest.raises(IntegrityError), transaction.atomic():
        keep_signatures(report.id, wrong, by=SYSTEM, at=make.ISSUE_AT)


def test_what_follows_from_issuing_is_the_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    chinese_fonts()
    report = make.issued()
    # In the worker a process of its own does it, which does not see what this test has not committed.
    monkeypatch.setattr(jobs, "sign_apart", sign)
    assert jobs.sign_report in EFFECTS["report.issued"]
    assert unsigned_issues() == [report.slug]
    for _ in range(2):
        jobs.sign_report([[str(report.id), 1]])
    assert len(signatures_of(report.id)) == len(FORMS)
    assert unsigned_issues() == []


def test_files_for_download_are_the_signed_ones_byte_for_byte(client: Client, settings: Any) -> None:
    report, kept = signed()
    for each in kept:
        answer = client.get(f"/reports/{report.slug}/download.{each.form}")
        assert hashlib.sha256(answer.content).hexdigest() == each.sha256
        assert answer["X-Content-Type-Options"] == "nosniff"
    assert "%E5%B7%B2%E7%AD%BE%E5%90%8D" in answer["Content-Disposition"]
    assert answer["Content-Type"] == "application/pdf"


def verify(client: Client, report: Report, **post: Any) -> str:
    address = f"/reports/{report.slug}/verify"
    answer = client.post(address, post) if post else client.get(address)
    assert answer.status_code == (200 if post or answer.status_code == 200 else 0)
    return answer.content.decode()


def upload(content: bytes, name: str = "周报.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_the_page_shows_number_day_digests_and_that_all_holds(client: Client) -> None:
    make.work()
    report, kept = signed()
    page = verify(client, report)
    assert "2022年第1期（总第376期）" in page
    assert "2022年5月20日" in page
    for each in kept:
        assert each.sha256 in page
        assert each.sm3 in page
    assert page.count("签名有效") == len(kept)
    assert kept[0].key_id in page
    assert "一致" in page
    assert f"/reports/{report.slug}/verify" in client.get(f"/reports/{report.slug}").content.decode()


def test_before_signing_the_page_says_so(client: Client) -> None:
    assert "文件还没有签名" in verify(client, make.issued())


def test_a_past_report_and_an_unknown_one_have_no_page(client: Client) -> None:
    slug = stored(text_of_issue_24()).slug
    answer = client.get(f"/reports/{slug}/verify")
    assert answer.status_code == 404
    assert "不是本平台签发" in answer.content.decode()
    assert client.get("/reports/2022-99/verify").status_code == 404


def test_an_issued_file_is_recognised_in_every_form(client: Client, settings: Any) -> None:
    report, kept = signed()
    for each in kept:
        page = verify(client, report, file=upload(content_of(each, settings)))
        assert "是本期签发的文件" in page
        assert "逐字节相同，签名有效" in page


@pytest.mark.parametrize("form", FORMS)
def test_one_changed_byte_is_found(client: Client, settings: Any, form: str) -> None:
    report, kept = signed()
    content = bytearray(content_of(next(each for each in kept if each.form == form), settings))
    content[len(content) // 2] ^= 1
    page = verify(client, report, file=upload(bytes(content)))
    assert "不是本期签发的文件" in page
    assert "签名有效。" not in page
    if form == SIGNED_PDF:
        assert "PDF 里的签名不成立" in page


def test_a_file_of_another_issue_leads_there(client: Client, settings: Any) -> None:
    first, kept = signed()
    later = make.LAST + timedelta(days=3), make.LAST + timedelta(days=5)
    second, _ = signed(make.issued(*later, at=make.ISSUE_AT + timedelta(days=2)))
    page = verify(client, second, file=upload(content_of(kept[0], settings)))
    assert "不是本期的文件" in page
    assert f'href="/reports/{first.slug}/verify"' in page


def test_pasted_text_is_the_issued_one_or_only_says_the_same(client: Client, settings: Any) -> None:
    report, kept = signed()
    text = content_of(next(each for each in kept if each.form == "txt"), settings).decode()
    assert "是本期签发的文件" in verify(client, report, text=text.replace("\n", "\r\n"))
    assert "文字相同，但不是签发的文件" in verify(client, report, text=text.replace("\n", "\n\n"))
    changed = verify(client, report, text=text.replace("受理", "办理"))
    assert "不是本期签发的文件" in changed
    assert "办理" in changed


def test_nothing_given_is_told_and_a_giant_is_not_read(client: Client) -> None:
    report = make.issued()
    assert client.post(f"/reports/{report.slug}/verify", {"text": " "}).status_code == 422
    giant = upload(b"x" * (20 * 1024 * 1024 + 1))
    answer = client.post(f"/reports/{report.slug}/verify", {"file": giant})
    assert answer.status_code == 422
    assert "文件太大" in answer.content.decode()


def test_a_kept_file_that_was_changed_on_the_disk_is_shown_as_damaged(client: Client, settings: Any) -> None:
    report, kept = signed()
    digest = kept[0].sha256
    (Path(settings.FILES_DIR) / digest[:2] / digest[2:4] / digest).write_bytes(b"something else")
    page = verify(client, report)
    assert page.count("文件缺失或已损坏") == 1
    assert page.count("签名有效") == len(kept) - 1
    assert client.get(f"/reports/{report.slug}/download.{kept[0].form}").status_code == 503


def test_words_that_were_typed_cannot_run(client: Client) -> None:
    page = verify(client, make.issued(), text="<script>alert(1)</script>")
    assert "<script>alert(1)" not in page


def test_the_page_asks_the_database_the_same_whatever_is_signed(client: Client) -> None:
    report, _ = signed()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        verify(client, report)
    assert len(captured) <= 6, [each["sql"][:90] for each in captured]


def run(*arguments: str) -> tuple[int, str, str]:
    made = CliRunner().invoke(command, list(arguments))
    return made.exit_code, made.stdout, made.stderr


def test_the_command_line_signs_and_verifies(tmp_path: Path, settings: Any) -> None:
    chinese_fonts()
    report = make.issued()
    assert run("sign")[0] == 0
    assert run("sign", str(report.slug))[0] == 0
    kept = signatures_of(report.id)
    good, bad = tmp_path / "good.ofd", tmp_path / "bad.ofd"
    content = content_of(next(each for each in kept if each.form == "ofd"), settings)
    good.write_bytes(content)
    bad.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    code, out, err = run("verify", str(good), "--json")
    assert (code, json.loads(out)["number"], json.loads(out)["valid"]) == (0, report.slug, True)
    assert "SM2 签名有效" in err
    code, out, err = run("verify", str(bad), "--json")
    assert (code, json.loads(out)["issued"], json.loads(out)["valid"]) == (1, False, False)
    assert "被改动过" in err


def test_a_wrong_call_on_the_command_line_is_told(tmp_path: Path) -> None:
    assert run("verify", str(tmp_path / "nothing"))[0] == 2
    assert run("sign", "2022-99")[0] == 1


def test_a_row_whose_signature_is_false_does_not_hold(tmp_path: Path) -> None:
    """A row put in beside the platform: the digest fits, the signature does not."""
    chinese_fonts()
    report = make.issued(date(2022, 5, 5), date(2022, 5, 13))
    content = b"not what was issued"
    _, kept = signed(make.issued(date(2022, 5, 16), date(2022, 5, 18)))
    fake = made_up(
        sha256=hashlib.sha256(content).hexdigest(),
        signature=kept[0].signature,
        public_key=kept[0].public_key,
        sm3="0" * 64,
    )
    keep_signatures(report.id, [fake], by=SYSTEM, at=make.ISSUE_AT)
    (tmp_path / "fake.txt").write_bytes(content)
    code, _, err = run("verify", str(tmp_path / "fake.txt"))
    assert code == 1
    assert "签名无效" in err
    assert issued_as(fake.sha256) is not None
    assert queries.published_report(str(report.slug)).id == report.id
