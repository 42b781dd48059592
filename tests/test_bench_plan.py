"""How long `make bench` takes is planned before it begins, told while it runs, and one scenario that fails takes no other away."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as house
from bench import p2, p7, plan, results
from bench.__main__ import ahead, named, parsed, taken
from bench.asked import SIZES, Asked
from bench.plan import MOST_SECONDS, clock, phases, preparing, seconds
from bench.results import Scenario
from config.launch.say import Stop

SHORT = SIZES["short"]


def whole() -> list[str]:
    """What `make bench` measures."""
    return named(parsed([]))


# The plan.


def test_make_bench_takes_at_most_twenty_minutes_with_everything_that_it_prepares() -> None:
    assert Asked(seconds=15.0, warm=3.0, rounds=3, connections=8, cases=1_000_000, size="short") == SHORT
    parts = [*preparing(whole(), SHORT), *(one for name in whole() for one in phases(name, SHORT))]
    assert sum(one.seconds for one in parts) == pytest.approx(seconds(whole(), SHORT))
    assert seconds(whole(), SHORT) <= MOST_SECONDS == 1200


@pytest.mark.parametrize(
    "changed", [{"rounds": 5}, {"seconds": 60.0}, {"cases": 20_000_000}], ids=lambda one: next(iter(one))
)
def test_what_is_asked_for_is_what_is_planned(changed: dict[str, Any]) -> None:
    """The broken variant is a list of constants: whoever asks for more would be told the same."""
    assert seconds(whole(), replace(SHORT, **changed)) > MOST_SECONDS


def test_every_scenario_of_the_short_bench_is_there_and_the_rest_is_named() -> None:
    assert set(house.SCENARIOS) - set(whole()) == set(plan.BY_NAME) == {"P1b", "P1c", "TR"}
    assert named(parsed(["--size", "full"])) == list(house.SCENARIOS)
    assert named(parsed(["TR", "P1b"])) == ["TR", "P1b"]
    for number in (*range(1, 9), "X"):
        assert f"P{number}" in whole()
    document = house.DOCUMENT.read_text(encoding="utf-8")
    assert all(f"`{name}`" in document for name in plan.BY_NAME)


def test_every_scenario_has_a_plan_of_its_own() -> None:
    known = {*plan.PHASES, *plan.FIXED, *plan.FIXED_ONCE}
    assert known == set(house.SCENARIOS)
    for name in house.SCENARIOS:
        parts = phases(name, SHORT)
        assert parts
        assert all(one.seconds > 0 for one in parts if one.name != "turns"), name
    assert phases("unknown", SHORT)[0].seconds == 60


def test_what_is_measured_for_so_long_is_planned_for_so_long() -> None:
    """The phases of load are the very numbers of the scenarios."""
    listed = {name: {one.name: one.seconds for one in phases(name, SHORT)} for name in house.SCENARIOS}
    assert listed["P1"]["ours"] == 3 * 18
    assert listed["P1"]["limit"] == 3 * 16
    assert listed["P1"]["peers"] == 3 * (18 + plan.PEER)
    assert listed["P6"]["ours"] == 3 * 2 * 16
    assert listed["P7"]["watched"] == p7.seconds(SHORT)
    assert listed["P1b"] == listed["P1c"]
    assert listed["TR"]["day"] == 135
    longer = {one.name: one.seconds for one in phases("P2", replace(SHORT, size="full"))}
    assert longer["files and limits"] > 10 * listed["P2"]["files and limits"]
    assert p2.ROWS["full"] == 20 * p2.ROWS["short"]


def test_what_several_need_is_prepared_once() -> None:
    assert [one.name for one in preparing(["P1", "P6", "P7"], SHORT)] == ["catalogue and people", "cases"]
    assert [one.name for one in preparing(["P4", "P5", "LISTS"], SHORT)] == ["catalogue and people"]
    assert preparing(["P3x"], SHORT) == []
    assert [one.name for one in preparing(["P1"], replace(SHORT, cases=0))] == ["catalogue and people"]
    alone = sum(seconds([name], SHORT) for name in ("P1", "P6"))
    assert seconds(["P1", "P6"], SHORT) < alone


@pytest.mark.parametrize(
    ("length", "words"), [(0.4, "0 s"), (119.4, "119 s"), (120, "2 min"), (1169, "19 min")]
)
def test_a_length_is_told_as_people_say_it(length: float, words: str) -> None:
    assert clock(length) == words


# What is told while it runs.


def test_before_each_scenario_stands_what_comes_and_what_is_left() -> None:
    first = ahead(["P1", "P6", "PX"], SHORT, first=True)
    assert first.startswith("  P1: about 3 min, first the databases, at most ")
    assert "; then P6, PX; all in about " in first
    last = ahead(["PX"], SHORT, first=False)
    assert "then" not in last
    assert "databases" not in last
    once, twice = (ahead(["P1"], SHORT, first=False, times=times) for times in (1, 2))
    assert once.split("about ")[1] != twice.split("about ")[1]


def test_at_the_end_stands_how_long_each_took() -> None:
    assert taken({"P1": 201.4, "P6": 9.0}, ["P6"]) == "  took: P1 201 s, P6 9 s (failed); together 4 min"


# One that fails.


def stand_in(name: str, error: Exception | None = None, met: float = 1.0) -> Callable[[Asked], Scenario]:
    """A scenario that measures nothing, or fails."""

    def run(_: Asked) -> Scenario:
        if error is not None:
            raise error
        return Scenario(name, 1.0, "x/s", 2.0, {}, 1.0, [results.Bound("ratio", ">=", 0.5, met)], [])

    return run


@pytest.mark.parametrize(
    "error", [Stop("没有 pgbench", "no pgbench"), ZeroDivisionError("nothing there")], ids=["stop", "bug"]
)
def test_one_scenario_that_fails_is_named_and_the_others_go_on(
    error: Exception, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"A": stand_in("A"), "B": stand_in("B", error), "C": stand_in("C")}
    monkeypatch.setattr(house, "SCENARIOS", known)
    out = tmp_path / "latest.json"
    assert house.main(["--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert str(error) in said or "no pgbench" in said
    assert "FAILED, not measured: B" in said
    assert "B 0 s (failed)" in said
    entries = json.loads(out.read_text())
    assert [one["scenario"] for one in entries] == ["A", "C"]
    assert all(0 <= one["seconds_taken"] < 60 for one in entries)
    monkeypatch.setattr(house, "SCENARIOS", {"A": known["A"], "C": known["C"]})
    assert house.main(["--out", str(out)]) == 0
    monkeypatch.setattr(house, "SCENARIOS", {"B": known["B"]})
    assert house.main(["--out", str(out)]) == 2


def test_results_that_cannot_be_written_take_no_other_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(house, "SCENARIOS", {"A": stand_in("A"), "B": stand_in("B")})
    keep = house.keep

    def kept(out: Path, found: Scenario) -> None:
        if found.name == "A":
            raise OSError("disk full")
        keep(out, found)

    monkeypatch.setattr(house, "keep", kept)
    assert house.main(["--out", str(tmp_path / "latest.json")]) == 1
    assert "FAILED, not measured: A" in capsys.readouterr().err
