"""What the short forms stand on: a committed database, somebody who files, and a proxy before the database."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connections

from config.settings import database
from tests.faults.cuts import through
from tests.faults.invariants import Auditor
from tests.faults.ledger import Ledger
from tests.faults.near import NearPost
from tests.faults.people import Cast, bodies, of_a_scratch_site
from tests.faults.proxy import Proxy


@dataclass
class Near:
    """A site in this process, on a database of its own."""

    urls: dict[str, str]
    cast: Cast
    auditor: Auditor

    def begin(self) -> tuple[NearPost, Ledger]:
        """A fresh book; what is filed from now on must be in it."""
        self.auditor.mark()
        return NearPost("", self.cast.portal, bodies()), Ledger()

    @property
    def cases(self) -> int:
        """How many cases there are."""
        return int(self.auditor.ask("select count(*) from cases_case")[0][0])


@pytest.fixture
def near(committed: dict[str, str]) -> Near:
    """A site with somebody who may file."""
    return Near(committed, of_a_scratch_site(), Auditor(committed["owner"]))


@pytest.fixture
def proxied(near: Near) -> Iterator[Proxy]:
    """Every word of this process to the database goes through a proxy."""
    url = near.urls["app"]
    proxy = Proxy(int(url.rpartition(":")[2].partition("/")[0]))
    settings = connections["default"].settings_dict
    connections["default"].close()
    settings.update(database(through(url, proxy)))
    try:
        yield proxy
    finally:
        connections["default"].close()
        settings.update(database(url))
        proxy.close()
