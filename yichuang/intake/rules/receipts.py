"""What a receipt says, in one spelling: the content that was filed, and the text that is signed."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from yichuang.intake.flow import PAPER
from yichuang.kernel import canonical

CONTENT_FORMAT = "yichuang-content-1"
RECEIPT_FORMAT = "yichuang-receipt-1"
CHAIN = "yichuang"
CODE_BYTES = 10


@dataclass(frozen=True, slots=True)
class Attached:
    """One material of a filing: a file with its hash, or papers at the window (kind `paper`, size: copies)."""

    id: UUID
    code: str
    kind: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class JournalHead:
    """The newest seal that was known when the case was filed."""

    number: int
    hash: str
    at: datetime | None


def content_text(
    *, case_id: UUID, applicant_id: UUID, version_id: UUID, answers: Mapping[str, object],
    materials: Sequence[Attached], salt: str,
) -> str:  # fmt: skip
    """Everything that was filed, in canonical text. Its SHA-256 stands on the receipt.

    The salt is part of it: once the personal data and the salt are lawfully destroyed, the digest says nothing more.
    """
    return canonical.text(
        {
            "format": CONTENT_FORMAT,
            "case_id": case_id,
            "applicant_id": applicant_id,
            "version_id": version_id,
            "answers": answers,
            "materials": [
                [one.code, one.kind, one.size, one.sha256] for one in sorted(materials, key=lambda m: m.id)
            ],
            "salt": salt,
        }
    )


def receipt_body(
    *, case_id: UUID, number: str, filed_at: datetime, content_sha256: str, materials: Sequence[Attached],
    fact_hash: str, head: JournalHead, code: str,
) -> dict[str, Any]:  # fmt: skip
    """What the receipt says, before it is signed: no name, no answer, only numbers and digests."""
    files = sorted((one for one in materials if one.kind != PAPER), key=lambda one: one.id)
    return {
        "format": RECEIPT_FORMAT,
        "case_id": case_id,
        "case_no": number,
        "filed_at": filed_at,
        "content_sha256": content_sha256,
        "attachments": [
            {"id": one.id, "code": one.code, "sha256": one.sha256, "bytes": one.size} for one in files
        ],
        "fact_hash": fact_hash,
        "head": {"chain": CHAIN, "number": head.number, "hash": head.hash, "at": head.at},
        "verify_url": verify_path(number, code),
    }


def verify_path(number: str, code: str) -> str:
    """Where anybody who holds the receipt can check it."""
    return f"/receipts/{number}/{code}"


def receipt_code(secret: str, case_id: UUID | str) -> str:
    """Sixteen letters (80 bits) that nobody guesses: they open the check of one receipt, and nothing else."""
    mac = hmac.digest(secret.encode(), f"receipt:{case_id}".encode(), "sha256")
    return base64.b32encode(mac[:CODE_BYTES]).decode()
