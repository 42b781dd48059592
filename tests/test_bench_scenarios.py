"""The scenarios judge what they measured: goals met and missed, shares, what counts as failed, what was left out."""

import asyncio
import importlib
import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as house
from bench import arrivals, crowd, open_loop, p1, p2, p3, p5, p6, results, site, traffic
from bench.__main__ import parsed, size_of
from bench.arrivals import Arrival
from bench.asked import SIZES, Asked
from bench.results import Scenario
from config.launch.places import checkout
from config.launch.say import Stop
from yichuang.kernel import bigrams


def missed(found: Scenario) -> list[str]:
    """The musts that are not met."""
    return [one.name for one in found.must if not one.met]


def unaimed(found: Scenario) -> list[str]:
    """The aims that are not met."""
    return [one.name for one in found.aim if not one.met]


# The house: what is asked for.


def test_a_size_says_what_the_command_line_does_not() -> None:
    assert (
        size_of(parsed([])) == SIZES["short"] == Asked(seconds=15.0, rounds=3, cases=1_000_000, size="short")
    )
    full = size_of(parsed(["P2", "--size", "full"]))
    assert (full.seconds, full.rounds, full.connections, full.size) == (60.0, 5, 8, "full")
    mixed = size_of(parsed(["--size", "full", "--rounds", "1", "--cases", "0"]))
    assert (mixed.seconds, mixed.rounds, mixed.cases, mixed.size) == (60.0, 1, 0, "full")
    assert {"P1", "P1b", "P1c", "P2", "P2x", "P3", "P4", "P5", "P6"} <= set(house.SCENARIOS)


@pytest.mark.parametrize(
    "wrong",
    [
        ["--rounds", "0"], ["--seconds", "-1"], ["--connections", "0"], ["--cases", "-1"], ["--size", "huge"],
        ["--rounds", "many"], ["P70", "P99"],
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(wrong)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_every_scenario_that_is_registered_is_run_with_what_was_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, Asked]] = []

    def stand_in(name: str, limit: float) -> Callable[[Asked], Scenario]:
        def run(how: Asked) -> Scenario:
            asked.append((name, how))
            goal = results.Bound("ratio", ">=", 0.5, 1.0 if limit else 0.0)
            return Scenario(name, 1.0, "x/s", limit, {"peer": 0.0}, 1.0, [goal], [])

        return run

    monkeypatch.setattr(house, "SCENARIOS", {"A": stand_in("A", 2.0), "B": stand_in("B", 0.0)})
    drawn: list[Path] = []
    monkeypatch.setattr("bench.chart.draw", lambda path, _: drawn.append(path))
    out = tmp_path / "latest.json"
    assert house.main(["A", "--out", str(out)]) == 0
    # What the limit could not be measured of is told, and does not fall over: ratio 0, and its must is missed.
    assert house.main(["--size", "full", "--out", str(out)]) == 1
    assert [(name, how.size) for name, how in asked] == [("A", "short"), ("A", "full"), ("B", "full")]
    assert {one["scenario"]: one["ratio"] for one in json.loads(out.read_text())} == {"A": 0.5, "B": 0.0}
    assert "NOT MET" in capsys.readouterr().err
    # A run that is kept elsewhere does not change the drawing of the house.
    assert drawn == []


def test_where_nothing_could_be_measured_the_code_is_two(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: Asked) -> Scenario:
        raise Stop("没有 pgbench", "no pgbench")

    monkeypatch.setattr(house, "SCENARIOS", {"A": run})
    assert house.main(["--out", str(tmp_path / "latest.json")]) == 2
    assert not (tmp_path / "latest.json").exists()
    assert "pgbench" in capsys.readouterr().err


def test_every_bench_target_of_the_makefile_says_what_it_runs() -> None:
    made = (house.ROOT / "Makefile").read_text(encoding="utf-8")
    for target, command in (
        ("bench", "-m bench $("),
        ("bench-full", "-m bench --size full"),
        ("bench-year", "-m bench.replay --run"),
    ):
        lines = made.split(f"\n{target}: setup\n", 1)[1].splitlines()
        assert command in lines[0]
        assert f"make {target} " in made


# The databases that are kept between scenarios.


class Databases:
    """A server's databases, by name, as its superuser makes and drops them."""

    def __init__(self, folder: Path, *kept: str) -> None:
        self.kept, self.dropped, self.made = list(kept), list[str](), list[str]()
        self.folder = folder

    def __enter__(self) -> "Databases":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def execute(self, statement: Any) -> list[tuple[str]]:
        text = statement if isinstance(statement, str) else statement.as_string(None)
        if text.startswith("drop database"):
            self.dropped.append(text.split('"')[1])
        elif text.startswith("create database"):
            self.made.append(text.removeprefix("create database ").replace(" owner yichuang_owner", ""))
        return [(name,) for name in self.kept] if text.startswith("select datname") else []


def based(monkeypatch: pytest.MonkeyPatch, databases: Databases, cases: int) -> site.Site:
    """A site on these databases; the tools do nothing but tell."""

    class Stand:
        home = databases.folder

        def urls(self) -> dict[str, str]:
            return {"admin": "x/y"}

    made = object.__new__(site.Site)
    made.cases = cases
    made.cluster = Stand()  # type: ignore[assignment]
    monkeypatch.setattr(site.Site, "_digest", lambda _: "now")
    monkeypatch.setattr(site.Site, "_tool", lambda *_: '{"kept": 1}')
    monkeypatch.setattr("psycopg.connect", lambda *_, **__: databases)
    return made


def test_bases_of_the_same_sources_are_kept_and_all_others_dropped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One run asks for several numbers of cases; making each anew would cost more than measuring."""
    databases = Databases(tmp_path, "base_5_now", "base_0_now", "base_0_old", "base_7_now", "bench_run")
    made = based(monkeypatch, databases, 5)
    for name in ("base_5_now", "base_0_now", "base_0_old"):
        (tmp_path / f"{name}.json").write_text('{"kept": 1}')
    made._make_database()
    # `base_7_now` was begun and never finished: nothing tells what stands in it.
    assert databases.dropped == ["base_0_old", "base_7_now", "bench_run"]
    assert databases.made == ["bench_run template base_5_now strategy file_copy"]
    assert made.prepared == {"kept": 1}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["base_0_now.json", "base_5_now.json"]


@pytest.mark.parametrize(
    ("cases", "kept", "made"),
    [
        (0, (), ["base_0_now", "bench_run template base_0_now strategy file_copy"]),
        (5, (), ["base_0_now", "base_5_now template base_0_now strategy file_copy", "bench_run template base_5_now strategy file_copy"]),
        (5, ("base_0_now",), ["base_5_now template base_0_now strategy file_copy", "bench_run template base_5_now strategy file_copy"]),
        (5, ("base_5_now",), ["bench_run template base_5_now strategy file_copy"]),
        (0, ("base_5_now",), ["base_0_now", "bench_run template base_0_now strategy file_copy"]),
    ],
)  # fmt: skip
def test_catalogue_and_people_are_prepared_once_for_every_number_of_cases(
    cases: int, kept: tuple[str, ...], made: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    databases = Databases(tmp_path, *kept)
    found = based(monkeypatch, databases, cases)
    for name in kept:
        (tmp_path / f"{name}.json").write_text('{"kept": 1}')
    found._make_database()
    assert databases.made == made
    assert found.prepared == {"kept": 1}


def test_settings_that_are_in_force_cost_no_second_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant trusts what the file says: a value that waits for a start is not in force."""
    asked: list[str] = []
    stands: dict[str, str] = {}

    class Admin(Databases):
        def execute(self, statement: Any) -> Any:
            text = statement if isinstance(statement, str) else statement.as_string(None)
            asked.append(text)
            return self

        def fetchall(self) -> list[tuple[str, str]]:
            assert "where applied" in asked[-1]
            return list(stands.items())

    class Stand:
        def urls(self) -> dict[str, str]:
            return {"admin": "x/y"}

        def stop(self) -> None:
            asked.append("stop")

        def start(self) -> None:
            asked.append("start")

    made = object.__new__(site.Site)
    made.cluster = Stand()  # type: ignore[assignment]
    monkeypatch.setattr("psycopg.connect", lambda *_, **__: Admin(Path()))
    made._configure()
    assert asked[-2:] == ["stop", "start"]
    told = [one.split()[3:] for one in asked if one.startswith("alter system set")]
    stands.update({name.strip('"'): value.strip("'") for name, _, value in told})
    assert set(stands) == set(site.SETTINGS)
    asked.clear()
    made._configure()
    assert len(asked) == 1
    stands["fsync"] = "off"
    made._configure()
    assert asked[-2:] == ["stop", "start"]


def test_a_tool_of_the_bench_gets_what_it_needs_and_its_failure_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}

    def run(command: list[str], **how: Any) -> subprocess.CompletedProcess[str]:
        given.update(how, command=command)
        return subprocess.CompletedProcess(command, 1 if "bad" in command else 0, "said", "why")

    made = object.__new__(site.Site)
    made.places = checkout()
    monkeypatch.setattr(site.Site, "environment", lambda _: {"A": "1", "OWNER_URL": "no"})
    monkeypatch.setattr("subprocess.run", run)
    assert made.tool(["good"], more={"OWNER_URL": "yes"}) == "said"
    assert given["env"] == {"A": "1", "OWNER_URL": "yes"}
    with pytest.raises(Stop, match="why"):
        made.tool(["bad"])
    assert given["env"]["OWNER_URL"] == "no"


# P2: bulk filing.

KIND = {
    "seconds": 2.0, "check_seconds": 1.0, "filed": 29_700, "bad": 300, "own_cpu": 1.0, "database_cpu": 0.5, "peak_mb": 120,
    "limit": {"seconds": 1.2, "database_cpu": 1.1, "best_seconds": 0.9},
}  # fmt: skip
PAGES = p2.Pages(10.0, 15.0, outlasted=True, failed=0)


def turn(**changed: Any) -> dict[str, Any]:
    """One turn of P2 in which every goal but none of chance is met."""
    kinds = {kind: dict(KIND) for kind in p2.KINDS}
    kinds["xlsx"]["seconds"] = 3.4
    beside = {"filings": 90, "p50_ms": 8, "p99_ms": 40, "seconds": 2.5}
    found: dict[str, Any] = {"rows": 30_000, **kinds, "beside": beside}
    for name, value in changed.items():
        kind, _, what = name.partition("__")
        found[kind.replace("_", "-")][what] = value
    return found


def test_p2_is_the_share_of_copy_of_each_turn_and_its_middle() -> None:
    slow = turn(csv__seconds=4.0)
    found = p2.scenario([turn(), turn(csv__seconds=1.6), slow], PAGES)
    told = found.as_json(machine="m", commit="c")
    assert found.ours == 29_700 / 2
    assert told["ratio"] == 0.6
    assert found.cpu_ms == round(1500 / 29_700, 4)
    assert missed(found) == []
    assert unaimed(found) == ["csv_ratio"]
    assert found.aim[1] == results.Bound("csv_ratio_to_best_copy", ">=", 0.45, 0.45)
    assert found.more["pages"] == {"alone_ms": 10.0, "beside_ms": 15.0, "outlasted": True, "failed": 0}
    assert "30,000 rows" in found.deferred[-1]
    assert p2.fewer([{"rows": 300_000}]) == []
    assert len(told["turns"]) == 3
    assert p2.ROWS == {"short": 20_000, "full": 300_000}
    assert p2.scenario([turn()], PAGES, ["busy"]).deferred[1] == "busy"


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"csv__seconds": 2.8, "xlsx__seconds": 4.0}, "csv_ratio"), ({"csv_gb18030__seconds": 2.8}, "csv_gb18030_ratio"),
        ({"xlsx__seconds": 3.7}, "xlsx_to_csv"), ({"xlsx__peak_mb": 257}, "peak_mb"), ({"beside__p99_ms": 61}, "single_filing_p99_ms"),
        ({"xlsx__filed": 29_699}, "rows_unaccounted"), ({"csv_gb18030__bad": 301}, "rows_unaccounted"),
        ({"csv__filed": 30_000, "csv__bad": 0}, "rows_unaccounted"),
    ],
)  # fmt: skip
def test_p2_tells_what_is_missed(changed: dict[str, Any], name: str) -> None:
    assert missed(p2.scenario([turn(**changed)], PAGES)) == [name]


@pytest.mark.parametrize(
    ("pages", "name"),
    [(p2.Pages(10.0, 20.1, True, 0), "pages_slower_beside"), (p2.Pages(10.0, 9.0, True, 1), "pages_failed")],
)  # fmt: skip
def test_p2_tells_when_pages_suffer(pages: p2.Pages, name: str) -> None:
    assert name in missed(p2.scenario([turn()], pages))


@pytest.mark.parametrize(
    "pages",
    [
        # What was once measured: pages that wait nine seconds alone are hardly slower beside anything.
        p2.Pages(9376.1, 9679.4, outlasted=True, failed=1563), p2.Pages(0.0, 5.0, outlasted=True, failed=0),
        p2.Pages(5.0, 0.0, outlasted=True, failed=0), p2.Pages(p1.NONE_SEEN, 5.0, outlasted=True, failed=0),
        p2.Pages(5.0, p1.NONE_SEEN, outlasted=True, failed=0), p2.Pages(p1.NONE_SEEN, p1.NONE_SEEN, outlasted=True, failed=0),
        p2.Pages(10.0, 10.0, outlasted=False, failed=0), p2.Pages(10.0, 10.0, outlasted=True, failed=1),
    ],
)  # fmt: skip
def test_p2_tells_nothing_of_pages_that_failed_or_were_not_beside(pages: p2.Pages) -> None:
    """The broken variant divides whatever it has: 1.03 times slower, and the must met."""
    assert pages.slower == p2.NONE_ANSWERED
    assert "pages_slower_beside" in missed(p2.scenario([turn()], pages))


def test_p2_tells_when_the_file_was_over_before_the_pages() -> None:
    assert p2.short(PAGES) == []
    hurried = p2.scenario([turn()], p2.Pages(10.0, 10.0, outlasted=False, failed=0))
    assert "nothing beside" in hurried.deferred[-1]
    assert missed(hurried) == ["pages_slower_beside"]
    assert p2.Pages(8.0, 16.0, outlasted=True, failed=0).slower == 2.0


def test_p2_counts_a_lost_row_even_where_the_sum_is_right() -> None:
    """The broken variant compares the sum: a row filed that should have been told as wrong goes unseen."""
    one = turn(csv__filed=29_701, csv__bad=299)
    assert one["csv"]["filed"] + one["csv"]["bad"] == one["rows"]
    assert p2.unaccounted([one]) == 2
    assert p2.unaccounted([turn(), turn()]) == 0


def test_p2_makes_rows_of_its_own_for_every_file_and_one_in_a_hundred_is_wrong(tmp_path: Path) -> None:
    filed = importlib.import_module("bench.p2_filed")
    assert filed.BAD_EVERY == p2.BAD_EVERY
    first, second = list(filed.rows(300, "A")), list(filed.rows(300, "B"))
    assert {len(row) for row in first} == {len(filed.HEADER)} == {20}
    assert not {row[7] for row in first} & {row[7] for row in second}
    assert len({row[7] for row in first}) == 300
    assert [n for n, row in enumerate(first, 1) if row[10] != "2028年12月31日"] == [100, 200, 300]
    for row in first:
        assert (row[11] == "是") is bool(row[12]), "who needs a licence names it"
    for kind, encoding in (("csv", "utf-8"), ("csv-gb18030", "gb18030")):
        (tmp_path / kind).mkdir()
        text = filed.written(tmp_path / kind, kind, 10).read_bytes().decode(encoding)
        assert text.splitlines()[0] == ",".join(filed.HEADER)
        assert len(text.splitlines()) == 11
    with pytest.raises(UnicodeDecodeError):
        (tmp_path / "csv-gb18030" / "filings.csv").read_bytes().decode("utf-8")


# P3: the set of figures of a report.


def figures(**changed: float) -> dict[str, Any]:
    """What `bench.figure_set` tells: milliseconds by size, and those of a scan of the base table."""
    times = {"1000000": 10.0, "10000000": 10.5, "20000000": 11.0, "100000000": 11.0} | changed
    return {"sizes": {size: {"ms": ms} for size, ms in times.items()}, "base_ms": 6000.0, "base_cases": 1_000_000}  # fmt: skip


def test_p3_compares_largest_with_smallest_and_with_the_scan_of_as_many_cases() -> None:
    found = p3.scenario(figures())
    values = {one.name: one.value for one in found.must}
    assert values == {"ms_at_20_million": 11.0, "growth": 1.1, "times_base_scan": 600.0}
    assert missed(found) == unaimed(found) == []
    half = p3.scenario(figures() | {"base_cases": 500_000})
    assert {one.name: one.value for one in half.must}["times_base_scan"] == 1200.0
    assert found.deferred


@pytest.mark.parametrize(
    ("changed", "name"),
    [({"20000000": 151.0}, "ms_at_20_million"), ({"100000000": 15.2}, "growth")],
)
def test_p3_tells_what_is_missed(changed: dict[str, float], name: str) -> None:
    assert missed(p3.scenario(figures(**changed))) == [name]
    assert missed(p3.scenario(figures() | {"base_ms": 290.0})) == ["times_base_scan"]


def test_p3_that_cannot_be_measured_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        said = json.dumps({"asked": command[4:]})
        return subprocess.CompletedProcess(command, int(command[3] == "broken"), said, "no such table")

    monkeypatch.setattr("subprocess.run", run)
    told = p3.measured("whole", {}, sizes=(1, 2), base=3)["asked"]
    assert told == ["--sizes", "1,2", "--base", "3"]
    with pytest.raises(Stop, match="no such table"):
        p3.measured("broken", {})


def test_work_is_timed_without_its_first_time() -> None:
    figure_set = importlib.import_module("bench.figure_set")
    calls: list[int] = []
    assert len(figure_set.milliseconds(lambda: calls.append(1), 4)) == 4
    assert len(calls) == 5


# P5: search.


def searched(**changed: Any) -> dict[str, Any]:
    """Three hundred answers of ten milliseconds beside a scan of three hundred."""
    told = {"ours": [0.01] * 300, "scan": [0.3] * 10, "common": [0.012] * 20, "cpu": 3.0, "recall": 0.95, "edit": 0.1, "documents": 5}  # fmt: skip
    return told | changed


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({}, []), ({"ours": [0.01] * 290 + [0.07] * 10}, ["p99 ms"]), ({"ours": [0.011] * 300}, ["p50 ms"]),
        ({"scan": [0.19] * 10}, ["times the scan"]), ({"recall": 0.89}, ["recall of 20"]), ({"edit": 1.1}, ["an edit is found after, s"]),
        ({"ours": [], "scan": []}, ["p50 ms", "p99 ms", "times the scan"]), ({"scan": []}, ["times the scan"]),
        ({"recall": 0.0}, ["recall of 20"]),
    ],
)  # fmt: skip
def test_p5_tells_what_is_missed(changed: dict[str, Any], names: list[str]) -> None:
    found = p5.scenario(searched(**changed))
    assert missed(found) == names
    assert found.as_json(machine="m", commit="c")["must_met"] is (not names)


def test_the_quick_way_to_index_a_document_is_the_product_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """P5 makes 100,000 documents in a way of its own; it must be what publishing makes."""
    monkeypatch.setenv("YICHUANG_STATEMENT_SECONDS", "600")
    searching = importlib.import_module("bench.documents_searched")
    words = object.__new__(searching.Words)
    words.lexemes = {}
    given: Any = (["电台设置", "许可"], "A"), (["P000000001"], "B"), (["取水", "许可证", "电台设置"], "D")
    quick = words.document(given)
    product = bigrams.weighted([("，".join(told), weight) for told, weight in given])
    assert lexemes(quick) == lexemes(product)
    # The broken variant: one word forgotten.
    assert lexemes(words.document(given[:2])) != lexemes(product)


def lexemes(document: str) -> set[tuple[str, str]]:
    """Lexemes with the weights at which they stand."""
    found = set()
    for part in document.split():
        word, _, places = part.rpartition(":")
        found |= {(word, place.lstrip("0123456789")) for place in places.split(",")}
    return found


# P6: pages.


def phase(each: float = 0.02, pages: int = 300, failed: int = 0, seconds: float = 1.0) -> p6.Phase:
    """A phase in which every page took the same time."""
    times = {"list": [each] * (pages - 2), "detail": [each], "figures": [each]}
    return p6.Phase(times, seconds, failed, ["list: 500"] * failed, 2.0, 1.0)


def both(**changed: p6.Phase) -> dict[str, list[p6.Phase]]:
    """An open loop and a closed one."""
    return {"open": [changed.get("open", phase())], "closed": [changed.get("closed", phase())]}


def plain(pages: int) -> dict[str, list[p6.Phase]]:
    """A peer: its capacity alone is asked."""
    return {"closed": [phase(pages=pages)]}


@pytest.mark.parametrize(
    ("ours", "theirs", "names"),
    [
        (both(), plain(100), []),
        (both(open=phase(0.31)), plain(100), ["open loop 167/s, p99 ms"]),
        (both(closed=phase(0.11)), plain(100), ["8 connections, p99 ms"]),
        (both(), plain(160), ["pages/s to plain Django"]),
        (both(open=phase(failed=1)), plain(100), ["failures"]),
    ],
)  # fmt: skip
def test_p6_tells_what_is_missed(
    ours: dict[str, list[p6.Phase]], theirs: dict[str, list[p6.Phase]], names: list[str]
) -> None:
    found = p6.scenario(ours, theirs, Asked(), 0.0)
    assert missed(found) == names
    assert found.cpu_ms == 3.0
    assert found.deferred == [p6.PEER_ONCE]
    assert set(found.more["pages"]) == set(p6.SHARES)


def test_p6_without_a_peer_that_answers_claims_nothing() -> None:
    silent = {"closed": [p6.Phase({}, 1.0, 9, [], 0.0, 0.0)]}
    found = p6.scenario(both(), silent, Asked(rounds=1), 0.0)
    assert "1 rounds of 15 s instead of 5 of 15 s" in found.deferred
    assert missed(found) == ["pages/s to plain Django"]
    assert found.as_json(machine="m", commit="c")["ratio"] == 0
    assert "plain_django" in results.told(found)


# TR: a day and a surge.


def came(**changed: Any) -> dict[str, Any]:
    """What the crowd saw."""
    told: dict[str, Any] = {
        "times": {"home": [0.05] * 100, "queue": [0.1] * 20, "case": [0.1] * 20}, "told": {}, "waits": [], "failures": [], "failed": 0,
        "accepted": 6, "cpu": 1.0,
    }  # fmt: skip
    return told | changed


@pytest.mark.parametrize(
    ("day", "surge", "kept", "names"),
    [
        ({}, {"told": {"home": 500}, "waits": [2, 5, 2]}, 12, []), ({"told": {"home": 1}}, {}, 12, ["day_turned_away"]),
        ({"failed": 1}, {}, 12, ["day_failed"]), ({}, {"failed": 3}, 12, ["surge_failed"]),
        ({}, {"told": {"queue": 1, "home": 4}}, 12, ["surge_staff_turned_away"]), ({}, {}, 11, ["acknowledged_and_lost"]),
        ({"times": {"home": [0.31] * 9}}, {}, 12, ["day_p99_ms"]), ({}, {"times": {"case": [0.31] * 9}}, 12, ["surge_staff_p99_ms"]),
        ({"times": {"case": [0.2] * 9}}, {"times": {"case": [0.39] * 9}}, 12, []),
        ({"times": {"case": [0.2] * 9}}, {"times": {"case": [0.41] * 9}}, 12, ["surge_staff_p99_ms"]),
        # Twice nine seconds is no bound: a second is the most that staff wait.
        ({"times": {"home": [0.1] * 990, "case": [9.0] * 9}}, {"times": {"case": [1.01] * 9}}, 12, ["surge_staff_p99_ms"]),
        ({"times": {"home": [0.1] * 990, "case": [9.0] * 9}}, {"times": {"case": [0.99] * 9}}, 12, []),
        ({}, {"times": {"home": [0.1] * 9}}, 12, ["surge_staff_p99_ms"]),
    ],
)  # fmt: skip
def test_the_traffic_tells_what_is_missed(
    day: dict[str, Any], surge: dict[str, Any], kept: int, names: list[str]
) -> None:
    found = traffic.scenario(came(**day), came(**surge), kept)
    assert missed(found) == names
    if surge.get("waits"):
        assert (found.ours, found.limit, found.more["retry_after_s"]) == (140.0, 640.0, [2, 5])


@pytest.mark.parametrize(
    ("before", "bound"), [([], 300.0), ([0.1] * 9, 300.0), ([0.2] * 9, 400.0), ([0.6] * 9, 1000.0), ([9.0] * 9, 1000.0)]
)  # fmt: skip
def test_staff_wait_at_most_twice_as_long_and_never_more_than_a_second(
    before: list[float], bound: float
) -> None:
    assert traffic.staff_bound(before) == bound
    assert "1000 ms" in traffic.STAFF_DEFINED
    assert traffic.STAFF_DEFINED in traffic.scenario(came(), came(), 12).deferred


def test_a_day_that_was_cut_short_says_so() -> None:
    assert traffic.deferred(SIZES["full"], 0.0) == [traffic.STAFF_DEFINED]
    said = traffic.deferred(SIZES["short"], 0.2)
    assert said[1] == "seconds of the day: 135 instead of 1,800"
    assert "20%" in said[2]


def test_the_day_is_half_an_hour_at_full_size_only() -> None:
    assert traffic.day_seconds(SIZES["short"]) * (1 + traffic.SURGE_SHARE) == pytest.approx(180)
    assert traffic.day_seconds(SIZES["full"]) == 1800
    assert traffic.served(came(), arrivals.STAFF) == [0.1] * 40
    assert len(traffic.served(came())) == 140


# The loads.

PLAN: Mapping[str, Any] = {
    "host": "127.0.0.1", "port": 1, "seconds": 0.1, "mean": 50.0, "flat": True, "times": 1, "seed": "s", "run": "r", "token": "t",
    "staff": [{"cookie": "k", "queue": ["/desk"], "case": ["/desk/cases/1"]}], "pages": {"home": ["/"], "guide": ["/items/a", "/items/b"]},
    "filings": [{"item_code": "M", "materials": [{"code": "1", "paper": True}, {"code": "2", "paper": True}]}],
}  # fmt: skip


def one_of(want: str, matter: int = 0, size: int = 0) -> Arrival:
    return Arrival(0.0, want, matter, size)


def test_the_crowd_asks_as_a_browser_and_files_what_nobody_filed_before() -> None:
    found = crowd.Crowd(crowd.Plan(**PLAN))
    assert found.request(one_of("guide", 3), 1).startswith(b"GET /items/b HTTP/1.1\r\n")
    assert b"Cookie" not in found.request(one_of("home"), 1)
    assert b"Cookie: sessionid=k" in found.request(one_of("queue"), 1)
    first, second = (found.request(one_of("file", 0, 500), number) for number in (1, 2))
    head, _, body = first.partition(b"\r\n\r\n")
    assert head.endswith(f"Content-Length: {len(body)}".encode())
    assert b"Idempotency-Key: r-000001" in head
    sent = json.loads(body)["materials"]
    assert ["content_base64" in each for each in sent] == [True, False]
    assert sent[0]["content_base64"] != json.loads(second.partition(b"\r\n\r\n")[2])["materials"][0]["content_base64"]  # fmt: skip
    made = crowd.document(5000, "a")
    assert made == crowd.document(5000, "a") != crowd.document(5000, "b")
    assert made.startswith(b"%PDF-1.4")
    assert made.rstrip().endswith(b"%%EOF")
    assert 4900 < len(made) < 5100


@pytest.mark.parametrize(
    ("answer", "told", "failed", "accepted"),
    [
        ("201 Created", 0, 0, 1), ("503 Busy\r\nRetry-After: 7", 1, 0, 0), ("503 Busy", 0, 1, 0), ("503 Busy\r\nRetry-After: later", 0, 1, 0),
        ("429 Many\r\nRetry-After: 7", 0, 1, 0), ("500 Oh", 0, 1, 0), ("404 No", 0, 1, 0), ("", 0, 1, 0),
    ],
)  # fmt: skip
def test_who_is_told_to_come_back_has_not_failed_and_who_hears_nothing_has(
    answer: str, told: int, failed: int, accepted: int
) -> None:
    async def met() -> crowd.Seen:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {answer}\r\n\r\n".encode() if answer else b"")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        plan = crowd.Plan(**{**PLAN, "port": server.sockets[0].getsockname()[1]})
        found = crowd.Crowd(plan)
        await found.come(one_of("file", 0, 100), 1, asyncio.get_running_loop().time())
        server.close()
        return found.seen

    seen = asyncio.run(met())
    assert (sum(seen.told.values()), seen.failed, seen.accepted) == (told, failed, accepted)
    assert len(seen.failures) == failed
    assert seen.waits == [7] * told


def test_of_a_thousand_failures_twenty_are_told_and_all_are_counted() -> None:
    found = crowd.Crowd(crowd.Plan(**PLAN))
    for number in range(1000):
        found._fail(str(number))
    assert (found.seen.failed, len(found.seen.failures)) == (1000, 20)


def opened(rate: float, status: int = 200) -> dict[str, Any]:
    """What the readers of P6 tell of a server that answers everybody alike."""

    async def met() -> dict[str, Any]:
        writers: list[asyncio.StreamWriter] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.append(writer)
            while True:
                try:
                    await reader.readuntil(b"\r\n\r\n")
                except asyncio.IncompleteReadError:
                    return
                writer.write(b"HTTP/1.1 %d OK\r\nContent-Length: 2\r\n\r\nok" % status)

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        readers = [
            {"cookie": "c", "paths": {"list": ["/desk"], "detail": ["/desk/cases/1"], "figures": ["/x"]}}
        ]
        plan = open_loop.Plan("127.0.0.1", server.sockets[0].getsockname()[1], 0.2, 0.02, rate, 2, p6.SHARES, readers)  # fmt: skip
        told = await open_loop.Load(plan).run()
        server.close()
        for one in writers:
            one.close()
        await asyncio.gather(*(one.wait_closed() for one in writers), return_exceptions=True)
        return told

    return asyncio.run(met())


@pytest.mark.parametrize("rate", [0.0, 200.0])
def test_readers_read_at_their_rate_or_as_they_are_answered(
    rate: float, capsys: pytest.CaptureFixture[str]
) -> None:
    told = opened(rate)
    seen = sum(map(len, told["times"].values()))
    assert told["failed"] == 0
    assert seen > 5
    assert rate == 0.0 or seen < 90, "an open loop sends no more than its rate"
    assert set(told["times"]) <= set(p6.SHARES)
    assert capsys.readouterr().out.split() == ["open", "close"]


def test_a_page_that_is_refused_is_a_failure_and_no_time(capsys: pytest.CaptureFixture[str]) -> None:
    told = opened(200.0, status=302)
    assert told["times"] == {}
    assert told["failed"] > 5
    assert told["failures"][0].endswith(": 302")
    assert capsys.readouterr().out
