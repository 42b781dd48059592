"""Filing by machines: POST /api/v1/cases, what a key stands for, and what exactly was filed."""

import base64
import binascii
import hashlib
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from yichuang.cases.api import case_id_of, listing
from yichuang.cases.flow import Channel
from yichuang.directory.commands import ApplicantForm
from yichuang.directory.flow import ApplicantKind, PaperType
from yichuang.intake import commands, queries
from yichuang.intake.commands import DirectFiling, NewFile
from yichuang.intake.flow import MOST_MATERIALS
from yichuang.intake.pages.drafting import file_name, keep_file
from yichuang.intake.pages.signed import require_signing_key, shown_receipt, sign_receipt
from yichuang.kernel import canonical
from yichuang.kernel.api import KEY, Reader, answer, idempotency_key, machine, read_body
from yichuang.kernel.errors import Invalid
from yichuang.kernel.web import Request, clean_text, signed_in

PAPER_TYPES = {ApplicantKind.PERSON: PaperType.RESIDENT_ID, ApplicantKind.COMPANY: PaperType.CREDIT_CODE}


@machine
@signed_in
@require_http_methods(["GET", "POST"])
def cases(request: Request) -> HttpResponse:
    """The list of cases that one may see, or a filing."""
    return listing(request) if request.method == "GET" else _file(request)


def _file(request: Request) -> HttpResponse:
    """File a case: 201 with its receipt, 200 with the same receipt where the key stands for it already."""
    key = idempotency_key(request)
    body = Reader(read_body(request))
    filing, hash_ = _filing(body)
    require_signing_key()
    done = commands.file_directly(filing, key=key, body_hash=hash_, by=request.by, at=request.at)
    receipt = sign_receipt(done.fixed).shown() if done.fixed else shown_receipt(done.case_id)
    return answer({"receipt": receipt, "replayed": done.replayed}, 200 if done.replayed else 201)


def _filing(body: Reader) -> tuple[DirectFiling, str]:
    """What was sent, and the hash that the key stands for: of the whole body, files by their digests."""
    item = body.text("item_code", required=True, limit=64)
    channel = body.choice("channel", Channel)
    applicant = _applicant(body)
    answers = read_answers(body)
    papers, sent = _materials(body)
    body.done()
    files, digests = kept_files(sent)
    hashed: dict[str, Any] = {**body.data, "materials": [[*sorted(papers)], digests]}
    filing = DirectFiling(item, Channel(channel), applicant, answers, papers, files)
    return filing, canonical.digest(canonical.text(hashed))


def _applicant(body: Reader) -> ApplicantForm | None:
    if body.data.get("applicant") is None:
        body.known.add("applicant")
        return None
    given = body.inside("applicant")
    kind = given.choice("kind", ApplicantKind)
    name = given.text("name", required=True, limit=200)
    paper = given.choice("paper_type", PaperType)
    number = given.text("paper_number", required=True, limit=40)
    phone = given.text("phone", limit=40)
    if kind in set(ApplicantKind) and paper != PAPER_TYPES[ApplicantKind(kind)]:
        given.wrong.setdefault("applicant.paper_type", "个人用 111（身份证），单位用 001（统一社会信用代码）")
    given.close()
    return ApplicantForm(ApplicantKind(kind), name, number, phone) if kind in set(ApplicantKind) else None


def read_answers(body: Reader) -> dict[str, object]:
    """Answers as a form would post them: texts, numbers, lists of texts. Anything deeper is refused."""
    found: dict[str, object] = {}
    for code, value in body.table("answers").items():
        simple = value is None or isinstance(value, str | int | Decimal)
        if simple or (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            found[code] = _spelled(value)
        else:
            body.wrong.setdefault(f"answers.{clean_text(code, limit=64)}", "应为文字、数字或者文字的列表")
    return found


def _spelled(value: Any) -> object:
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    return value if isinstance(value, list | int | str) else str(value)


def _materials(body: Reader) -> tuple[list[str], list[tuple[str, str, str, str]]]:
    """Codes of papers, and of every file (code, name, content in base64, where it stands)."""
    papers, files = [], []
    for one in body.lines("materials", limit=MOST_MATERIALS):
        code = one.text("code", required=True, limit=64)
        if one.data.get("paper") is not None:
            if one.flag("paper"):
                papers.append(code)
            else:
                one.wrong.setdefault(f"{one.where}paper", "纸质材料写 true，电子文件不写这一项")
        else:
            name = one.text("name", required=True, limit=300)
            files.append((code, name, file_content(one), one.where))
        one.close()
    return papers, files


def file_content(one: Reader) -> str:
    """The content of a file in base64; empty, and named, where it is absent."""
    one.known.add("content_base64")
    content = one.data.get("content_base64")
    if isinstance(content, str) and content:
        return content
    one.wrong.setdefault(f"{one.where}content_base64", "应为文件内容的 base64 文本")
    return ""


def kept_files(sent: list[tuple[str, str, str, str]]) -> tuple[list[tuple[str, NewFile]], list[list[str]]]:
    """Every file checked by its content and kept in the store, before anything is written. Raises Invalid."""
    wrong: dict[str, str] = {}
    kept: list[tuple[str, NewFile]] = []
    digests: list[list[str]] = []
    for code, name, content, where in sent:
        try:
            data = base64.b64decode(content, validate=True)
            _check_size(data)
            file = keep_file(file_name(name), data)
            kept.append((code, file))
            digests.append([code, file.name, hashlib.sha256(data).hexdigest()])
        except (binascii.Error, ValueError):
            wrong[f"{where}content_base64"] = "不是有效的 base64 文本"
        except Invalid as problem:
            wrong[f"{where}content_base64"] = f"{problem.message}{problem.how}"
    if wrong:
        raise Invalid("材料有误。", how="请按 fields 中的说明改正后重新提交。", fields=wrong)
    return kept, digests


def _check_size(data: bytes) -> None:
    if len(data) > settings.UPLOAD_LIMIT_BYTES:
        raise Invalid(
            f"文件超过 {settings.UPLOAD_LIMIT_BYTES >> 20} MB。", how="请降低扫描清晰度，或者分成几个文件。"
        )


@machine
@signed_in
@require_GET
def key_state(request: Request, key: str) -> HttpResponse:
    """What a key stands for: done with its receipt, or not seen. Somebody else's key looks like one never seen."""
    found = queries.receipt_by_key(key, by=request.by) if KEY.fullmatch(key) else None
    if found is None:
        return answer({"state": "not_seen", "receipt": None})
    return answer({"state": "done", "receipt": shown_receipt(found.case_id)})


@machine
@signed_in
@require_GET
def content(request: Request, number: str) -> HttpResponse:
    """Exactly what was filed, as the text whose SHA-256 stands on the receipt; for whoever may see the case."""
    case_id = case_id_of(request, number)
    made = HttpResponse(queries.filed_content(case_id, by=request.by), content_type="application/json")
    made["Cache-Control"] = "no-store"
    return made


@machine
@signed_in
@require_GET
def receipt(request: Request, number: str) -> HttpResponse:
    """The receipt of a case that the actor may see."""
    case_id = case_id_of(request, number)
    queries.receipt(case_id, by=request.by)
    return answer({"receipt": shown_receipt(case_id)})
