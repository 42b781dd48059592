"""The clock of the tests forgives what disturbs a run, and nothing that is slow by itself."""

import gc
from collections.abc import Iterator

import pytest

from yichuang.kernel.tests.timing import TRIES, quickest


class Clock:
    """Runs that take so long, one after the other."""

    def __init__(self, *seconds: float) -> None:
        self.now, self.runs = 100.0, 0
        self._seconds: Iterator[float] = iter(seconds)

    def __call__(self) -> float:
        return self.now

    def run(self) -> None:
        self.runs += 1
        self.now += next(self._seconds)


@pytest.mark.parametrize(
    ("seconds", "runs", "found"),
    [((0.5,), 1, 0.5), ((7.0, 0.5), 2, 0.5), ((7.0, 3.0, 2.0, 0.9), 4, 0.9), ((7.0, 3.0, 2.0, 4.0), 4, 2.0)],
    ids=["quick", "disturbed once", "disturbed thrice", "slow"],
)
def test_a_run_that_was_disturbed_is_run_again_and_a_slow_one_stays_slow(
    seconds: tuple[float, ...], runs: int, found: float
) -> None:
    clock = Clock(*seconds)
    assert quickest(clock.run, 1.0, clock=clock) == pytest.approx(found)
    assert clock.runs == runs


def test_what_is_slow_by_itself_is_found_out_at_every_try() -> None:
    clock = Clock(*[1.1] * TRIES)
    assert quickest(clock.run, 1.0, clock=clock) > 1.0


def test_the_collector_rests_and_comes_back_whatever_happens() -> None:
    seen: list[bool] = []
    quickest(lambda: seen.append(gc.isenabled()), 1.0)
    assert (seen, gc.isenabled()) == ([False], True)
    with pytest.raises(ZeroDivisionError):
        quickest(lambda: 1 / 0, 1.0)
    assert gc.isenabled()
