"""Downloads block by block: from the replica where pages are read from it; where that dies, the rest from the primary, no row twice."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.test import RequestFactory

from yichuang.cases.pages.blocks import asking, every_row
from yichuang.cases.queries import Filters, Tab, export
from yichuang.cases.tests import factories as make
from yichuang.kernel import replica
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.paging import Page, straight
from yichuang.kernel.replica import ALIAS, FRESH, Lag

ROWS, BLOCK = list(range(10)), 3
NEAR = Lag(make.AT, 1.0, usable=True)


@pytest.fixture
def _replica(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation with a replica that follows closely."""
    replica.forget()
    monkeypatch.setitem(connections.databases, ALIAS, {**connections[DEFAULT_DB_ALIAS].settings_dict})
    monkeypatch.setattr(replica, "_probe", lambda: NEAR)
    yield
    replica.forget()
    with suppress(AttributeError):
        del connections[ALIAS]


class Reading:
    """Blocks of a list; the replica dies at the n-th block that is asked of it."""

    def __init__(self, dies_at: int = 99) -> None:
        self.read: list[str] = []
        self.dies_at = dies_at

    def page(self, after: str) -> Page[int]:
        self.read.append(replica.alias())
        if replica.alias() == ALIAS and len(self.read) == self.dies_at:
            raise OperationalError("terminating connection due to administrator command")
        first = int(after or 0)
        end = first + BLOCK
        return Page(ROWS[first:end], str(end) if end < len(ROWS) else "", not after)


def asked(method: str = "GET", **cookies: str) -> Any:
    request = getattr(RequestFactory(), method.lower())("/desk/export.csv")
    request.COOKIES.update(cookies)
    return request


@pytest.mark.django_db
@pytest.mark.usefixtures("_replica")
def test_every_block_is_read_from_the_replica_outside_of_the_request() -> None:
    some = Reading()
    assert list(every_row(asked(), some.page)) == ROWS
    assert some.read == [ALIAS] * 4
    assert replica.alias() == DEFAULT_DB_ALIAS, "nothing of it stays when a block is read"


@pytest.mark.django_db
@pytest.mark.usefixtures("_replica")
@pytest.mark.parametrize("dies_at", [1, 2, 4])
def test_where_it_dies_the_rest_comes_from_the_primary_and_no_row_twice(dies_at: int) -> None:
    some = Reading(dies_at)
    assert list(every_row(asked(), some.page)) == ROWS
    # The block in which it died is read again; then it is left alone for a while.
    assert some.read == [ALIAS] * dies_at + [DEFAULT_DB_ALIAS] * (5 - dies_at)

    # The broken variant reads the whole list in one asking: begun anew, it gives again what was sent already, or nothing.
    replica.forget()
    whole, sent = Reading(dies_at), list[int]()

    def all_at_once() -> None:
        for row in every_row(asked("POST"), whole.page):
            sent.append(row)

    replica.ask(all_at_once)
    assert sent == [*ROWS[: BLOCK * (dies_at - 1)], *ROWS]
    assert dies_at == 1 or sent != ROWS


@pytest.mark.django_db
@pytest.mark.usefixtures("_replica")
def test_who_has_just_written_reads_the_primary() -> None:
    for request in (asked(**{FRESH: "1"}), asked("POST")):
        some = Reading()
        assert list(every_row(request, some.page)) == ROWS
        assert set(some.read) == {DEFAULT_DB_ALIAS}
        assert asking(request) is straight
    assert asking(asked()) is replica.ask


def test_without_a_replica_the_primary_is_asked() -> None:
    assert not replica.configured()
    assert asking(asked()) is straight
    some = Reading()
    assert list(every_row(asked(), some.page)) == ROWS
    assert set(some.read) == {DEFAULT_DB_ALIAS}


@pytest.mark.django_db
def test_a_tab_is_read_in_blocks_when_its_rows_are_wanted() -> None:
    made = [make.filed() for _ in range(2)]
    blocks: list[str] = []

    def ask(work: Callable[[], Any]) -> Any:
        blocks.append("asked")
        return work()

    found = export(Tab.TO_ACCEPT, by=SYSTEM, filters=Filters(), ask=ask)
    assert blocks == [], "nothing is read before the first row is wanted"
    assert {row.id for row in found} == {row.id for row in made}
    assert blocks == ["asked"]
