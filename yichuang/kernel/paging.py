"""Keyset paging: a page is named by the last row before it, so page 10,000 costs what page 1 costs."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from yichuang.kernel.errors import Invalid

Row = TypeVar("Row")
PAGE = 25


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


def encode(parts: Sequence[str]) -> str:
    """The cursor for a row's sort key."""
    return base64.urlsafe_b64encode(json.dumps(list(parts)).encode()).decode().rstrip("=")


def decode(cursor: str, *, parts: int) -> list[str] | None:
    """The sort key of a cursor, None for the first page. Raises Invalid when it was tampered with."""
    if not cursor:
        return None
    try:
        value = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise Invalid("翻页链接已失效。", how="请回到列表第一页。") from error
    if not isinstance(value, list) or len(value) != parts or not all(isinstance(x, str) for x in value):
        raise Invalid("翻页链接已失效。", how="请回到列表第一页。")
    return value
