"""Reads of receipts as they were fixed at the filing."""

import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from yichuang.cases.queries import by_number, visible
from yichuang.intake.queries.filed import Application, Receipt, read_application, receipt_of
from yichuang.intake.rules.receipts import Attached, content_text
from yichuang.journal.queries import client_key
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Missing


@dataclass(frozen=True, slots=True)
class KeptSignature:
    """The signature under a receipt's text."""

    key_id: str
    algorithm: str
    value_hex: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """A receipt as it was fixed: its canonical text and, once it was signed, the signature under exactly this text."""

    case_id: UUID
    content_sha256: str
    text: str
    signature: KeptSignature | None

    @property
    def body(self) -> dict[str, Any]:
        """The text, read."""
        found: dict[str, Any] = json.loads(self.text)
        return found

    def shown(self) -> dict[str, Any]:
        """The receipt as it is handed out: body and signature."""
        signed = self.signature
        return self.body | {
            "signature": {"key_id": signed.key_id, "algorithm": signed.algorithm, "value": signed.value_hex}
            if signed
            else None
        }


def moment(text: str) -> datetime:
    """A time as canonical text spells it."""
    return datetime.fromisoformat(text)


def fixed_receipt(case_id: UUID) -> Fixed | None:
    """The receipt of a case in one statement; None for a case that was filed before receipts were kept.

    No permission is checked here.
    """
    row = sql.one(
        "/*one plan*/ select r.content_sha256, r.body, s.key_id, s.algorithm, s.value from intake_receipt r "
        "left join intake_receipt_signature s on s.case_id = r.case_id where r.case_id = %(id)s",
        {"id": case_id},
    )
    if row is None:
        return None
    return Fixed(case_id, row[0], row[1], KeptSignature(*row[2:]) if row[2] is not None else None)


def receipt_by_code(number: str, code: str) -> Fixed | None:
    """The receipt that a number and its code open; None where either is wrong, without saying which."""
    case_id = by_number(number)
    found = fixed_receipt(case_id) if case_id else None
    expected = str(found.body["verify_url"]).rpartition("/")[2] if found else "-"
    matches = hmac.compare_digest(expected.encode(), code.strip().upper().encode())
    return found if found and matches else None


def receipt_by_key(key: str, *, by: Actor) -> Fixed | None:
    """The receipt that a key of this actor's stands for; None for a fresh key and for somebody else's alike."""
    used = client_key(key)
    if used is None or used[2] != by.signature:
        return None
    return fixed_receipt(used[0])


def known_receipt(key: str, hash_: str, by: Actor) -> Receipt | None:
    """What a key stands for already; None for a fresh key. Raises Missing (somebody else's), Conflict (other body)."""
    used = client_key(key)
    if used is None:
        return None
    if used[2] != by.signature:
        raise Missing
    if used[1] != hash_:
        raise Conflict("同一提交标识已用于另一份申请。", how="请刷新核对页面后重新提交，已填内容会保留。")
    return receipt_of(used[0])


def filed_content(case_id: UUID, *, by: Actor) -> str:
    """The canonical text of what was filed, whose SHA-256 stands on the receipt. Raises Missing (not there, not theirs).

    What a correction has replaced since is taken from what is kept of it.
    """
    row = visible(case_id, by=by)
    found = read_application(case_id)
    if found is None:
        raise Missing
    return content_of(found, row.applicant_id)


def content_of(found: Application, applicant_id: UUID) -> str:
    """The content as it was first filed."""
    first = _first(found.case_id) if found.earlier else (found.answers, found.salt)
    return content_text(
        case_id=found.case_id, applicant_id=applicant_id, version_id=found.version_id, answers=first[0],
        materials=[
            Attached(one.id, one.code, one.kind, one.size, one.sha256) for one in found.materials if one.round == 0
        ],
        salt=first[1],
    )  # fmt: skip


def _first(case_id: UUID) -> tuple[dict[str, object], str]:
    row = sql.one("select earlier from intake_application where case_id = %(id)s", {"id": case_id})
    assert row is not None
    kept = json.loads(row[0])[0]
    return kept["answers"], kept["salt"]
