"""Keyset paging: a page is named by the last row before it, so page 10,000 costs what page 1 costs."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import parse_uuid

Row = TypeVar("Row")
Ask = Callable[[Callable[[], Any]], Any]
PAGE = 25
# Lists are not counted further than this: a count that ends costs the same at any volume.
MOST_COUNTED = 1000
_ID_SIGNS = 32


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and the cursor of what follows (empty at the end)."""

    rows: Sequence[Row]
    following: str
    is_first: bool


def cut(found: Sequence[Row], *, size: int, key: Callable[[Row], Sequence[str]], after: str) -> Page[Row]:
    """Make a page of `size` rows from `size + 1` rows read."""
    kept = found[:size]
    following = encode(key(kept[-1])) if len(found) > size else ""
    return Page(rows=kept, following=following, is_first=not after)


def cut_short(
    found: Sequence[Row], onward: object | None, *, size: int, key: Callable[[Row], Sequence[str]], after: str
) -> Page[Row]:
    """The same for a list that was walked in windows: a short page that was broken off goes on behind its last window."""
    page = cut(found, size=size, key=key, after=after)
    return page if onward is None or page.following else Page(page.rows, encode([str(onward)]), page.is_first)


def straight(work: Callable[[], Any]) -> Any:
    """Asked here and now."""
    return work()


def every_row(page: Callable[[str], Page[Row]], ask: Ask = straight) -> Iterator[Row]:
    """Every row of a list, of which `page` reads a block behind a cursor ("" for the first).

    `ask` does the reading of each block: it may do it elsewhere, and twice.
    """
    after = ""
    while True:
        found: Page[Row] = ask(partial(page, after))
        yield from found.rows
        if not found.following:
            return
        after = found.following


def counted(number: int, most: int = MOST_COUNTED) -> int | str:
    """A bounded count as it is shown: "1,000+" where there is more than was counted."""
    return number if number <= most else f"{most:,}+"


def encode(parts: Sequence[str]) -> str:
    """The cursor for a row's sort key."""
    return base64.urlsafe_b64encode(json.dumps(list(parts)).encode()).decode().rstrip("=")


def decode(cursor: str, *, parts: int) -> list[str] | None:
    """The sort key of a cursor, None for the first page. Raises Invalid when it was tampered with.

    The parts are text that a database takes; what is compared as a day, a moment or an id goes through its reader below.
    """
    if not cursor:
        return None
    try:
        value = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _spent() from error
    if not isinstance(value, list) or len(value) != parts or not all(map(_storable, value)):
        raise _spent()
    return value


def day_part(text: str) -> date:
    """The day that a part of a cursor names. Raises Invalid."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _spent() from error


def moment_part(text: str) -> datetime:
    """The moment that a part of a cursor names; without its zone it names no point in time. Raises Invalid."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise _spent() from error
    if found.tzinfo is None:
        raise _spent()
    return found


def id_part(text: str) -> UUID:
    """The id that a part of a cursor names. Raises Invalid."""
    found = parse_uuid(text)
    if found is None:
        raise _spent()
    return found


def ids_part(text: str, *, most: int) -> list[UUID]:
    """The ids that a part of a cursor names, at most so many; as `ids_text` wrote them. Raises Invalid."""
    if len(text) > most * _ID_SIGNS or len(text) % _ID_SIGNS:
        raise _spent()
    return [id_part(text[place : place + _ID_SIGNS]) for place in range(0, len(text), _ID_SIGNS)]


def ids_text(ids: Sequence[UUID]) -> str:
    """Some ids as one part of a cursor."""
    return "".join(one.hex for one in ids)


def _storable(part: object) -> bool:
    """PostgreSQL keeps neither NUL nor half a surrogate pair: asking with one would fail instead of finding nothing."""
    return isinstance(part, str) and not any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in part)


def _spent() -> Invalid:
    return Invalid("翻页链接已失效。", how="请回到列表第一页。")
