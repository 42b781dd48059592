"""The receipt of a filing is fixed with the filing: its text in the same transaction, its signature there or later."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from uuid import UUID

from yichuang.kernel import canonical, sql

FIX = """/*one plan*/
with fixed as (
    insert into intake_receipt (case_id, content_sha256, body) values (%(case)s, %(content)s, %(body)s) returning case_id
)
insert into intake_receipt_signature (case_id, key_id, algorithm, value)
select case_id, %(key_id)s, %(algorithm)s, %(value)s from fixed where %(key_id)s::text is not null
"""


class Signed(Protocol):
    """A signature: by which key, how, and its digits in hexadecimal."""

    @property
    def key_id(self) -> str: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def value_hex(self) -> str: ...


Signer = Callable[[bytes], Signed]


def fix_receipt(case_id: UUID, body: Mapping[str, Any], *, sign: Signer | None) -> None:
    """Write the receipt inside the filing's transaction, in one statement.

    `sign` is a key at hand, never a call over the network. Where it fails the filing fails: no proof, no service.
    """
    text = canonical.text(body)
    signature = sign(text.encode()) if sign else None
    sql.execute(
        FIX,
        {
            "case": case_id,
            "content": body["content_sha256"],
            "body": text,
            "key_id": signature.key_id if signature else None,
            "algorithm": signature.algorithm if signature else None,
            "value": signature.value_hex if signature else None,
        },
    )


def keep_signature(case_id: UUID, signature: Signed) -> None:
    """Keep the signature of a receipt that had none; the first one stays for ever."""
    sql.execute(
        "insert into intake_receipt_signature (case_id, key_id, algorithm, value) "
        "values (%(case)s, %(key_id)s, %(algorithm)s, %(value)s) on conflict (case_id) do nothing",
        {
            "case": case_id, "key_id": signature.key_id, "algorithm": signature.algorithm,
            "value": signature.value_hex,
        },
    )  # fmt: skip
