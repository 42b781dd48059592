"""Long lists as downloads: read block by block, each where it can be read at that moment.

A streamed answer cannot begin anew in its middle, but a block can: where a replica dies, the block that was asked of it is asked of
the primary, and the download goes on behind the row with which the block before ended.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from yichuang.kernel import paging, replica
from yichuang.kernel.paging import Ask, Page, straight
from yichuang.kernel.web import Request

T = TypeVar("T")


def asking(request: Request) -> Ask:
    """Who is asked for the blocks of a download: the replica where pages are read from it, and never for who has just written."""
    return replica.ask if replica.may_ask(request) else straight


def every_row(request: Request, page: Callable[[str], Page[T]]) -> Iterator[T]:
    """Every row of a list, of which `page` reads a block behind a cursor ("" for the first)."""
    return paging.every_row(page, asking(request))
