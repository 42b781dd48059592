"""How long a worker that was told to stop waits: for everybody together, and never for one after the other."""

import threading
from typing import Any

import pytest

from yichuang.effects.cli import worker


class Clock:
    """A clock that goes on while somebody is waited for."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        """Now."""
        return self.now


class Busy:
    """A duty in the midst of a night's work: it takes so many seconds more."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self._ends = clock, clock.now + seconds

    def join(self, timeout: float) -> None:
        """Wait for it."""
        assert timeout >= 0
        self._clock.now = min(max(self._ends, self._clock.now), self._clock.now + timeout)


@pytest.mark.parametrize(
    ("takes", "waited"),
    [
        ((60.0, 60.0, 60.0), worker.STOP_SECONDS),
        ((4.0, 6.0, 1.0), 6.0),
        ((), 0.0),
        ((0.0, 60.0), worker.STOP_SECONDS),
    ],
)
def test_all_threads_together_are_waited_for_once(
    takes: tuple[float, ...], waited: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, stop = Clock(), threading.Event()
    monkeypatch.setattr("yichuang.effects.cli.worker.time", clock)
    threads: list[Any] = [Busy(clock, seconds) for seconds in takes]
    worker._stop(stop, threads, None)
    assert stop.is_set()
    assert clock.now - 100.0 == waited
    # The broken variant gives each its own patience.
    clock.now = 100.0
    for thread in [Busy(clock, 60.0) for _ in range(3)]:
        thread.join(worker.STOP_SECONDS)
    assert clock.now - 100.0 > 2 * worker.STOP_SECONDS
