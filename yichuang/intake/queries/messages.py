"""Messages to whoever is signed in, page by page."""

from yichuang.kernel import paging
from yichuang.kernel.actor import Actor
from yichuang.kernel.paging import Page
from yichuang.notices.models import Message
from yichuang.notices.queries import messages_for


def messages(*, by: Actor, after: str = "", size: int = paging.PAGE) -> Page[Message]:
    """An actor's own messages, the newest first. Raises Invalid for a cursor that was tampered with."""
    found = messages_for(by)
    cursor = paging.decode(after, parts=1)
    if cursor:
        found = found.filter(pk__lt=paging.id_part(cursor[0]))
    rows = list(found[: size + 1])
    return paging.cut(rows, size=size, key=lambda one: (str(one.pk),), after=after)
