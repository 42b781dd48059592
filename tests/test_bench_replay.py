"""The replay of the year: its plan, its arithmetic, its tables and what it refuses, each with a wrong input that is told."""

import json
import random
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.replay import year
from bench.replay.__main__ import main
from bench.replay.comparison import Line, compared, table, wanted
from bench.replay.events import Choice, Event, Matter, batches, until
from bench.replay.plan import FIRST, each_day, plan, spread, weight
from bench.replay.printed import GROUPS, ISSUES, LAST, half_up
from bench.replay.world import TYPES, systems, world
from bench.replay.year import How
from config.launch.say import Stop

DAYS = each_day(date(2022, 5, 1), date(2022, 5, 31))


@given(st.integers(0, 10**9), st.integers(1, 366))
def test_what_is_spread_over_days_is_all_there(number: int, days: int) -> None:
    over = each_day(FIRST, FIRST + timedelta(days=days - 1))
    found = spread(number, over)
    assert sum(found) == number
    assert min(found) >= 0
    assert len(found) == days


def test_a_working_day_has_three_times_a_rest_day() -> None:
    found = dict(zip(DAYS, spread(10_000 * sum(map(weight, DAYS)), DAYS), strict=True))
    assert {found[day] for day in DAYS if day.weekday() >= 5} == {10_000}
    assert {found[day] for day in DAYS if day.weekday() < 5} == {30_000}

    def rounded(number: int, days: list[date]) -> list[int]:
        """The broken variant: each day rounded by itself."""
        whole = sum(map(weight, days))
        return [half_up(number * weight(day), whole) for day in days]

    assert sum(rounded(1000, DAYS)) != 1000 == sum(spread(1000, DAYS))


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_half_up_is_the_nearest_and_a_half_goes_up(number: int, scale: int) -> None:
    found = half_up(number, scale)
    assert abs(2 * (number - found * scale)) <= scale
    if 2 * (number % scale) == scale:
        assert found == number // scale + 1


@pytest.mark.parametrize("scale", [1, 7, 1000, 100_000])
def test_at_every_scale_the_plan_meets_what_was_printed(scale: int) -> None:
    made = plan(scale)
    for issue in ISSUES:
        for key, number in issue.scaled(scale).items():
            assert made.between(*key, FIRST, issue.last) == number
    # Nothing is concluded that was not there before.
    for group in GROUPS:
        standing = made.opening[group]
        for day in each_day(FIRST, LAST):
            standing += made.pieces[group, "accepted", day] - made.pieces[group, "concluded", day]
            assert standing >= 0, (group, day)


def test_printed_totals_grow_and_weeks_follow_each_other() -> None:
    for before, after in pairwise(ISSUES):
        assert before.last < after.first <= after.last < after.issued
        assert before.number < after.number
        for group in GROUPS:
            assert all(a <= b for a, b in zip(before.totals[group], after.totals[group], strict=True))


def test_a_world_has_every_item_once_and_each_group_its_type() -> None:
    found = world(3, 2)
    assert set(found) == set(GROUPS) == set(TYPES)
    for group, matters in found.items():
        assert len({one.item for one in matters}) == 6
        assert {one.item_type for one in matters} == {TYPES[group]}
        assert [one.department for one in matters[:3]] == ["D001", "D002", "D003"]
        assert {one.limit_days for one in matters} == {20 if group == "licence" else None}


@given(st.integers(1, 12), st.integers(1, 8))
def test_every_department_is_reported_for_by_one_system(departments: int, count: int) -> None:
    found = systems(world(departments, 1), count)
    everybody = [one for each in found.values() for one in each]
    assert sorted(everybody) == [f"D{place:03d}" for place in range(1, departments + 1)]
    assert len(found) == min(count, departments)
    sizes = [len(one) for one in found.values()]
    assert max(sizes) - min(sizes) <= 1


def test_the_first_matter_is_chosen_most_and_the_same_case_always_the_same() -> None:
    choice = Choice(world(5, 4)["licence"])
    drawn = Counter(choice.of(number).item for number in range(1, 20_001))
    first, second, *_, last = [drawn[one.item] for one in choice.matters]
    assert 1.7 < first / second < 2.3
    assert 15 < first / last < 27
    assert len(drawn) == 20
    assert all(choice.of(number) == choice.of(number) for number in random.Random(1).sample(range(10**7), 50))


def event(day: int, kind: str = "accepted", used: int | None = None, limit: int | None = 20) -> Event:
    """An event of May."""
    on = date(2022, 5, day)
    return Event(f"licence-{day}", 1, kind, on, on, "licence", Matter("D1", "i", "01", limit), 36_000, used)


def test_until_a_day_nothing_is_lost_and_nothing_comes_twice() -> None:
    everything = [event(day) for day in (1, 1, 3, 5, 5, 9)]
    source, kept = iter(everything), list[Event]()
    found = [list(until(source, date(2022, 5, last), kept)) for last in (1, 2, 4, 5, 31, 31)]
    assert [len(one) for one in found] == [2, 0, 1, 2, 1, 0]
    assert [one for part in found for one in part] == everything
    # The broken variant forgets what it looked at and did not give.
    source = iter(everything)
    forgetting = [list(until(source, date(2022, 5, last), [])) for last in (1, 31)]
    assert sum(map(len, forgetting)) == len(everything) - 1


def test_batches_are_full_but_the_last() -> None:
    assert [len(one) for one in batches((event(1) for _ in range(7)), 3)] == [3, 3, 1]
    assert list(batches([], 3)) == []


def computed(scale: int = 1000) -> tuple[list[Line], dict[tuple[str, str, str], int]]:
    """The first issue with everything equal, and its figures."""
    made = plan(scale)
    figures = wanted(ISSUES[0], made)
    return compared(ISSUES[0], made, figures), figures


def test_a_figure_that_differs_or_is_missing_is_not_equal() -> None:
    lines, figures = computed()
    assert len(lines) == 12
    assert all(line.equal for line in lines)
    key = "week", "licence", "accepted"
    wrong = compared(ISSUES[0], plan(1000), {**figures, key: figures[key] + 1})
    gone = compared(ISSUES[0], plan(1000), {name: value for name, value in figures.items() if name != key})
    for found in (wrong, gone):
        assert [(one.scope, one.group, one.verb) for one in found if not one.equal] == [key]
        assert table(found).count("不相等") == 1
    assert "—" in table(gone)
    assert table(lines).count("相等") == 12


def told(**changed: Any) -> dict[str, Any]:
    """What a whole replay tells."""
    made = plan(1000)
    lines = [
        {"issue": issue.number, "scope": scope, "group": group, "verb": verb, "wanted": value, "computed": value}
        for issue in ISSUES for (scope, group, verb), value in wanted(issue, made).items()
    ]  # fmt: skip
    loaded = made.total("accepted") + made.total("concluded") + sum(made.opening.values())
    part = {"events": loaded, "again": 0, "seconds": 2.0, "python": 1.0, "database": 0.5}
    return {
        "lines": lines, "load": part, "drain": part, "loaders": 1, "seconds": 9.0, "differences": 0, "cells": 7, "recount_seconds": 1.5,
    } | changed  # fmt: skip


def test_a_replay_is_good_only_with_every_figure_every_event_and_no_difference(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert year.tell(told(), 1000) == 0
    assert "48 figures, 48 equal" in capsys.readouterr().out
    whole = told()
    off = [{**whole["lines"][0], "computed": 1}, *whole["lines"][1:]]
    for changed, words in (
        ({"lines": off}, "≠ 1"),
        ({"lines": whole["lines"][:36]}, "36 figures instead of 48"),
        ({"lines": []}, "0 figures"),
        ({"load": whole["load"] | {"events": whole["load"]["events"] - 1}}, "events loaded instead of"),
        ({"differences": 3}, "the recount differs in 3 cells"),
    ):
        assert year.tell(told(**changed), 1000) == 1
        assert words in capsys.readouterr().err
    # The same events are too few for another scale.
    assert year.tell(told(), 999) == 1


def test_the_command_prints_its_plan_its_events_and_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--scale", "100000"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 * 12 + 2
    assert lines[-2].split() == ["total", "accepted", str(plan(100_000).total("accepted"))]
    assert main(["--scale", "100000", "--json-lines", "--departments", "2", "--items", "2"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    made = plan(100_000)
    assert len(events) == made.total("accepted") + made.total("concluded") + sum(made.opening.values())
    assert all(one["kind"] in ("accepted", "decided") for one in events)
    asked: list[How] = []

    def run(how: How) -> int:
        asked.append(how)
        if how.scale == 3:
            raise Stop("重放失败", "failed", code=1)
        return 0

    monkeypatch.setattr("bench.replay.__main__.run", run)
    assert (main(["--run"]), main(["--run", "--scale", "3", "--items", "2"])) == (0, 1)
    assert asked == [How(), How(scale=3, items=2)]
    assert main(["--run", "--keep", "--resume", "--loaders", "2", "--departments", "4"]) == 0
    assert main(["--measure", "--scale", "2"]) == 0
    assert asked[2:] == [How(departments=4, loaders=2, keep=True, resume=True), How(scale=2, measure=True)]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--scale", "0"],
        ["--scale", "-5"],
        ["--departments", "0"],
        ["--items", "x"],
        ["--loaders", "0"],
        ["--page", "x"],
    ],
)
def test_what_cannot_be_replayed_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        main([*wrong, "--run"])
