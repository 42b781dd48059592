"""Whether a file is the issued one: digests and signatures of an issue for everybody, and a check of one's own copy."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from yichuang.gateways.signing import pdf as pdf_signature
from yichuang.journal.queries import checked_seal
from yichuang.kernel.errors import Invalid, Missing, Problem, Unavailable
from yichuang.kernel.web import Request, public
from yichuang.reports import queries
from yichuang.reports.models import FileSignature, Report
from yichuang.reports.pages.common import FORMATS, show
from yichuang.reports.queries.signatures import issued_as, signatures_of
from yichuang.reports.render import SIGNED_PDF, Format, official, report_txt, signature_holds, store
from yichuang.reports.rules.document import Document

MEGABYTES = 20
# What people keep comes first.
_ORDER = (SIGNED_PDF, *(str(form) for form, _ in FORMATS))
_LABELS = {str(form): label for form, label in FORMATS} | {SIGNED_PDF: "PDF（文件内签名）"}


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of the issue: what was kept, and whether its signatures hold now."""

    kept: FileSignature
    label: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer about one copy, in words."""

    tone: str
    title: str
    words: str
    slug: str = ""


@public
@require_http_methods(["GET", "POST"])
def verify(request: Request, slug: str) -> HttpResponse:
    """Number, day, digests and signatures of an issue; a post checks a file or a pasted text against it."""
    report = queries.published_report(slug)
    if report.imported:
        raise Missing("往期周报不是本平台签发的，没有签名。", how="可以在周报页面查看按原文录入的内容。")
    document = queries.issued_document(report)
    verdict: Verdict | None = None
    problem: Problem | None = None
    pasted = request.POST.get("text", "")[: MEGABYTES * 100_000]
    if request.method == "POST":
        try:
            verdict = _judged(request, pasted, report, document)
        except Problem as found:
            problem = found
    return show(request, "verify", _context(report, document) | {"verdict": verdict, "text": pasted}, problem)


def issued_file(document: Document, kept: FileSignature) -> HttpResponse:
    """A kept file of an issue, byte for byte. Raises Unavailable where the store has lost or changed it."""
    inside = kept.form == SIGNED_PDF
    media = Format.PDF.media_type if inside else Format(kept.form).media_type
    name = official(document).name.replace(" ", "")
    file_name = f"{name}（已签名）.pdf" if inside else f"{name}.{kept.form}"
    response = HttpResponse(store().read(kept.sha256), content_type=media)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file_name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _context(report: Report, document: Document) -> dict[str, object]:
    files = sorted(
        (_row(kept) for kept in signatures_of(report.id)), key=lambda row: _ORDER.index(row.kept.form)
    )
    seal = checked_seal(report.snapshot.seal) if report.snapshot else None
    return {
        "report": report,
        "document": document,
        "files": files,
        "key_id": files[0].kept.key_id if files else "",
        "public_key": files[0].kept.public_key if files else "",
        "signed_at": files[0].kept.at if files else None,
        "seal": seal,
        "seal_sound": seal is not None and seal.root_sound and seal.chain_sound and seal.facts_sound,
        "megabytes": MEGABYTES,
    }


def _row(kept: FileSignature) -> FileRow:
    label = _LABELS.get(kept.form, kept.form)
    try:
        holds = signature_holds(kept, store().read(kept.sha256))
    except (Missing, Unavailable):
        return FileRow(kept, label, "文件缺失或已损坏", "bad")
    return FileRow(kept, label, "签名有效" if holds else "签名无效", "good" if holds else "bad")


def _judged(request: Request, pasted: str, report: Report, document: Document) -> Verdict:
    upload = request.FILES.get("file")
    if upload is not None:
        if (upload.size or 0) > MEGABYTES * 1024 * 1024:
            raise Invalid(
                "文件太大，不会是本期的文件。", fields={"file": f"最大 {MEGABYTES} MB，请选择下载的周报文件"}
            )
        return judge(upload.read(), report, document)
    if pasted.strip():
        return judge((pasted.replace("\r\n", "\n").rstrip("\n") + "\n").encode(), report, document)
    raise Invalid("请选择文件，或者粘贴文字。", fields={"file": "请选择要核验的文件，或者在下面粘贴文字"})


def judge(content: bytes, report: Report, document: Document) -> Verdict:
    """What a copy is: an issued file of this issue, of another one, this issue's words only, or neither."""
    kept = issued_as(hashlib.sha256(content).hexdigest())
    if kept is not None and kept.report_id == report.id:
        label = _LABELS.get(kept.form, kept.form)
        if signature_holds(kept, content):
            return Verdict("good", "是本期签发的文件", f"与签发的 {label} 逐字节相同，签名有效。")
        return Verdict("bad", "签名无效", f"与登记的 {label} 相同，但签名不成立，请联系审计人员核查。")
    if kept is not None:
        return Verdict(
            "warn", "不是本期的文件", "这是另一期签发的文件，请到那一期核验：", slug=str(kept.report.slug)
        )
    if _words(content) == _words(report_txt(official(document)).encode()):
        return Verdict(
            "warn",
            "文字相同，但不是签发的文件",
            "文字与本期签发的一致，只是空白或换行不同；签名只对原文件有效。",
        )
    return _changed(content, report)


def _changed(content: bytes, report: Report) -> Verdict:
    words = "与本期签发的任何一个文件都不相同：可能被改动过、另存过，或者不是从本站下载的。请重新下载后比对。"
    inside = next((each for each in signatures_of(report.id) if each.certificate), None)
    if inside is not None and content.startswith(b"%PDF"):
        checked = pdf_signature.check(content, inside.certificate.encode())
        if checked is not None and not checked.holds:
            words = f"PDF 里的签名不成立：文件在签名之后被改动，或者不是本平台签的。{words}"
    return Verdict("bad", "不是本期签发的文件", words)


def _words(content: bytes) -> str:
    return re.sub(r"\s", "", content.decode("utf-8", "replace").removeprefix("\ufeff"))
