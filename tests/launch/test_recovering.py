"""A server that reads its log after a crash is waited for as long as it says so; one that says nothing is given up."""

from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest

from config.launch import postgres
from config.launch.binaries import Binaries
from config.launch.places import Places
from config.launch.postgres import START_SECONDS, Cluster
from config.launch.say import Stop

READING = "connection failed: FATAL:  the database system is not yet accepting connections\nDETAIL:  Consistent recovery state has not been yet reached."


class Clock:
    """Seconds that pass only in sleep, quickly."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, _: float) -> None:
        self.now += 5.0


def waited(places: Places, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> float:
    """How long is waited for a server that refuses with these words, one after the other, and then lets us in. Raises Stop."""
    clock, said = Clock(), iter(words)

    def connect(*_: Any, **__: Any) -> SimpleNamespace:
        refused = next(said, None)
        if refused is not None:
            raise psycopg.OperationalError(refused)
        return SimpleNamespace(close=lambda: None)

    monkeypatch.setattr(postgres, "time", clock)
    monkeypatch.setattr(postgres, "answers", lambda port: True)
    # Here, where what has been said already is counted.
    monkeypatch.setattr(postgres, "apart", lambda work: work())
    monkeypatch.setattr(psycopg, "connect", connect)
    cluster = Cluster(places, places.var, places.spare)
    cluster._process = cast("Any", SimpleNamespace(poll=lambda: None))
    kept = cluster.secrets
    kept.port = 1
    kept.save(cluster.secrets_file)
    ground = cast("Any", SimpleNamespace(data=places.var, binaries=cast("Binaries", None)))
    cluster._wait_ready(ground)
    return clock.now


PATIENT = int(START_SECONDS / 5)


@pytest.mark.parametrize(
    "words",
    [
        READING,
        "FATAL:  the database system is starting up",
        "FATAL:  the database system is in recovery mode",
    ],
)
def test_a_server_that_reads_its_log_is_waited_for(
    words: str, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waited(places, monkeypatch, [words] * PATIENT * 9) == PATIENT * 9 * 5


@pytest.mark.parametrize(
    "words", ["connection refused", "FATAL:  the database system is shutting down", "timeout expired"]
)
def test_one_that_says_something_else_is_given_up(
    words: str, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waited(places, monkeypatch, [words] * (PATIENT - 1)) < START_SECONDS
    with pytest.raises(Stop):
        waited(places, monkeypatch, [words] * PATIENT * 2)


def test_one_that_falls_silent_after_reading_is_given_up_too(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Stop):
        waited(places, monkeypatch, [READING] * PATIENT * 2 + ["connection refused"] * PATIENT * 2)


def test_a_wrong_password_is_told_at_once(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Stop, match="口令"):
        waited(places, monkeypatch, ["password authentication failed for user"])
