"""One line of a list of items, and the searches that give such lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from yichuang.catalogue.flow import item_type_label
from yichuang.kernel import bigrams, sql
from yichuang.kernel.paging import PAGE, Page, decode, encode

PROVINCE = "510000000000"
MAX_PIECES, OF_EACH = 40, 100
_RANK = re.compile("[0-7]")
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
    """A page of a search. `total` counts from this page on; None: so many that nobody has counted them."""

    total: int | None


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
        return Found([], "", not after, 0)
    parameters = {
        "query": words,
        "region": region,
        "department": department,
        "item_type": item_type,
        "audience": None if audience is None else list(audience),
        "limit": size + 1,
    }
    place = _place(key)
    narrowed = tuple(name for name in NARROWED if parameters[name] is not None)
    found = sql.rows(_statement(narrowed, bool(words), place.kind), parameters | place.parameters())
    kept = found[:size]
    following = encode([str(kept[-1][15]), kept[-1][2], kept[-1][1]]) if len(found) > size else ""
    total = found[0][16] if found else 0
    return Found([_line(row) for row in kept], following, not after, total)


def nearby(text: str, *, limit: int = 8) -> list[ItemLine]:
    """Items whose words overlap most with a question that nothing answers exactly.

    Every two characters of the question count once; items with guides first among equals.
    """
    pairs = list(dict.fromkeys(_LEXEME.findall(bigrams.query(text))))[:MAX_PIECES]
    if len(pairs) < 2:
        return []
    found = sql.rows(
        sql.statement(__file__, "nearby"),
        {"each": pairs, "limit": limit, "of_each": OF_EACH, "province": PROVINCE},
    )
    return [_line(row) for row in found]


def most_used(limit: int = 8) -> list[ItemLine]:
    """Items for the front page: until use is counted, those that can be applied for, the province's first."""
    return [line for line in search(size=limit).rows if line.has_guide]


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two kinds of items that are found: how they are ordered, and how much is walked past and put in order."""

    name: str
    first_rank: int
    order: tuple[str, ...]
    walk: int
    cap: int

    def marks(self) -> dict[str, str]:
        """What its part of the statement says."""
        rank = f"({BARE})::int * 2 + ({BELOW})::int + {self.first_rank}"
        *_, size, tie = ("0", *self.order[2:])[-2:]
        return {"part": self.name, "rank": rank, "size": size, "tie": tie, "order": ", ".join(self.order)}

    def after(self) -> str:
        """The condition for what comes behind a place."""
        values = ["%(bare)s::bool", "%(below)s::bool", *(PLACES[one] for one in self.order[2:])]
        return f"and ({', '.join(self.order)}) > ({', '.join(values)})"


BARE, BELOW = "(i.current_id is null)", "(i.region_id <> '510000000000')"
PLACES = {
    "length(i.name)": "length(%(after_name)s::text)",
    "i.code": "%(after_code)s::text",
    "md5(i.code)": "md5(%(after_code)s::text)",
}
# Of names more is walked past and put in order: they cost little to look at. Elsewhere the order has nothing to do with words, so
# that what is common is met soon.
NAMED = Kind("named", 0, (BARE, BELOW, "length(i.name)", "i.code"), 300, 1500)
OTHER = Kind("other", 4, (BARE, BELOW, "md5(i.code)"), 1000, 1500)
# Of a word that very many names have, some of every length are walked past: long words stand in long names only.
OF_LENGTH = 600


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which item a page begins; without a kind, at the very beginning."""

    kind: Kind | None = None
    is_bare: bool = False
    is_below: bool = False
    name: str = ""
    code: str = ""

    def parameters(self) -> dict[str, object]:
        """What the statement asks for."""
        if self.kind is None:
            return {}
        return {
            "bare": self.is_bare, "below": self.is_below, "after_name": self.name, "after_code": self.code
        }  # fmt: skip


def _place(key: list[str] | None) -> Place:
    """The place of a cursor (rank, name, code); what is none begins anew."""
    if not key or not _RANK.fullmatch(key[0]):
        return Place()
    rank = int(key[0])
    kind = NAMED if rank < OTHER.first_rank else OTHER
    return Place(kind, rank & 2 > 0, rank & 1 > 0, key[1], key[2])


@cache
def _statement(narrowed: tuple[str, ...], asked: bool, after: Kind | None) -> str:
    """The statement for what is narrowed, with words or without, from its beginning or behind an item of a kind."""
    conditions = " and ".join(NARROWED[name] for name in narrowed) or "true"
    kinds = [kind for kind in ((NAMED, OTHER) if asked else (NAMED,)) if after is not OTHER or kind is OTHER]
    gates: list[str] = []
    parts, totals = "", []
    for kind in kinds:
        marks = kind.marks() | {
            "match": MATCHES[kind.name] if asked else "%(query)s::text is not null", "narrowed": conditions,
            "needed": " and ".join(gates) or "true", "walk": str(kind.walk), "cap": str(kind.cap),
            "after": kind.after() if after is kind else "",
        }  # fmt: skip
        parts += sql.statement(__file__, "search_part", tuple(marks.items()))
        if asked and kind is NAMED:
            parts += sql.statement(__file__, "search_common", (*marks.items(), ("of_length", str(OF_LENGTH))))
        gates += [f"(select count(*) from {way}_{kind.name}) < %(limit)s" for way in ("near", "far")]  # noqa: S608
        totals.append(f"coalesce((select max(total) from far_{kind.name}), 0)")  # noqa: S608
    found = [f"{way}_{kind.name}" for kind in kinds for way in ("near", "far")]
    found += ["common"] if asked and NAMED in kinds else []
    hits = " union ".join(f"select id, rank, size, tie from {one}" for one in found)  # noqa: S608
    # All were looked up, and all that there are were put in order.
    known = gates[:-1]
    known += [f"{total} < {kind.cap}" for total, kind in zip(totals, kinds, strict=True)]
    total = f"case when {' and '.join(known)} then {' + '.join(totals)} end"
    text = sql.statement(__file__, "search", (("parts", parts), ("hits", hits), ("total", total)))
    # How many are of one department or region differs a thousandfold: there the values decide how it is read.
    return text.removeprefix(sql.ONE_PLAN) if {"region", "department"} & {*narrowed} else text


MATCHES = {
    NAMED.name: "i.named @@ %(query)s::tsquery",
    OTHER.name: "i.search @@ %(query)s::tsquery and not coalesce(i.named @@ %(query)s::tsquery, false)",
}
NARROWED = {
    "region": "i.region_id = %(region)s",
    "item_type": "i.item_type = %(item_type)s",
    "department": "i.department_id = %(department)s",
    "audience": "exists (select 1 from catalogue_guideversion g where g.id = i.current_id "
    "and g.elements -> 'audience' ?| %(audience)s)",
}


def _line(row: tuple[Any, ...]) -> ItemLine:
    return ItemLine(*row[:15])
