"""P2x: bounds are judged as performance is told, and a slow or greedy export is seen."""

import pytest

from bench.p2x import AIM, KINDS, MUST, ROWS, Told, scenario

TURN: Told = {"seconds": 1.0, "cpu": 0.2, "first": 0.02, "rss_mb": 100.0, "database_cpu": 0.8}


def found(**changed: Told) -> dict[str, Told]:
    """What was measured of each kind: all alike unless told otherwise."""
    return dict.fromkeys(KINDS, TURN) | changed


def test_a_copy_as_quick_as_the_limit_meets_everything() -> None:
    told = scenario(found())
    assert (told.ours, told.limit, told.cpu_ms) == (1.0, 1.0, round(1_000 / ROWS, 4))
    assert {one.name for one in told.must} == set(MUST)
    assert {one.name for one in told.aim} == set(AIM)
    assert all(one.met for one in [*told.must, *told.aim])
    assert told.more["cpu_seconds"] == dict.fromkeys(KINDS, 1.0)


@pytest.mark.parametrize(
    ("kind", "name", "value", "missed"),
    [
        ("csv", "seconds", 2.1, "csv_ratio"), ("limit", "seconds", 0.4, "csv_ratio"), ("xlsx", "seconds", 8.1, "xlsx_seconds"),
        ("csv", "rss_mb", 129.0, "rss_mb"), ("xlsx", "rss_mb", 129.0, "rss_mb"), ("xlsx", "first", 1.1, "first_byte_seconds"),
    ],
)  # fmt: skip
def test_what_misses_a_must_is_seen(kind: str, name: str, value: float, missed: str) -> None:
    told = scenario(found(**{kind: {**TURN, name: value}}))
    assert [one.name for one in told.must if not one.met] == [missed]
