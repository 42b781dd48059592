"""Signing the files of an issue after 签发, and checking whether a file is one of them.

Outside every transaction: rendering and signing take their time and may fail; the issue stands either way.
"""

import base64
import hashlib
from datetime import datetime
from pathlib import Path

from django.conf import settings

from yichuang.gateways.documents.model import OfficialReport
from yichuang.gateways.files import FileStore
from yichuang.gateways.signing import pdf as pdf_signature
from yichuang.gateways.signing import sm2
from yichuang.gateways.signing.keys import Keyring, key_id
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict
from yichuang.reports.commands.signing import NewSignature, keep_signatures
from yichuang.reports.models import FileSignature, Report
from yichuang.reports.queries import issued_document
from yichuang.reports.queries.signatures import signatures_of
from yichuang.reports.render.files import Format, official, render

SIGNED_PDF = "signed.pdf"
"""The form of the file that carries a signature inside, beside the forms of `Format`."""


def store() -> FileStore:
    """Where issued files lie."""
    return FileStore(Path(settings.FILES_DIR))


def sign_issue(report: Report, *, by: Actor, at: datetime) -> list[FileSignature]:
    """Make, keep and sign the files of an issue; one that is signed already stays as it is.

    Raises Conflict for a past report, Unavailable where a typeface, a key or OpenSSL's SM2 is missing.
    """
    if report.imported:
        raise Conflict("往期周报不是本平台签发的，不能签名。")
    kept = signatures_of(report.id)
    if kept:
        return kept
    made = signed_files(
        official(issued_document(report)),
        Path(settings.FONTS_DIR),
        Keyring(settings.KEYS_DIR or Path(settings.VAR_DIR) / "keys"),
        store(),
    )
    return keep_signatures(report.id, made, by=by, at=at)


def signed_files(report: OfficialReport, fonts: Path, keys: Keyring, files: FileStore) -> list[NewSignature]:
    """Every file of an issue, and its PDF with a signature inside, kept in the store and signed with SM2.

    Raises Unavailable where a typeface, a key or OpenSSL's SM2 is missing or the store is full.
    """
    made = {str(form): render(report, form, fonts).content for form in Format}
    identity = keys.pdf_identity()
    made[SIGNED_PDF] = pdf_signature.sign(made[Format.PDF], identity, reason="签发")
    private = keys.sm2_private()
    public = sm2.public_of(private)
    return [
        NewSignature(
            form=form,
            sha256=files.put(content).digest,
            sm3=sm2.sm3(content),
            size=len(content),
            signature=base64.b64encode(sm2.sign(private, content)).decode(),
            public_key=public.decode(),
            key_id=key_id(public),
            certificate=identity.certificate.decode() if form == SIGNED_PDF else "",
        )
        for form, content in made.items()
    ]


def signature_holds(kept: FileSignature, content: bytes) -> bool:
    """Whether these bytes are the issued file and every signature over them is sound."""
    if hashlib.sha256(content).hexdigest() != kept.sha256 or sm2.sm3(content) != kept.sm3:
        return False
    if not sm2.verify(kept.public_key.encode(), content, base64.b64decode(kept.signature)):
        return False
    if not kept.certificate:
        return True
    inside = pdf_signature.check(content, kept.certificate.encode())
    return inside is not None and inside.holds
