"""How soon the drain looks again: a page of figures finds few facts waiting, and seals stay few."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.effects.cli import draining
from yichuang.effects.cli.draining import BUSY_SECONDS, IDLE_SECONDS, WAITING, pause
from yichuang.statistics.commands import BATCH


@given(st.integers(0, 2 * BATCH), st.floats(0.001, 600))
def test_the_pause_stays_within_its_bounds(found: int, seconds: float) -> None:
    told = pause(found, seconds)
    assert told == 0 if found >= BATCH else BUSY_SECONDS <= told <= IDLE_SECONDS
    # More that came in the same time never wait longer.
    assert pause(found + 1, seconds) <= told


@pytest.mark.parametrize(
    ("a_second", "most"),
    [(3, 3), (300, 300), (1000, 1.05 * WAITING), (2000, 1.05 * WAITING), (4900, 4900 * BUSY_SECONDS * 1.05)],
)
def test_what_waits_settles(a_second: int, most: float) -> None:
    """At a steady rate: as many as come in a second where few come, about WAITING where many do."""
    seconds, found = 1.0, a_second
    for _ in range(20):
        seconds = pause(found, seconds) or BUSY_SECONDS
        found = int(a_second * seconds)
    assert found <= most


def test_nothing_to_drain_is_looked_for_once_a_second() -> None:
    assert pause(0, 0.001) == pause(0, 60) == IDLE_SECONDS
    assert pause(1, 1.0) == IDLE_SECONDS


class Waits(threading.Event):
    """A stop that notes how long it was waited for, and comes after some."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.waited: list[float] = []
        self._most = most

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0.0)
        if len(self.waited) >= self._most:
            self.set()
        return self.is_set()


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "close_old_connections", lambda: None)
    monkeypatch.setattr(draining, "connection", type("Open", (), {"close": lambda _: None})())
    monkeypatch.setattr(draining, "past_agrees", lambda: True)


@pytest.mark.usefixtures("quiet")
def test_the_drain_goes_by_what_it_found_and_goes_on_after_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    found: Iterator[int | OSError] = iter([0, BATCH, OSError("gone"), 4000])

    def drain(**_: object) -> int:
        one = next(found)
        if isinstance(one, OSError):
            raise one
        return one

    monkeypatch.setattr(draining, "drain", drain)
    stop = Waits(4)
    draining.drain_for_ever(stop)
    assert stop.waited == [IDLE_SECONDS, 0.0, draining.PAUSE_AFTER_TROUBLE, BUSY_SECONDS]


@pytest.mark.usefixtures("quiet")
def test_a_past_that_disagrees_is_never_drained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "past_agrees", lambda: False)
    monkeypatch.setattr(draining, "drain", lambda **_: pytest.fail("it was drained"))
    stop = Waits(3)
    draining.drain_for_ever(stop)
    assert stop.waited == [draining.PAUSE_AFTER_DISAGREEMENT] * 3
