"""The receipt of a filing is fixed by the statement that files; its signature follows the commit."""

from typing import Protocol
from uuid import UUID

from yichuang.kernel import sql


class Signed(Protocol):
    """A signature: by which key, how, and its digits in hexadecimal."""

    @property
    def key_id(self) -> str: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def value_hex(self) -> str: ...


def keep_signature(case_id: UUID, signature: Signed) -> bool:
    """Keep the signature of a receipt that had none; the first one stays for ever. Whether this is the first."""
    return bool(
        sql.execute(
            "/*one plan*/ insert into intake_receipt_signature (case_id, key_id, algorithm, value) "
            "values (%(case)s, %(key_id)s, %(algorithm)s, %(value)s) on conflict (case_id) do nothing",
            {
                "case": case_id, "key_id": signature.key_id, "algorithm": signature.algorithm,
                "value": signature.value_hex,
            },
        )
    )  # fmt: skip
