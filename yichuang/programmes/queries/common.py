"""What the reads of this room share: whose rows an actor sees, and the parts of a cursor."""

from datetime import date
from uuid import UUID

from django.db.models import Q

from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.scope import within


def sees_all(by: Actor) -> bool:
    """Whether the actor reads the rows of every department."""
    return by.scope_departments is None


def own(by: Actor, path: str = "department_id") -> Q:
    """Rows of the departments that the actor reaches; everywhere all, nobody else any."""
    return within(by, path)


def day_part(text: str) -> date:
    """A day in a cursor. Raises Invalid where it was tampered with."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("翻页链接已失效。", how="请回到列表第一页。") from error


def id_part(text: str) -> UUID:
    """An id in a cursor. Raises Invalid where it was tampered with."""
    found = parse_uuid(text)
    if found is None:
        raise Invalid("翻页链接已失效。", how="请回到列表第一页。")
    return found
