"""PX tells what it measured: the goals, the ratio, the rows that are sent."""

from typing import Any

import pytest

from bench import exchange
from bench.exchange import Size, judged
from bench.results import told


def part(wall: float, python: float, database: float) -> dict[str, float]:
    """Microseconds an event."""
    return {"wall_us": wall, "python_us": python, "database_us": database}


def ours(python: float = 50, drain: float = 30) -> dict[str, Any]:
    """A warm-up that nobody counts, two batches and the drain."""
    return {
        "batch 1": part(900, 500, 400), "batch 2": part(100, python, 30), "batch 3": part(120, python + 20, 30),
        "drain": part(50, drain / 2, drain / 2),
    }  # fmt: skip


LIMIT = {"copy": part(40, 2, 30)}
SIZE = Size(batches=3, events=1000)


def test_what_is_sustained_is_what_two_processors_do_of_what_an_event_costs() -> None:
    found = judged(ours(), LIMIT, SIZE)
    # The middle of 80 and 100 is 90, and the drain costs 30: 120 microseconds an event on two processors.
    assert found.more["ingest_cpu_us"] == 90
    assert found.more["drain_cpu_us"] == 30
    assert found.ours == round(2e6 / 120)
    assert found.limit == 62_500
    assert found.cpu_ms == 0.12


@pytest.mark.parametrize(
    ("python", "drain", "must", "aim"), [(50, 30, True, True), (60, 30, True, False), (150, 90, False, False)]
)
def test_the_goals_are_judged(python: float, drain: float, must: bool, aim: bool) -> None:
    found = judged(ours(python, drain), LIMIT, SIZE)
    assert [one.met for one in found.must] == [must]
    assert [one.met for one in found.aim] == [aim]
    assert "events/s" in told(found)


def test_one_batch_alone_is_its_own_warm_up() -> None:
    found = judged({"batch 1": part(100, 50, 30), "drain": part(1, 1, 1)}, LIMIT, Size(1, 10))
    assert found.more["ingest_cpu_us"] == 80


def test_the_scenario_is_written_as_others_are() -> None:
    found = judged(ours(), LIMIT, SIZE).as_json(machine="m", commit="c")
    assert (found["scenario"], found["unit"], found["must_met"], found["aim_met"]) == (
        "PX",
        "events/s",
        True,
        True,
    )
    assert found["ratio"] == round(found["ours"] / found["limit"], 3)
    assert found["parts"]["drain"]["python_us"] == 15
    assert exchange.USUAL.events == 50_000
