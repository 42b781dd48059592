"""The capacity calculator: arithmetic that can be done by hand, layouts by volume, and what programs read of it."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bench.bytes import Stand, told
from config.sizing import Asked, measured, size
from config.sizing_cli import amount, size_command

ROUND: dict[str, Any] = {
    "measured": {"command": "c", "machine": "m"},
    "handled": {
        "bytes": 20_000, "log_bytes": 50_000, "writes": 6, "write_web_us": 4_000, "database_us": 30_000, "worker_us": 6_000,
    },
    "reported": {"bytes": 3_000, "log_bytes": 8_000, "writes": 2, "event_us": 200},
    "page": {"web_us": 4_000, "database_us": 1_000},
}  # fmt: skip


def test_a_million_by_hand() -> None:
    found = size(Asked(1_000_000, Decimal("0.9"), 2, 300, 3), ROUND)
    assert (found.handled_cases, found.reported_cases) == (100_000, 900_000)
    # 100,000 × 20,000 and 900,000 × 3,000 bytes, and three tenths more.
    assert found.disk_bytes_a_year == 6_110_000_000
    assert found.disk_bytes_in_all == 3 * found.disk_bytes_a_year
    assert found.file_bytes_a_year == 100_000 * 2 * 300 * 1024
    assert found.log_bytes_a_day == (100_000 * 50_000 + 900_000 * 8_000) // 250
    # 600,000 writes in 7.2 million seconds of office hours, ten times that at the peak: 0.83.
    assert (found.peak_writes_a_second, found.peak_events_a_second) == (1, 3)
    assert found.layout == "one"


@given(cases=st.integers(1, 10**9), share=st.decimals(0, 1, places=2))
def test_more_cases_never_need_less(cases: int, share: Decimal) -> None:
    asked = Asked(cases, share)
    less, more = size(asked, ROUND), size(replace(asked, cases=cases * 2), ROUND)
    for name in (
        "disk_bytes_a_year",
        "log_bytes_a_day",
        "peak_writes_a_second",
        "web_cores",
        "database_cores",
    ):
        assert getattr(more, name) >= getattr(less, name)
    assert less.handled_cases + less.reported_cases == cases


@pytest.mark.parametrize(
    ("cases", "layout"),
    [(500_000, "one"), (20_500_000, "replica"), (205_000_000, "hosts"), (400_000_000, "distributed")],
    ids=["a city", "a province", "ten provinces", "the nation"],
)
def test_the_layout_follows_the_volume(cases: int, layout: str) -> None:
    assert size(Asked(cases), measured()).layout == layout


def test_what_programs_read() -> None:
    done = CliRunner().invoke(size_command, ["--cases-per-year", "20500000", "--json"])
    found = json.loads(done.stdout)
    assert (done.exit_code, found["layout"], found["asked"]["reported_share"]) == (0, "replica", "0.9")
    assert found["measured"]["handled"]["bytes"] > 0
    assert all(
        isinstance(found[name], int) for name in ("disk_bytes_a_year", "web_cores", "peak_pages_a_second")
    )


def test_what_people_read() -> None:
    done = CliRunner().invoke(size_command, ["--cases-per-year", "20500000"])
    assert done.exit_code == 0
    assert "建议布局：一主一备。" in done.stdout
    assert "依据：python -m bench.bytes" in done.stderr


@pytest.mark.parametrize("share", ["1.2", "-0.1", "x"])
def test_a_share_that_is_none_is_refused(share: str) -> None:
    done = CliRunner().invoke(size_command, ["--cases-per-year", "1", "--reported-share", share])
    assert done.exit_code == 2
    assert "0 到 1" in done.output


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KB"),
        (1536, "1.5 KB"),
        (1024**3 + 1, "1.1 GB"),
        (2 * 1024**5, "2 PB"),
    ],
)
def test_amounts(count: int, text: str) -> None:
    assert amount(count).replace(",", "") == text


def test_what_one_life_costs_is_a_difference() -> None:
    before = Stand({"a": (1_000, 500), "b": (800, 0)}, 10_000, 1.0, 2.0)
    after = Stand({"a": (11_000, 5_500), "b": (800, 0), "c": (100, 0)}, 60_000, 1.5, 3.0)
    found = told(10, before, after, 2.75)
    assert found["tables"] == {"a": 1_500, "c": 10}
    assert (found["bytes"], found["log_bytes"]) == (1_510, 5_000)
    assert (found["database_us"], found["commands_us"], found["worker_us"]) == (50_000, 75_000, 25_000)
