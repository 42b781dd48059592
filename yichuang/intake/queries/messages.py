"""Messages to whoever is signed in, page by page."""

from datetime import datetime

from django.db.models import Q

from yichuang.kernel import paging
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.paging import Page
from yichuang.notices.models import Message
from yichuang.notices.queries import messages_for


def messages(*, by: Actor, after: str = "", size: int = paging.PAGE) -> Page[Message]:
    """An actor's own messages, the newest first. Raises Invalid for a cursor that was tampered with."""
    found = messages_for(by)
    cursor = paging.decode(after, parts=2)
    if cursor:
        found = found.filter(_older(*cursor))
    rows = list(found[: size + 1])
    return paging.cut(rows, size=size, key=lambda one: (one.made_at.isoformat(), str(one.pk)), after=after)


def _older(made_at: str, last: str) -> Q:
    """What comes after the last row of the page before; several messages may be made at one moment."""
    known = parse_uuid(last)
    try:
        moment = datetime.fromisoformat(made_at)
    except ValueError:
        moment = None
    if known is None or moment is None or moment.tzinfo is None:
        raise Invalid("翻页链接已失效。", how="请回到列表第一页。")
    return Q(made_at__lt=moment) | Q(made_at=moment, pk__lt=known)
