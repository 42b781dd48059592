"""The number of a case and the code by which a stranger follows it."""

import base64
import hashlib
import hmac
from uuid import UUID


def number_prefix(region: str, department_code: str, year: int) -> str:
    """The fixed part of a case number: county-level division, department, year."""
    return f"{region[:6]}{department_code}-{year}-"


def follow_code(secret: str, case_id: UUID) -> str:
    """The code on the receipt by which a stranger to our accounts follows the case: 10 signs, 50 bits.

    It is derived, not stored, so a repeated filing yields the same receipt.
    """
    mac = hmac.new(secret.encode(), f"follow:{case_id}".encode(), hashlib.sha256).digest()
    return base64.b32encode(mac)[:10].decode()
