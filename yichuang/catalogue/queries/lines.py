"""One line of a list of items, and the searches that give such lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from yichuang.catalogue.flow import item_type_label
from yichuang.kernel import bigrams, sql
from yichuang.kernel.paging import PAGE, Page, decode, encode

PROVINCE = "510000000000"
CANDIDATES = 500
MAX_PIECES = 40
_NUMBER = re.compile("[0-9]{1,9}")
_LEXEME = re.compile(r"'[^']+'")


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item in a list, with what its published guide says (none of it where there is no guide yet)."""

    id: UUID
    code: str
    name: str
    main_item: str
    item_type: str
    department: str
    region: str
    region_name: str
    flags: int
    version_id: UUID | None
    promised_days: int | None
    statutory_days: int | None
    handling_kind: str | None
    summary: str | None
    online: bool | None

    @property
    def type_label(self) -> str:
        return item_type_label(self.item_type)

    @property
    def has_guide(self) -> bool:
        return self.version_id is not None


@dataclass(frozen=True)
class Found(Page[ItemLine]):
    """A page of a search. `total` counts the candidates; `capped`: there were more than are ranked."""

    total: int
    capped: bool


def search(
    text: str = "",
    *,
    region: str | None = None,
    department: UUID | None = None,
    item_type: str | None = None,
    audience: Sequence[str] | None = None,
    after: str = "",
    size: int = PAGE,
) -> Found:
    """Public items by words, best first; without words all of them. One statement.

    One and two characters are questions as good as any. `audience`: only items whose guide is for one of these, so
    never one without a guide. Raises Invalid for a cursor that was tampered with.
    """
    key = decode(after, parts=3)
    words = bigrams.query(text)
    if text.strip() and not words:
        return Found([], "", not after, 0, False)
    parameters = {
        "query": words,
        "region": region,
        "department": department,
        "item_type": item_type,
        "audience": None if audience is None else list(audience),
        "cap": CANDIDATES,
        "limit": size + 1,
        **_after(key),
    }
    narrowed = [name for name in NARROWED if parameters[name] is not None]
    found = sql.rows(_statement(narrowed, asked=bool(words)), parameters)
    kept = found[:size]
    following = encode([str(kept[-1][15]), str(kept[-1][16]), kept[-1][1]]) if len(found) > size else ""
    total = int(found[0][17]) if found else 0
    return Found([_line(row) for row in kept], following, not after, total, total >= CANDIDATES)


def nearby(text: str, *, limit: int = 8) -> list[ItemLine]:
    """Items whose words overlap most with a question that nothing answers exactly.

    Every two characters of the question count once; items with guides first among equals.
    """
    pairs = list(dict.fromkeys(_LEXEME.findall(bigrams.query(text))))[:MAX_PIECES]
    if len(pairs) < 2:
        return []
    found = sql.rows(
        sql.statement(__file__, "nearby"),
        {"any": " | ".join(pairs), "each": pairs, "limit": limit, "cap": CANDIDATES, "province": PROVINCE},
    )
    return [_line(row) for row in found]


def most_used(limit: int = 8) -> list[ItemLine]:
    """Items for the front page: until use is counted, those that can be applied for, the province's first."""
    return [line for line in search(size=limit).rows if line.has_guide]


def _after(key: list[str] | None) -> dict[str, object]:
    rank, size, code = key if key and all(map(_NUMBER.fullmatch, key[:2])) else (None, None, None)
    return {
        "after_rank": None if rank is None else int(rank),
        "after_size": None if size is None else int(size),
        "after_code": code,
    }


def _statement(narrowed: Sequence[str], *, asked: bool) -> str:
    match = "i.search @@ %(query)s::tsquery" if asked else "%(query)s::text is not null"
    named = "ts_filter(i.search, '{a}') @@ %(query)s::tsquery" if asked else "true"
    conditions = " and ".join(NARROWED[name] for name in narrowed) or "true"
    return sql.statement(__file__, "search", (("match", match), ("named", named), ("narrowed", conditions)))


NARROWED = {
    "region": "i.region_id = %(region)s",
    "item_type": "i.item_type = %(item_type)s",
    "department": "i.department_id = %(department)s",
    "audience": "exists (select 1 from catalogue_guideversion g where g.id = i.current_id "
    "and g.elements -> 'audience' ?| %(audience)s)",
}


def _line(row: tuple[Any, ...]) -> ItemLine:
    return ItemLine(*row[:15])
