"""The scenarios judge what they measured: goals met and missed, shares, what counts as failed, what was left out."""

import importlib
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as house
from bench import p1, p2, p3, p5, p6, results
from bench.__main__ import parsed, size_of
from bench.asked import SIZES, Asked
from bench.results import Scenario
from bench.site import Site
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
    assert found.more["pages"] == {
        "alone_ms": 10.0,
        "beside_ms": 15.0,
        "outlasted": True,
        "failed": 0,
        "failures": (),
    }
    assert "30,000 rows" in found.deferred[-1]
    assert p2.fewer([{"rows": 300_000}]) == []
    assert len(told["turns"]) == 3
    assert p2.ROWS == {"short": 15_000, "full": 300_000}
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


@pytest.mark.parametrize(("size", "scanned"), [("short", 10), ("full", 30)])
def test_p5_s_limit_rests_on_thirty_questions_and_fewer_are_said(
    size: str, scanned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant asks ten in whatever size and says nothing of it."""
    sent: list[list[str]] = []

    def answers(_site: Site, arguments: list[str]) -> str:
        sent.append(arguments)
        return json.dumps(searched(scan=[0.3] * int(arguments[-1]), documents=p5.DOCUMENTS))

    for name, given in {"start": None, "rest_worker": None, "ask": None, "stop": None}.items():
        monkeypatch.setattr(Site, name, lambda *_, given=given: given)
    monkeypatch.setattr(
        Site, "tool", lambda site, arguments: "" if "fill" in arguments else answers(site, arguments)
    )
    monkeypatch.setattr(p5, "busy_share", lambda: 0.0)
    found = p5.run(replace(SIZES[size], rounds=5))
    assert (sent[0][-2:], found.more["scanned"]) == (["ask", str(scanned)], scanned)
    said = [one for one in found.deferred if "scan" in one]
    assert said == (["questions of the scan: 10 instead of 30"] if size == "short" else [])


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
