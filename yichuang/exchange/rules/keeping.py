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
# What stands for a digest that was forgotten begins so: no digest does.
FORGOTTEN_DIGEST = "~"
_MORE = {
    "i": "item", "d": "department", "r": "region", "o": "outcome", "b": "takes_back", "u": "days_used", "l": "limit_days",
    "n": "due_on", "p": "standing", "x": "special",
}  # fmt: skip
_LETTERS = {kind: way.letter for kind, way in EVENTS.items()}


def pack(entries: Iterable[Entry], item: str) -> str:
    """The text for the entries of a case whose row names an item."""
    return _encode([_packed(one, item) for one in entries])


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
"""Made once: an encoder for every case would cost more than the case."""


def _packed(one: Entry, item: str) -> list[Any]:
    row: list[Any] = [
        one.no, _LETTERS[one.kind], one.day.isoformat(), one.digest[:DIGEST], one.seq, one.last_seq,
    ]  # fmt: skip
    more = _more(one, item)
    if more:
        row.append(more)
    return row


def _more(one: Entry, item: str) -> dict[str, Any]:
    """What few events have, in one order."""
    if not (one.due_on or one.takes_back or one.department or one.region or one.special or one.standing):
        return _usual(one, item)
    said = (
        ("i", one.item if one.item != item else ""), ("d", one.department), ("r", one.region), ("o", one.outcome),
        ("b", one.takes_back or ""), ("u", one.days_used), ("l", one.limit_days),
        ("n", one.due_on.isoformat() if one.due_on else ""), ("p", one.standing.value), ("x", one.special),
    )  # fmt: skip
    return {letter: value for letter, value in said if value not in ("", None)}


def _usual(one: Entry, item: str) -> dict[str, Any]:
    """The same of an event that has nothing but its item, its outcome and its days: thousands of a block are so."""
    found: dict[str, Any] = {"i": one.item} if one.item != item else {}
    if one.outcome:
        found["o"] = one.outcome
    if one.days_used is not None:
        found["u"] = one.days_used
    if one.limit_days is not None:
        found["l"] = one.limit_days
    return found


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
