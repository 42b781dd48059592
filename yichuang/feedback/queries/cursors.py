"""Where a list goes on: the moment and the id of the last row shown, as an address carries them."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from yichuang.kernel.errors import Invalid
from yichuang.kernel.paging import decode

Row = TypeVar("Row", bound=Model)


def older(found: QuerySet[Row], after: str) -> QuerySet[Row]:
    """The rows after a cursor in a list that is newest first. Raises Invalid for a cursor that was tampered with."""
    key = decode(after, parts=2)
    if not key:
        return found
    try:
        moment, last = datetime.fromisoformat(key[0]), UUID(key[1])
    except ValueError as error:
        raise Invalid("翻页链接已失效。", how="请回到列表第一页。") from error
    if moment.tzinfo is None:
        raise Invalid("翻页链接已失效。", how="请回到列表第一页。")
    return found.filter(Q(at__lt=moment) | Q(at=moment, id__lt=last))
