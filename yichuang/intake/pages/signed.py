"""The receipt as it is handed out, with its signature."""

from dataclasses import replace
from logging import getLogger
from typing import Any
from uuid import UUID

from django.db import DatabaseError

from yichuang.gateways.signing import witness
from yichuang.intake import commands, queries
from yichuang.intake.queries import Fixed, KeptSignature
from yichuang.kernel.errors import Missing

log = getLogger(__name__)


def kept_receipt(case_id: UUID) -> Fixed | None:
    """The receipt with its signature; one that was never signed is signed now, and that signature stays.

    No permission is checked here. None for a case that was filed before receipts were kept.
    """
    found = queries.fixed_receipt(case_id)
    return found if found is None or found.signature is not None else sign_receipt(found)


def sign_receipt(found: Fixed) -> Fixed:
    """Sign a receipt that has no signature yet, after its filing was committed: no number waits for a signature.

    Where somebody else has signed it at the same moment, that signature is the one. A signature that cannot be kept is
    shown all the same, and made again when the receipt is next shown: what was filed is answered for.
    """
    made = witness.sign(found.text.encode())
    signed = replace(found, signature=KeptSignature(made.key_id, made.algorithm, made.value_hex))
    try:
        first = commands.keep_signature(found.case_id, made)
    except DatabaseError:
        log.exception("the signature of a receipt was not kept: case %s", found.case_id)
        return signed
    return signed if first else queries.fixed_receipt(found.case_id) or signed


def require_signing_key() -> None:
    """No proof, no service: what could not be signed afterwards is not filed at all. Raises what the key raises."""
    witness.require_key()


def signed_receipt(case_id: UUID) -> Fixed:
    """The receipt with its signature. Raises Missing for a case without."""
    found = kept_receipt(case_id)
    if found is None:
        raise Missing("这个办件没有可核验的回执。", how="请向收件窗口索取纸质收件凭证。")
    return found


def shown_receipt(case_id: UUID) -> dict[str, Any]:
    """The receipt as JSON says it. Raises Missing as `signed_receipt`."""
    return signed_receipt(case_id).shown()


def fingerprints(found: Fixed) -> list[tuple[str, str]]:
    """The digests that a receipt is printed with: what each is of, and its digits."""
    body, signed = found.body, found.signature
    files = [
        (f"电子材料 {place}（{one['bytes']} 字节）", one["sha256"])
        for place, one in enumerate(body["attachments"], start=1)
    ]
    head = body["head"]
    return [
        ("申请内容（SHA-256）", body["content_sha256"]),
        *files,
        ("收件记录", body["fact_hash"]),
        *([(f"收件时的账头（第 {head['number']} 号）", head["hash"])] if head["number"] else []),
        *([(f"数字签名（{signed.algorithm}，密钥 {signed.key_id}）", signed.value_hex)] if signed else []),
    ]


def signature_holds(found: Fixed) -> bool:
    """Whether the signature is that of this installation under exactly this text."""
    signed = found.signature
    if signed is None:
        return False
    made = witness.Signature(signed.key_id, signed.algorithm, signed.value_hex)
    return witness.verify(found.text.encode(), made)
