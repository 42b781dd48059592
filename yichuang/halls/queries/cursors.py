"""Cursors of the room's lists: what a forged one says is refused in words, never a fault."""

from datetime import date, datetime
from uuid import UUID

from yichuang.kernel.errors import Invalid
from yichuang.kernel.paging import decode


def after_day(cursor: str) -> tuple[date, UUID] | None:
    """The day and the id behind which a page begins, none for the first page. Raises Invalid."""
    key = decode(cursor, parts=2)
    if key is None:
        return None
    try:
        return date.fromisoformat(key[0]), UUID(key[1])
    except ValueError as error:
        raise _spent() from error


def after_moment(cursor: str) -> tuple[datetime, UUID] | None:
    """The moment and the id behind which a page begins, none for the first page. Raises Invalid."""
    key = decode(cursor, parts=2)
    if key is None:
        return None
    try:
        moment, last = datetime.fromisoformat(key[0]), UUID(key[1])
    except ValueError as error:
        raise _spent() from error
    # Without its zone a moment names no point in time.
    if moment.tzinfo is None:
        raise _spent()
    return moment, last


def after_id(cursor: str) -> UUID | None:
    """The id behind which a page begins, none for the first page. Raises Invalid."""
    key = decode(cursor, parts=1)
    if key is None:
        return None
    try:
        return UUID(key[0])
    except ValueError as error:
        raise _spent() from error


def _spent() -> Invalid:
    return Invalid("翻页链接已失效。", how="请回到列表第一页。")
