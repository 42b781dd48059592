"""What the pages of the window share: reading typed fields, the seat of the day, matters by name, signatures."""

import base64
import binascii
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core import signing

from yichuang.catalogue.queries import ItemLine, item, search
from yichuang.directory.models import Applicant
from yichuang.directory.queries import applicant_by_paper, departments
from yichuang.gateways.photos import BrokenPhotoError, stripped
from yichuang.gateways.uploads import Kind, Limits, sniff
from yichuang.halls.queries import windows as seats
from yichuang.halls.rules.windows import numbers_of
from yichuang.intake.pages.drafting import received, store
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text

SIGNATURE = Limits(size=400_000, side=3000, pixels=6_000_000)
PREFIX = "data:image/png;base64,"
SHOWN_MATTERS = 8
SALT = "yichuang.halls.signature"
KEPT_SECONDS = 86_400


def text(request: Request, name: str, limit: int = 200) -> str:
    """A typed line without control characters."""
    return clean_text(request.POST.get(name, ""), limit=limit)


def number(request: Request, name: str) -> int | None:
    """A typed whole number; -1 for what is none, so that the command says so at the field."""
    raw = text(request, name, 12)
    if not raw:
        return None
    return int(raw) if raw.isascii() and raw.isdigit() else -1


def day(raw: str) -> date | None:
    """A day as browsers send it; none where it is no day."""
    try:
        return date.fromisoformat(raw) if len(raw) == 10 else None
    except ValueError:
        return None


def numbers(request: Request) -> tuple[str, ...]:
    """The case numbers typed into one field. Raises Invalid."""
    try:
        return numbers_of(text(request, "numbers", 30_000))
    except ValueError as wrong:
        raise Invalid("办件编号有误。", fields={"numbers": str(wrong)}) from wrong


def department_choices() -> list[tuple[str, str]]:
    """Departments for a field."""
    return [(str(one.pk), one.short_name) for one in departments()]


def seat_context(request: Request) -> dict[str, Any]:
    """The line that says where the clerk sits today, and the windows to choose from."""
    return {
        "seat": seats.seat_of(request.by, local_day(request.at)),
        "windows": [
            (str(one.pk), f"{one.code} {one.name}") for one in seats.windows(by=request.by, active_only=True)
        ],
        "here": request.get_full_path() if request.method == "GET" else request.path,
    }


@dataclass(frozen=True, slots=True)
class Matter:
    """What was typed of the matter: its id where it is known, else those that it may be."""

    id: UUID | None
    code: str
    name: str
    department_id: UUID | None
    candidates: tuple[ItemLine, ...] = ()


NO_MATTER = Matter(None, "", "", None)


def matter(code: str, words: str) -> Matter:
    """The item of a code, or of a name typed whole; candidates where the words fit several."""
    known = item(code or words) if code or words else None
    if known is not None:
        return Matter(known.pk, known.code, known.name, known.department_id)
    if not words:
        return NO_MATTER
    found = search(words, size=SHOWN_MATTERS).rows
    same = [line for line in found if line.name == words]
    if len(same) == 1:
        return matter(same[0].code, "")
    return Matter(None, "", words, None, tuple(found))


def posted_matter(request: Request) -> Matter:
    """The matter of a form."""
    return matter(text(request, "item", 100), text(request, "matter", 100))


def check_matter(found: Matter) -> None:
    """Raise Invalid where words for a matter were typed that name no single one."""
    if found.name and found.id is None:
        words = "请从下面选择一个事项" if found.candidates else "没有找到这个事项，请换个说法，或者留空"
        raise Invalid("还没有确定是哪个事项。", fields={"matter": words})


def applicant(request: Request) -> Applicant | None:
    """The known applicant whom a page is about, by the paper's number in the address or the form."""
    raw = request.POST.get("paper") or request.GET.get("paper") or ""
    paper = clean_text(raw, limit=100)
    return applicant_by_paper(paper) if paper else None


def department_id(request: Request, found: Matter) -> UUID | None:
    """The department chosen, else that of the matter."""
    return parse_uuid(text(request, "department", 40)) or found.department_id


def signature(request: Request) -> tuple[str, str]:
    """(hash, kind) of the scan of the signed sheet, else of the drawn signature, else of what an earlier, failed post
    brought; empty where there is nothing.

    Raises Invalid where the upload is no picture or document that the house takes.
    """
    upload = request.FILES.get("scan")
    if upload is not None and not isinstance(upload, list):
        upload.seek(0)
        try:
            kept = received(upload)
        except Invalid as wrong:
            raise Invalid(wrong.message, how=wrong.how, fields={"signature": wrong.message}) from wrong
        return kept.sha256, kept.kind
    drawn = request.POST.get("signature", "")
    return (_drawn(drawn), Kind.PNG.value) if drawn else _kept(request)


def _kept(request: Request) -> tuple[str, str]:
    """What the same person's failed post brought: named by a signed token, as a hash alone would open any file."""
    try:
        digest, kind, owner = signing.loads(
            request.POST.get("signature_kept", ""), salt=SALT, max_age=KEPT_SECONDS
        )
    except signing.BadSignature:
        return "", ""
    return (digest, kind) if owner == str(request.by.id) else ("", "")


def kept_signature(request: Request) -> str:
    """The token of the signature that a failed post brought, for the form that is shown again; empty without one."""
    try:
        digest, kind = signature(request)
    except Invalid:
        return ""
    return signing.dumps([digest, kind, str(request.by.id)], salt=SALT) if digest else ""


def _drawn(raw: str) -> str:
    wrong = Invalid("没有读到屏幕上的签名。", fields={"signature": "请重新签名，或者上传签过字的签收单"})
    if not raw.startswith(PREFIX) or len(raw) > SIGNATURE.size * 2:
        raise wrong
    try:
        data = base64.b64decode(raw[len(PREFIX) :], validate=True)
        kind = sniff(data, "signature.png", SIGNATURE)
        clean = stripped(data)
    except (binascii.Error, Invalid, BrokenPhotoError) as error:
        raise wrong from error
    if kind is not Kind.PNG:
        raise wrong
    return store().put(clean).digest
