"""The replay's events as the door reads them, its progress, what people ask of a loaded year, and what is written about it."""

import gc
import json
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import results
from bench.replay import page, year
from bench.replay.__main__ import main
from bench.replay.asking import KINDS, MOST_PAGES, Question, quantile, questions
from bench.replay.events import AFTERNOON, MORNING, Event, Matter, _numbered, _second, events, json_lines
from bench.replay.plan import CARRIED_OVER, FIRST, plan
from bench.replay.printed import GROUPS, ISSUES, LAST
from bench.replay.progress import Progress, duration
from bench.replay.spent import Spent
from bench.replay.world import TYPES, world
from bench.replay.year import How, cpu, entry, judged, written
from config.launch.say import Stop
from yichuang.exchange.flow import MOST_EVENTS, EventKind
from yichuang.exchange.rules.lines import CODE, read_line
from yichuang.exchange.rules.streams import json_lines as parsed
from yichuang.kernel import paging
from yichuang.kernel.errors import Invalid
from yichuang.kernel.times import SHANGHAI

BODIES = [UUID(int=n) for n in range(1, 8)]


@st.composite
def told_events(draw: st.DrawFn) -> Event:
    """Any event of the year."""
    kind = draw(st.sampled_from(["accepted", "decided"]))
    day = FIRST + timedelta(days=draw(st.integers(-30, 321)))
    limit = draw(st.sampled_from([None, 20]))
    used = draw(st.integers(0, 300)) if kind == "decided" and limit else None
    number = draw(st.integers(1, 21_000_000))
    group = draw(st.sampled_from(GROUPS))
    return Event(
        _numbered(group, number), 1 if kind == "accepted" else 2, kind, day, day, group, Matter("D001", f"{group}-001-001", "20", limit),
        _second(number, draw(st.sampled_from([MORNING, AFTERNOON]))), used,
    )  # fmt: skip


@given(told_events())
def test_the_line_that_is_put_together_by_hand_says_what_the_object_says(event: Event) -> None:
    assert json.loads(event.line()) == event.as_json()
    assert event.line().endswith("}\n")
    assert event.line().count("\n") == 1


@given(told_events())
def test_the_door_reads_a_line_as_it_was_meant(event: Event) -> None:
    ((raw, data),) = parsed([event.line().encode()])
    assert isinstance(data, dict)
    read = read_line(data, 1, raw)
    assert (read.number, read.entry.no, read.entry.kind.value) == (
        event.source_number,
        event.serial,
        event.kind,
    )
    assert (read.entry.day, read.entry.item) == (event.day, event.matter.item)
    assert read.at.astimezone(SHANGHAI).date() == event.day
    assert read.entry.days_used == event.days_used
    assert read.entry.outcome == ("granted" if event.kind == "decided" else "")
    assert read.applicant_name == ""


@given(st.integers(1, 10**9 - 1), st.integers(1, 10**9 - 1))
def test_numbers_of_cases_are_ten_characters_in_their_order_and_nobody_elses(one: int, other: int) -> None:
    names = {(group, number): _numbered(group, number) for group in GROUPS for number in (one, other)}
    assert {len(name) for name in names.values()} == {10}
    assert len(set(names.values())) == len(names)
    assert (_numbered("licence", one) < _numbered("licence", other)) == (one < other)


def test_seconds_spread_over_four_hours_and_a_decision_follows_its_acceptance() -> None:
    found = [_second(number, MORNING) for number in range(1, 4001)]
    assert (min(found) // 3600, max(found) // 3600) == (9, 12)
    quarters = Counter((one - MORNING * 3600) // 3600 for one in found)
    assert all(950 < number < 1050 for number in quarters.values())
    assert all(_second(number, MORNING) < _second(number, AFTERNOON) for number in range(1, 500))
    assert _second(2**31, AFTERNOON) < 24 * 3600


def year_of(scale: int) -> list[Event]:
    return list(events(plan(scale), world(3, 2)))


def test_what_is_decided_on_its_day_is_told_at_once_with_its_acceptance() -> None:
    found = year_of(20_000)
    at = {(one.source_number, one.serial): place for place, one in enumerate(found)}
    same_day = [one for one in found if one.kind == "decided" and one.accepted_on == one.day]
    assert len(same_day) > 100
    assert all(at[one.source_number, 2] == at[one.source_number, 1] + 1 for one in same_day)
    late = [one for one in found if one.kind == "decided" and one.accepted_on < one.day]
    assert len(late) > 50
    # The oldest is decided first: what a department works off.
    for _, group in groupby(sorted(late, key=lambda one: one.group), key=lambda one: one.group):
        days = [one.accepted_on for one in sorted(group, key=lambda one: at[one.source_number, 2])]
        assert days == sorted(days)


def test_every_event_can_be_reported_and_every_item_is_a_code() -> None:
    kinds = {kind.value for kind in EventKind}
    for one in year_of(50_000):
        assert one.kind in kinds
        assert CODE.fullmatch(one.matter.item)
        assert CARRIED_OVER[0] <= one.day <= LAST
        assert one.accepted_on <= one.day
    assert MOST_EVENTS >= 50_000
    assert {one.item_type for each in world(2, 1).values() for one in each} == set(TYPES.values())


def test_days_used_are_the_working_days_between() -> None:
    licences = [one for one in year_of(2_000) if one.kind == "decided" and one.group == "licence"]
    for one in licences:
        days = [one.accepted_on + timedelta(days=n) for n in range(1, (one.day - one.accepted_on).days + 1)]
        assert one.days_used == sum(day.weekday() < 5 for day in days)
    assert {one.days_used for one in year_of(20_000) if one.group == "public_service"} == {None}


def test_a_batch_is_as_many_lines_as_events() -> None:
    found = year_of(100_000)
    assert [json.loads(line) for line in json_lines(found).splitlines()] == [one.as_json() for one in found]
    assert json_lines([]) == ""


class Batch(NamedTuple):
    """A batch that was sent."""

    events: int
    again: bool = False


def test_progress_tells_rate_and_time_left() -> None:
    progress = Progress(1000, 0.0)
    assert progress.told(Batch(100), 10.0) == "  100 of about 1,000 events, 10 a second, 1 min 30 s left"
    assert progress.told(Batch(400), 50.0) == "  500 of about 1,000 events, 10 a second, 50 s left"
    assert progress.told(Batch(600), 100.0).endswith("11 a second, 0 s left"), "more came than was thought"


def test_what_was_there_before_does_not_make_it_look_quick() -> None:
    progress = Progress(1000, 0.0)
    assert progress.told(Batch(500, again=True), 1.0) == "  500 events, there before"
    assert progress.told(Batch(100), 11.0) == "  600 of about 1,000 events, 10 a second, 40 s left"
    # The broken variant counts from the beginning.
    wrong = Progress(1000, 0.0)
    wrong.seen = wrong.fresh = 500
    assert "10 a second" not in wrong.told(Batch(100), 11.0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"), (0.4, "0 s"), (59.6, "1 min 00 s"), (60, "1 min 00 s"), (61, "1 min 01 s"), (3599, "59 min 59 s"),
        (3600, "1 h 00 min"), (3661, "1 h 01 min"), (36_000, "10 h 00 min"),
    ],
)  # fmt: skip
def test_durations_are_told_in_their_two_larger_parts(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_no_time_at_all_is_no_fault() -> None:
    assert "a second" in Progress(10, 5.0).told(Batch(1), 5.0)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 0.95, 0.99, 1.0]))
def test_a_quantile_is_the_nearest_rank(found: list[float], part: float) -> None:
    value = quantile(found, part)
    assert value in found
    below = sum(one <= value for one in found)
    assert below >= part * len(found) - 1e-6
    assert sum(one < value for one in found) < part * len(found) + 1e-6


def test_quantiles_at_their_edges() -> None:
    assert quantile([], 0.95) == 0
    assert quantile([7.0], 0.5) == quantile([7.0], 0.95) == 7.0
    hundred = [float(n) for n in range(1, 101)]
    assert [quantile(hundred, part) for part in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert quantile(hundred[::-1], 0.95) == 95


def test_the_same_questions_are_drawn_again_and_all_kinds_of_them() -> None:
    found = list(islice(questions(BODIES), 400))
    assert found == list(islice(questions(BODIES), 400))
    assert found != list(islice(questions(BODIES, seed=1), 400))
    for one in found:
        assert FIRST <= one.first <= one.last <= LAST
        assert 1 <= one.pages <= MOST_PAGES
    assert {one.measure for one in found} == set(KINDS)
    assert {one.group for one in found} == {"", *GROUPS}
    assert {one.department for one in found} == {None, *BODIES}
    assert {(one.last - one.first).days + 1 for one in found} == {1, 7, 31, 322}
    assert 120 < sum(one.jump for one in found) < 280


@pytest.mark.parametrize("department", [None, BODIES[2]])
def test_a_jump_begins_in_the_middle_and_can_be_read_as_a_cursor(department: UUID | None) -> None:
    asked = Question("concluded", "licence", department, date(2022, 5, 1), date(2022, 5, 31), 3, jump=True)
    parts = paging.decode(asked.after(BODIES), parts=4)
    assert parts is not None
    assert paging.day_part(parts[0]) == date(2022, 5, 16)
    assert paging.id_part(parts[1]) == (department or BODIES[3])
    assert parts[2] == "reported.decided"
    moment = datetime.fromtimestamp((paging.id_part(parts[3]).int >> 80) / 1000, SHANGHAI)
    assert (moment.date(), moment.hour) == (date(2022, 5, 16), 10)
    plain = Question("concluded", "licence", department, date(2022, 5, 1), date(2022, 5, 31), 3, jump=False)
    assert plain.after(BODIES) == ""
    with pytest.raises(Invalid):
        paging.decode(asked.after(BODIES)[3:], parts=4)


def test_what_was_spent_is_the_difference() -> None:
    found = Spent.between(Spent(1.0, 0.5, 0.25), Spent(4.0, 1.5, 1.25))
    assert found.as_json() == {"seconds": 3.0, "python": 1.0, "database": 1.0}


TIMES = {"p50_ms": 12.5, "p95_ms": 40.25, "worst_ms": 1041.0, "times": 15, "statements": 7, "cpu_ms": 9.5}


def found(scale: int = 2, **changed: Any) -> dict[str, Any]:
    """What a whole replay and its measures say."""
    made = plan(scale)
    lines = [
        {
            "issue": issue.number, "scope": scope, "group": group, "verb": verb, "wanted": number, "computed": number,
        }
        for issue in ISSUES for scope in ("week", "year_to_date") for (group, verb), number in issue.scaled(scale).items()
    ]  # fmt: skip
    whole = made.total("accepted") + made.total("concluded") + sum(made.opening.values())
    measured = {
        "report_set": TIMES, "pages": {"queue": TIMES}, "recounts": {"day": {"ms": 900, "cells": 3000, "differences": 0}},
        "drill_down": {
            "figures": 200, "first": TIMES, "inside": TIMES, "deepest": TIMES, "p50_ms": 12.5, "p95_ms": 40.25, "most_statements": 9,
        },
        "remainder": {
            "wanted": {"licence": 9}, "found": {"licence": 9_581, "public_service": 12_244_683}, "of_systems": 12_254_264, "open_work": 0,
            "on_tabs": 0, "overdue": 0, "reported_open": TIMES, "tabs": TIMES,
        },
        "sizes": {"events": whole, "bytes": 3 * 2**30, "bytes_an_event": 1500, "tables": {"journal_fact": {"rows": 555, "indexes": 252}}},
    }  # fmt: skip
    part = {
        "events": whole,
        "again": 0,
        "seconds": 1000.0,
        "python": whole * 60e-6,
        "database": whole * 30e-6,
    }
    return {
        "lines": lines, "load": part, "drain": part, "loaders": 1, "seconds": 1100.0, "differences": 0, "cells": 493_049,
        "recount_seconds": 26.4, "measured": measured,
    } | changed  # fmt: skip


def bounds(scenario: results.Scenario) -> dict[str, bool]:
    return {one.name: one.met for one in scenario.must}


def test_a_replay_is_judged_by_its_figures_and_by_how_quickly_it_answers() -> None:
    good = judged(found(), 2)
    assert all(bounds(good).values())
    assert good.deferred == ("at 1/2 of the year",)
    assert judged(found(1), 1).deferred == ()
    assert round(good.cpu_ms, 3) == 0.18
    assert good.ours == round(good.more["load"]["events"] / 1000)
    aims = {one.name: one.value for one in good.aim}
    assert aims == {"report_set_ms": 12.5, "ingest_cpu_us": 90.0}


@pytest.mark.parametrize(
    ("fault", "bound"),
    [
        ("a figure", "figures_equal"), ("a missing figure", "figures_equal"), ("a cell", "recount_differences"),
        ("a slow report", "report_set_ms"), ("a slow page", "drill_down_p95_ms"),
    ],
)  # fmt: skip
def test_each_fault_misses_its_own_bound(fault: str, bound: str) -> None:
    whole = found()
    if fault == "a figure":
        whole["lines"][5] |= {"computed": whole["lines"][5]["wanted"] + 1}
    elif fault == "a missing figure":
        whole["lines"].pop()
    elif fault == "a cell":
        whole["differences"] = 1
    elif fault == "a slow report":
        whole["measured"]["report_set"] = TIMES | {"p50_ms": 150.1}
    else:
        whole["measured"]["drill_down"]["p95_ms"] = 100.1
    assert [name for name, met in bounds(judged(whole, 2)).items() if not met] == [bound]


def test_processor_is_reckoned_of_what_was_really_loaded() -> None:
    assert cpu({"events": 100, "again": 50, "python": 0.003, "database": 0.002}) == pytest.approx(100)
    assert cpu({"events": 100, "python": 0.003, "database": 0.002}) == pytest.approx(50)
    assert cpu({"events": 100, "again": 100, "python": 1.0, "database": 1.0}) == 0
    resumed = found()
    resumed["load"] = resumed["load"] | {"again": resumed["load"]["events"], "seconds": 0.0}
    assert judged(resumed, 2).ours == 0


def test_a_smaller_replica_never_takes_the_place_of_a_larger_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    latest, out = tmp_path / "latest.json", tmp_path / "replay.md"
    latest.write_text('[{"scenario": "P3", "kept": true}]', encoding="utf-8")
    assert entry(latest) is None
    written(judged(found(1000), 1000), latest, out)
    written(judged(found(2), 2), latest, out)
    text = out.read_text(encoding="utf-8")
    written(judged(found(100), 100), latest, out)
    assert "kept" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == text
    now = entry(latest)
    assert now is not None
    assert now["scale"] == 2
    assert [one["scenario"] for one in results.read(latest)] == ["P3", "YEAR"]
    # The same size again is news.
    written(judged(found(2, cells=5), 2), latest, out)
    assert (entry(latest) or {})["cells"] == 5
    assert "recount of 5 cells" in out.read_text(encoding="utf-8")


def told_page(**changed: Any) -> str:
    scenario = judged(found(**changed), changed.get("scale", 2))
    return page.text(scenario.as_json(machine="2 x Example", commit="abc"))


def test_the_page_has_every_figure_and_names_no_place_on_a_disk() -> None:
    text = told_page()
    assert text.count("| 相等 |") == 48
    assert "**48 of 48 figures are equal**" in text
    assert "不相等" not in text
    assert "17,075,536" in text, "as it was printed"
    assert "8,537,768" in text, "and as it should be at half"
    assert "At 1/2 of its size" in text
    assert "At full size" in told_page(scale=1)
    for words in ("/tmp", "/home", "/root", "\\"):
        assert words not in text
    for words in ("12,254,264", "p95 40.25 ms", "1,041.0", "`journal_fact`", "3.0 GB", "90.0"):
        assert words in text


def test_a_figure_that_is_wrong_stands_out_on_the_page() -> None:
    whole = found()
    whole["lines"][0] |= {"computed": None}
    whole["lines"][1] |= {"computed": 1}
    text = page.text(judged(whole, 2).as_json(machine="m", commit="c"))
    assert text.count("**不相等**") == 2
    assert "**46 of 48 figures are equal**" in text


def test_a_page_without_measures_or_without_a_run_is_a_page() -> None:
    scenario = judged(found(), 2).as_json(machine="m", commit="c")
    scenario.pop("measured")
    text = page.text(scenario)
    assert "Bytes an event" not in text
    assert text.count("| 相等 |") == 48
    assert "Not run yet." in page.text(None)


def test_tables_line_up_and_group_their_numbers() -> None:
    made = page.rows(("a", "b", "c"), [["x", 1234567, 1.5], ["y", 8, 1234.25]])
    lines = made.splitlines()
    assert lines[1] == "| --- | --: | --: |"
    assert lines[2] == "| x | 1,234,567 | 1.5 |"
    assert lines[3].endswith("1,234.25 |")
    assert len({line.count("|") for line in lines}) == 1
    assert page.rows(("a", "b"), []).splitlines() == ["| a | b |", "| --- | --- |"]
    mixed = page.rows(("a",), [[1], [""]])
    assert mixed.splitlines()[1] == "| --- |", "a column with a gap is text"


def test_the_packaged_page_is_what_the_packaged_results_say() -> None:
    assert year.PAGE.read_text(encoding="utf-8") == page.text(entry(year.LATEST))


def test_the_command_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    latest, out = tmp_path / "latest.json", tmp_path / "replay.md"
    monkeypatch.setattr("bench.replay.__main__.PAGE", out)
    monkeypatch.setattr("bench.replay.__main__.LATEST", latest)
    assert main(["--page"]) == 0
    assert "Not run yet." in out.read_text(encoding="utf-8")
    written(judged(found(), 2), latest, out)
    text = out.read_text(encoding="utf-8")
    out.unlink()
    assert main(["--page"]) == 0
    assert out.read_text(encoding="utf-8") == text


class FakeSite:
    """A site whose processes answer at once."""

    said: dict[str, Any]
    fails = ""

    def __init__(self, cases: int) -> None:
        assert cases == 0
        self.done: list[str] = []
        self.home = FakeSite.folder
        FakeSite.made.append(self)

    folder: Path
    made: "list[FakeSite]" = []

    @property
    def cluster(self) -> "FakeSite":
        return self

    def start_empty(self, name: str, *, kept: bool) -> None:
        self.done.append(f"start {name} {'kept' if kept else 'new'}")

    def ask(self, statement: str) -> None:
        self.done.append(statement)

    def drop(self) -> None:
        self.done.append("drop")

    def stop(self) -> None:
        self.done.append("stop")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[FakeSite]:
    """Nothing is started."""
    FakeSite.folder, FakeSite.made, FakeSite.fails = tmp_path, [], ""

    def worked(there: FakeSite, module: str, arguments: list[str]) -> dict[str, Any]:
        there.done.append(" ".join([module, *arguments]))
        if module == FakeSite.fails:
            raise Stop("重放失败", "failed", code=1)
        whole = found()
        measured = whole.pop("measured")
        return measured if module == "measures" else whole

    monkeypatch.setattr(year, "Site", FakeSite)
    monkeypatch.setattr(year, "worked", worked)
    return FakeSite


def ran(how: How, folder: Path) -> int:
    return year.run(how, folder / "latest.json", folder / "replay.md")


def test_a_run_loads_measures_tells_and_leaves_nothing(site: type[FakeSite], tmp_path: Path) -> None:
    assert ran(How(scale=2), tmp_path) == 0
    assert site.made[0].done == [
        "start replay_2 new", "lived 2 60 30 1", "vacuum analyze", "measures 2 60 30", "drop", "checkpoint", "stop",
    ]  # fmt: skip
    assert not (tmp_path / "replay_2.json").exists()
    assert entry(tmp_path / "latest.json") is not None


def test_what_is_kept_can_be_measured_again_and_what_was_killed_goes_on(
    site: type[FakeSite], tmp_path: Path
) -> None:
    assert ran(How(scale=2, keep=True, resume=True, loaders=2), tmp_path) == 0
    assert site.made[0].done[:2] == ["start replay_2 kept", "lived 2 60 30 2"]
    assert "drop" not in site.made[0].done
    assert ran(How(scale=2, measure=True), tmp_path) == 0
    assert site.made[1].done == [
        "start replay_2 kept",
        "vacuum analyze",
        "measures 2 60 30",
        "checkpoint",
        "stop",
    ]
    assert (tmp_path / "replay_2.json").exists()
    with pytest.raises(Stop):
        ran(How(scale=5, measure=True), tmp_path)
    assert site.made[2].done == [], "and nothing was started for it"


@pytest.mark.parametrize("part", ["lived", "measures"])
def test_a_run_that_fails_stops_its_server_and_writes_no_results(
    site: type[FakeSite], tmp_path: Path, part: str
) -> None:
    site.fails = part
    with pytest.raises(Stop):
        ran(How(scale=2), tmp_path)
    assert site.made[0].done[-2:] == ["checkpoint", "stop"]
    assert "drop" not in site.made[0].done
    assert not (tmp_path / "latest.json").exists()
    # What was loaded in hours can still be measured when only the measuring failed.
    assert (tmp_path / "replay_2.json").exists() == (part == "measures")


def test_databases_of_replays_are_not_those_that_the_bench_clears_away() -> None:
    names = {How(scale=scale).database for scale in (1, 2, 1000)}
    assert len(names) == 3
    assert not any(name.startswith(("base_", "bench_")) for name in names)
    assert gc.isenabled(), "measuring in this process leaves its collector as it was"
