"""Writes of evidence: what was published, where and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yichuang.kernel import sql


@dataclass(frozen=True, slots=True)
class Told:
    """A head that a place has been told of, under a signature."""

    number: int
    key_id: str
    signature: str


def note_published(place: str, told: Sequence[Told], *, at: datetime) -> int:
    """Remember that a place was told of heads; what is known already stays as it was. How many were new."""
    return sql.execute(
        "insert into journal_publication (place, seal_number, at, key_id, signature) "
        "select %(place)s, t.number, %(at)s, t.key_id, t.signature "
        "from unnest(%(numbers)s::bigint[], %(keys)s::text[], %(signatures)s::text[]) as t(number, key_id, signature) "
        "on conflict do nothing",
        {
            "place": place,
            "at": at,
            "numbers": [one.number for one in told],
            "keys": [one.key_id for one in told],
            "signatures": [one.signature for one in told],
        },
    )
