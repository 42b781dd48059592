"""Lists as downloads are read from the replica, block by block, after the request that asked for them has ended."""

from collections.abc import Callable
from typing import Any

import pytest

from yichuang.cases.pages import blocks
from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.home.pages import desk
from yichuang.home.tests.test_desk import csv_rows
from yichuang.home.tests.test_private_replica import second as second
from yichuang.home.tests.visitors import browser, holder
from yichuang.kernel import replica, sql
from yichuang.kernel.paging import straight
from yichuang.kernel.replica import ALIAS
from yichuang.kernel.web import Request

HELD = (Capability.CASE_SEARCH, Capability.FIGURES_READ)
DAYS = "first=2022-05-01&last=2022-05-31"
# Downloads, what the statement of a block holds and no other, and how many blocks five cases are.
DOWNLOADS = {
    "/desk/export.csv?tab=to_accept": ("w.due_on, w.case_id", 3),
    "/desk/search.csv?q=示例": ("unnest(%(people)s", 3),
    f"/desk/figures/cases.csv?measure=received&{DAYS}": ("journal_fact", 3),
    f"/desk/figures/late.csv?{DAYS}": ("statistics_late", 1),
    f"/desk/figures/efficiency/cases.csv?claim=mean_days&{DAYS}": ("%(project_class)s", 1),
}


@pytest.fixture
def read(second: None, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Where the statements of this test are read; blocks of two rows."""
    assert second is None
    found: list[tuple[str, str]] = []
    real = sql.rows

    def watched(text: str, *given: Any) -> Any:
        found.append((replica.alias(), text))
        return real(text, *given)

    monkeypatch.setattr(sql, "rows", watched)
    monkeypatch.setattr(desk, "CSV_BLOCK", 2)
    monkeypatch.setattr("yichuang.cases.queries.queues.EXPORT_PAGE", 2)
    monkeypatch.setattr("yichuang.statistics.pages.desk.CSV_PAGE", 2)
    return found


def asked_of(read: list[tuple[str, str]], address: str) -> list[str]:
    """Where each block of a download is read."""
    answer = browser(holder(*HELD)).get(address)
    assert answer.status_code == 200
    read.clear()
    rows = csv_rows(answer)
    mark, blocks_wanted = DOWNLOADS[address]
    assert len(rows) == (1 if blocks_wanted == 1 else 6), rows
    assert replica.alias() != ALIAS, "nothing of it stays"
    return [alias for alias, text in read if mark in text]


def test_every_block_of_a_download_is_asked_of_the_replica(
    read: list[tuple[str, str]], at: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    at(make.LATER)
    for _ in range(5):
        make.filed()
    for address, (_, number) in DOWNLOADS.items():
        assert asked_of(read, address) == [ALIAS] * number, address

    # The broken variant streams as the rows are wanted, when the front door's asking has long ended.
    def here(_: Request) -> Any:
        return straight

    monkeypatch.setattr(blocks, "asking", here)
    monkeypatch.setattr(desk, "asking", here)
    for address in DOWNLOADS:
        assert ALIAS not in asked_of(read, address), address
