"""How the events of a case are kept in its row: a short text, readable by people and by programs.

A list of events, each `[number, letter, day, digest (the first 32 digits), fact by which it counts, the latest fact, more]`;
`more` holds what few events have, by one letter. What equals the item of the row is left out.
"""

import json
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from yichuang.exchange.flow import BY_LETTER, EVENTS, Standing
from yichuang.exchange.rules.settle import Entry

DIGEST = 32
_MORE = {
    "i": "item", "d": "department", "r": "region", "o": "outcome", "b": "takes_back", "u": "days_used", "l": "limit_days",
    "n": "due_on", "p": "standing", "x": "special",
}  # fmt: skip
_LETTERS = {kind: way.letter for kind, way in EVENTS.items()}


def pack(entries: Iterable[Entry], item: str) -> str:
    """The text for the entries of a case whose row names an item."""
    return json.dumps([_packed(one, item) for one in entries], ensure_ascii=False, separators=(",", ":"))


def _packed(one: Entry, item: str) -> list[Any]:
    row: list[Any] = [
        one.no, _LETTERS[one.kind], one.day.isoformat(), one.digest[:DIGEST], one.seq, one.last_seq,
    ]  # fmt: skip
    more = _more(one, item)
    if more:
        row.append(more)
    return row


def _more(one: Entry, item: str) -> dict[str, Any]:
    """What few events have, in one order; the plain event pays one comparison a field."""
    said = (
        ("i", one.item if one.item != item else ""), ("d", one.department), ("r", one.region), ("o", one.outcome),
        ("b", one.takes_back or ""), ("u", one.days_used), ("l", one.limit_days),
        ("n", one.due_on.isoformat() if one.due_on else ""), ("p", one.standing.value), ("x", one.special),
    )  # fmt: skip
    return {letter: value for letter, value in said if value not in ("", None)}


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    return date.fromisoformat(text)


def unpack(text: str, item: str) -> list[Entry]:
    """The entries that a text keeps, for a row that names an item."""
    return [_unpacked(row, item) for row in json.loads(text)]


def _unpacked(row: list[Any], item: str) -> Entry:
    no, letter, day, digest, seq, last_seq, *rest = row
    if not rest:
        return Entry(no, BY_LETTER[letter], _day(day), digest, item, seq=seq, last_seq=last_seq)
    more = {_MORE[name]: value for name, value in rest[0].items()}
    if "due_on" in more:
        more["due_on"] = _day(more["due_on"])
    if "standing" in more:
        more["standing"] = Standing(more["standing"])
    more.setdefault("item", item)
    return Entry(no, BY_LETTER[letter], _day(day), digest, seq=seq, last_seq=last_seq, **more)
