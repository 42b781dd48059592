"""B1 and B2 in short: a worker process of long jobs is killed a few times on its way through a file and through an act."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from tests.faults import bulk, long_worker
from yichuang.intake.tests import factories_bulk as filings

ROWS = 400


class Latest(random.Random):
    """Chance that always waits as long as it may."""

    def uniform(self, a: float, b: float) -> float:
        return max(a, b)


@dataclass(frozen=True)
class Free:
    """A worker that is never held."""

    begin: bulk.Begin

    def __call__(self, *, held: bool = False) -> int:
        return self.begin()


@pytest.fixture
def auditor(committed: dict[str, str]) -> Iterator[bulk.Watching]:
    with bulk.watching(committed["owner"]) as made:
        yield made


def test_a_file_and_an_act_on_its_cases_survive_a_worker_that_is_killed(auditor: bulk.Watching) -> None:
    chance = random.Random(8)
    found = bulk.uploaded(auditor, ROWS, filings.AT)
    begin = partial(bulk.forked, partial(long_worker.for_ever, filings.AT))
    kills, wrong = bulk.brought_through(found, begin, 4, chance)
    assert (kills, wrong) == (4, [])
    act = bulk.released(auditor, begin, 60, filings.AT)
    begin = partial(bulk.forked, partial(long_worker.for_ever, filings.AT))
    assert bulk.killed_along(begin, act.job(), bulk.points(act.cases, 3, chance), chance) == 3
    # The last case is done and the act is not: it is the very last transaction that is struck.
    assert bulk.killed_along(begin, act.job(), [act.cases - 1], Latest(), linger=0.4) == 1
    assert bulk.finished(begin, act.job()) + act.wrong() == []
    assert bulk.figures_agree(filings.AT) == []


def test_a_blow_that_falls_late_strikes_only_a_worker_that_is_held(auditor: bulk.Watching) -> None:
    """The broken variant of the harness: a worker that may end its job has done so before the blow falls, which counts for none."""
    found = bulk.uploaded(auditor, 40, filings.AT)
    begin = partial(bulk.forked, partial(long_worker.for_ever, filings.AT))
    assert bulk.killed_along(begin, found.checking(), [1], Latest(), linger=0.4) == 1
    assert found.state() == "checking"
    assert bulk.killed_along(Free(begin), found.checking(), [1], Latest(), linger=bulk.PATIENCE_SECONDS) == 0
    assert found.state() == "checked"


def test_a_worker_that_ends_by_itself_was_not_killed(auditor: bulk.Watching) -> None:
    """Nor does a blow on somebody who is dead already count."""
    found = bulk.uploaded(auditor, 40, filings.AT)
    begin = partial(bulk.forked, lambda **_: None)
    assert bulk.killed_along(begin, found.checking(), [1], random.Random(1)) == 0
    assert found.state() != "checked"


def test_a_worker_that_remembers_before_it_commits_is_caught(auditor: bulk.Watching) -> None:
    """The broken variant: the place in the file is kept first, the cases after it."""
    found = bulk.uploaded(auditor, ROWS // 2, filings.AT)
    begin = partial(bulk.forked, partial(long_worker.for_ever, filings.AT, "remembers_first"))
    _, wrong = bulk.brought_through(found, begin, 2, random.Random(3))
    assert any("was lost" in words for words in wrong)


def test_an_act_that_marks_before_it_moves_is_caught(
    auditor: bulk.Watching, committed: dict[str, str]
) -> None:
    """The broken variant: cases are marked as done first, and moved after it."""
    found = bulk.uploaded(auditor, 60, filings.AT)
    sound = partial(bulk.forked, partial(long_worker.for_ever, filings.AT))
    assert bulk.brought_through(found, sound, 0, random.Random(1))[1] == []
    act = bulk.released(auditor, sound, 60, filings.AT)
    begin = partial(bulk.forked, partial(long_worker.for_ever, filings.AT, "marks_first", committed["app"]))
    bulk.killed_along(begin, act.job(), [1, 15], random.Random(2))
    bulk.finished(begin, act.job())
    assert any("acceptances" in words for words in act.wrong())
