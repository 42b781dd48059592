"""R20 in short: web server and long worker are killed while a system reports by file and by interface; each row counts once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import reporting
from tests.faults.installation import clean_environment, throwaway_folder
from tests.faults.invariants import Auditor
from tests.faults.reporting_plant import FOLDER, Forks, Reporter, forked, reporter
from yichuang.effects.commands import drain_all
from yichuang.statistics.queries.recount import compared_day
from yichuang.workdays.queries import now

KILLS, CASES, BLOCK = 8, 40, 20
PAUSE = (0.05, 0.25)


@pytest.fixture
def folder() -> Iterator[Path]:
    with throwaway_folder() as made:
        yield made


@pytest.fixture
def told(committed: dict[str, str]) -> Reporter:
    return reporter()


@pytest.fixture
def site(committed: dict[str, str], told: Reporter, folder: Path) -> Iterator[Forks]:
    environment = {
        **clean_environment(), "DATABASE_URL": committed["app"], "SECRET_KEY": "k" + "0123456789abcdef" * 4,
        "YICHUANG_DEVELOPMENT": "1", "YICHUANG_VAR": str(folder), "YICHUANG_EXCHANGE_DIR": str(folder), "FAULTS_BLOCK": str(BLOCK),
    }  # fmt: skip
    with forked(environment, folder / "site.log") as made:
        yield made


def test_every_row_that_was_reported_counts_once_wherever_the_receiver_is_killed(
    site: Forks, told: Reporter, folder: Path, committed: dict[str, str]
) -> None:
    auditor, book, place = Auditor(committed["owner"]), told.book(CASES), folder / FOLDER
    senders = [told.sender(site.address) for _ in range(2)]
    struck = reporting.kill_while_reporting(book, place, senders, site, auditor, KILLS, PAUSE)
    assert struck.kills == KILLS
    assert struck.inside > 0, "of so many one is in the middle of a batch"
    drain_all(at=now())
    assert reporting.judged(book, auditor) == []
    assert reporting.counted_wrong([book], auditor) == []
    assert [compared_day(day).differing for day in book.days] == [0, 0]
    assert len(book.lines) > len(senders)

    # A receiver that says too early how far it is: whoever goes on after it begins behind what was lost.
    for variant in reporting.VARIANTS:
        lost = reporting.broken(site, variant, told.book(4 * CASES), place, auditor)
        assert any("is lost" in one for one in lost), variant
    assert reporting.counted_wrong([book], auditor), "the figures tell too that somebody else has reported"
