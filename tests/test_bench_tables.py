"""The tables of the document are the results file; the command writes what was measured and leaves what was not."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import __main__ as house
from bench import chart, names, results, tables
from bench.__main__ import grown, many, parsed, size_of
from bench.asked import SIZES, Asked
from bench.results import Bound, Scenario
from config.launch.say import Stop


def entry(scenario: str = "P1", **changed: Any) -> dict[str, Any]:
    """An entry of the results file: one goal met, one missed."""
    made = Scenario(
        scenario, 512.34, "writes/s", 3400.0, {"drf": 220.0, "silent": 0.0}, 1.9,
        [Bound("p99_ms", "<=", 60, 41), Bound("ratio", ">=", 0.2, 0.151)], [Bound("p99_ms", "<=", 25, 41)], ["quoted: two"],
    )  # fmt: skip
    return made.as_json(machine="2 x Processor, 24 GB", commit="abc123") | {"day": "2026-11-22"} | changed


def cells(line: str) -> list[str]:
    """The cells of a line, marks that belong to the words left in."""
    return [one.strip() for one in line.replace("\\|", "\0").strip("|").split("|")]


# The document.


def test_the_tables_of_the_document_are_what_was_measured() -> None:
    """Whoever changes a figure by hand, or measures and forgets the document, is caught."""
    text = house.DOCUMENT.read_text(encoding="utf-8")
    assert tables.placed(text, results.read(house.LATEST)) == text


def test_a_figure_changed_by_hand_is_found() -> None:
    text = tables.placed(f"# Title\n{tables.BEGIN}\n{tables.END}\nwords\n", [entry()])
    assert tables.placed(text, [entry()]) == text
    assert tables.placed(text.replace("512.3", "612.3"), [entry()]) == text
    assert text.startswith("# Title\n")
    assert text.endswith(f"{tables.END}\nwords\n")


@pytest.mark.parametrize(
    "text", ["", "no marks", tables.BEGIN, tables.END, f"{tables.END}\n{tables.BEGIN}", f"x {tables.END} y"]
)
def test_a_document_without_its_marks_is_not_written(text: str, tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Stop, match="标记"):
        tables.renew(path, [entry()])
    assert path.read_text(encoding="utf-8") == text


def test_every_scenario_has_a_name_in_both_languages() -> None:
    for scenario in house.SCENARIOS:
        assert scenario in names.NAMES, scenario
        assert names.chinese(scenario) != scenario
        assert names.english(scenario) != scenario
        assert all("一" <= letter <= "鿿" for letter in names.chinese(scenario))
    assert (names.chinese("P99"), names.english("P99"), names.unit("x/s")) == ("P99", "P99", "x/s")


def test_an_entry_has_its_line_in_each_table() -> None:
    text = tables.written([entry("P6"), entry("P1")])
    overview, goals, origins = text.split("\n\n")
    assert [cells(line)[0] for line in overview.splitlines()[2:]] == ["P1", "P6"]
    line = cells(overview.splitlines()[2])
    assert line[1:7] == [
        "the life of a case over HTTP", "512.3 writes/s", "3,400", "0.151", "**1 of 2**", "**0 of 1**",
    ]  # fmt: skip
    assert line[7:] == ["drf 220 (2.33 ×), silent 0", "1.9"]
    assert [cells(one)[1:] for one in goals.splitlines()[2:4]] == [
        ["p99_ms", "<= 60", "<= 25", "41", "must, **not aim**"],
        ["ratio", ">= 0.2", "—", "0.151", "**not must**"],
    ]
    assert cells(origins.splitlines()[2]) == [
        "P1", "2026-11-22", "abc123", "2 x Processor, 24 GB", "quoted: two",
    ]  # fmt: skip


def test_a_goal_that_is_only_an_aim_has_its_line() -> None:
    only = entry(must=[], aim=[Bound("p50_ms", "<=", 8, 5).as_json()])
    assert cells(tables.goals([only])[2]) == ["P1", "p50_ms", "—", "<= 8", "5", "aim"]
    assert tables.met([]) == "—"
    assert cells(tables.overview([only])[2])[5:7] == ["—", "all 1"]


def test_two_bounds_of_one_name_are_both_told_and_one_missed_misses() -> None:
    both = entry(must=[Bound("x", ">=", 1, 5).as_json(), Bound("x", "<=", 4, 5).as_json()], aim=[])
    assert cells(tables.goals([both])[2])[2:] == [">= 1 and <= 4", "—", "5", "**not must**"]


def test_an_entry_from_before_days_were_kept_is_told_without_one() -> None:
    old = entry()
    del old["day"]
    assert cells(tables.origins([old])[2])[1] == "—"


def test_a_curve_has_a_line_a_size_in_the_order_of_sizes() -> None:
    at = {"limit": 3000.0, "ratio": 0.2, "cpu_ms": 2.0}
    curve = {
        "10000000": {"ours": 480.0, **at}, "1000000": {"ours": 500.0, **at}, "20000000": {"ours": 450.0, **at},
    }  # fmt: skip
    lines = [cells(line) for line in tables.growths([entry(growth=curve), entry("P6")])[2:]]
    assert [(line[1], line[2], line[-1]) for line in lines] == [
        ("1,000,000", "500 writes/s", "1"), ("10,000,000", "480 writes/s", "0.96"), ("20,000,000", "450 writes/s", "0.9"),
    ]  # fmt: skip
    assert tables.growths([entry()]) == []
    assert cells(tables.growths([entry(growth={"1": {"ours": 0.0, **at}})])[2])[-1] == "—"
    assert tables.written([entry()]).count("to the smallest") == 0
    assert tables.written([entry(growth=curve)]).count("to the smallest") == 1


def test_memory_has_a_line_a_kind_of_process_and_the_engine_of_charts_is_one() -> None:
    looked = {
        "first_mb": {"web": 235.7, "charts": 0.0}, "most_mb": {"web": 240.0, "charts": 101.26}, "last_mb": {"web": 236.0, "worker": 7.0},
    }  # fmt: skip
    lines = [cells(line) for line in tables.held([entry("P7", **looked), entry("P1")])[2:]]
    assert lines == [
        ["P7", "web", "235.7", "240", "236"], ["P7", "charts", "0", "101.3", "0"], ["P7", "worker", "0", "0", "7"],
    ]  # fmt: skip
    assert tables.held([entry()]) == []
    assert "MB at the most" in tables.written([entry("P7", **looked)])
    assert "MB at the most" not in tables.written([entry()])


# Figures and words.


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (1713.94, "1,714"), (999.96, "1,000"), (175.1, "175.1"), (60.0, "60"), (11.008, "11.01"), (0.102, "0.102"),
        (0.00004, "0"), (0.35, "0.35"), (-0.0123, "-0.0123"), (-1500, "-1,500"), (20_000_000, "20,000,000"), (100, "100"), (1000.0, "1,000"),
        (True, "True"), ("many", "many"), ("", "—"), (None, "None"), (1.10, "1.1"), (500, "500"),
    ],
)  # fmt: skip
def test_a_figure_is_written_as_people_read_it(value: object, text: str) -> None:
    assert tables.number(value) == text


@given(st.floats(-1e9, 1e9, allow_nan=False))
def test_no_figure_is_told_as_another(value: float) -> None:
    told = float(tables.number(value).replace(",", ""))
    assert told == pytest.approx(value, rel=0.006, abs=6e-5)


@given(st.text(max_size=40))
def test_no_words_break_a_table(words: str) -> None:
    told = tables.cell(words)
    assert "\n" not in told
    assert told
    line = tables.rows(("a", "b"), [(told, "x")])[2]
    bare = line.replace("\\\\", "").replace("\\|", "")
    assert bare.count("|") == 3


def test_a_line_with_another_number_of_cells_is_no_line() -> None:
    with pytest.raises(ValueError, match="2 cells under 3"):
        tables.rows(("a", "b", "c"), [("1", "2", "3"), ("1", "2")])


# The command.


def test_several_numbers_of_cases_are_a_curve() -> None:
    assert parsed(["P1", "--cases", "1000000,10000000"]).cases == [1_000_000, 10_000_000]
    assert size_of(parsed(["--cases", "5,7"])).cases == 5
    assert size_of(parsed([])).cases == SIZES["short"].cases
    assert size_of(parsed(["--cases", "0"])).cases == 0
    assert many("3") == [3]


@pytest.mark.parametrize("wrong", ["", "1,", "1,1", "1;2", "one", "5,-1"])
def test_a_curve_that_cannot_be_asked_for_is_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(["P1", f"--cases={wrong}"])
    assert "error:" in capsys.readouterr().err


def scenario_of(asked: Asked) -> Scenario:
    return Scenario(
        "P1", 1000.0 / (1 + asked.cases), "x/s", 2000.0, {}, float(asked.cases), [], [], more={"kept": 1}
    )


def test_each_size_is_run_and_the_first_is_the_figure() -> None:
    one = grown(scenario_of, Asked(cases=3), [3])
    assert (one.ours, one.more) == (250.0, {"kept": 1})
    two = grown(scenario_of, Asked(cases=3), [3, 9])
    assert two.ours == 250.0
    assert two.more["kept"] == 1
    assert two.more["growth"] == {
        "3": {"ours": 250.0, "limit": 2000.0, "ratio": 0.125, "cpu_ms": 3.0},
        "9": {"ours": 100.0, "limit": 2000.0, "ratio": 0.05, "cpu_ms": 9.0},
    }
    assert "growth" in two.as_json(machine="m", commit="c")


def standing(monkeypatch: pytest.MonkeyPatch, **runs: Callable[[Asked], Scenario]) -> None:
    monkeypatch.setattr(house, "SCENARIOS", runs)


def broken(_: Asked) -> Scenario:
    raise Stop("没有编译器", "no compiler")


def test_one_that_cannot_be_measured_does_not_keep_the_others_from_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    standing(monkeypatch, B=broken, P1=scenario_of)
    out = tmp_path / "latest.json"
    assert house.main(["--out", str(out), "--cases", "3"]) == 1
    (kept,) = results.read(out)
    assert (kept["scenario"], kept["ours"]) == ("P1", 250.0)
    assert kept["day"] == date.fromisoformat(kept["day"]).isoformat()
    said = capsys.readouterr()
    assert "no compiler" in said.err
    assert "not measured: B" in said.err
    assert "P1 took" in said.err
    assert json.loads(said.out)


def test_what_was_measured_before_a_run_was_cut_short_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The broken variant writes once at the end: half an hour of measuring is lost with the last scenario."""

    def cut(_: Asked) -> Scenario:
        raise KeyboardInterrupt

    standing(monkeypatch, P1=scenario_of, Z=cut)
    out = tmp_path / "latest.json"
    with pytest.raises(KeyboardInterrupt):
        house.main(["--out", str(out)])
    assert [one["scenario"] for one in results.read(out)] == ["P1"]


def test_the_table_is_drawn_without_measuring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    standing(monkeypatch, P1=broken)
    document, drawing, latest = tmp_path / "p.md", tmp_path / "bench.svg", tmp_path / "latest.json"
    document.write_text(f"{tables.BEGIN}\n{tables.END}\n", encoding="utf-8")
    latest.write_text(json.dumps([entry()]), encoding="utf-8")
    latest.with_name("history.json").write_text(json.dumps([entry()]), encoding="utf-8")
    for name, path in (("DOCUMENT", document), ("CHART", drawing)):
        monkeypatch.setattr(house, name, path)
    monkeypatch.setattr(house.draw, "__defaults__", (latest,))
    assert house.main(["table"]) == 0
    assert "512.3 writes/s" in document.read_text(encoding="utf-8")
    assert "办件全过程" in drawing.read_text(encoding="utf-8")
    document.write_text("no marks", encoding="utf-8")
    assert house.main(["table"]) != 0


def test_what_the_bench_draws_does_not_make_the_commit_another(tmp_path: Path) -> None:
    text = (house.ROOT / "bench" / "results.py").read_text(encoding="utf-8")
    for path in (house.DOCUMENT, house.CHART, house.LATEST.parent):
        assert f'":!{path.relative_to(house.ROOT)}"' in text
    assert results.this_commit(tmp_path) == "unknown"


# The chart.


def history(count: int, scenario: str = "P1", ratio: float = 0.2) -> list[dict[str, Any]]:
    return [entry(scenario, commit=f"commit{place:03}", ratio=ratio) for place in range(count)]


def test_the_newest_commits_are_drawn_in_their_order() -> None:
    (part,) = chart.spec(history(20))["concat"]
    drawn = [one["commit"] for one in part["data"]["values"]]
    assert len(drawn) == chart.MOST_COMMITS
    assert part["layer"][0]["encoding"]["x"]["sort"] is None
    assert part["layer"][0]["encoding"]["x"]["axis"]["labelAngle"] != 0
    (few,) = chart.spec(history(2))["concat"]
    assert few["layer"][0]["encoding"]["x"]["axis"]["labelAngle"] == 0
    assert part["data"]["values"][-1]["commit"] == "commit0"


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (0.151, "极限的 15%"),
        (0.0, "极限的 0%"),
        (1.0, "极限的 1.0 倍"),
        (2.64, "极限的 2.6 倍"),
        (1234.0, "极限的 1,234.0 倍"),
    ],
)
def test_a_share_is_told_in_hundredths_and_a_multiple_in_times(ratio: float, words: str) -> None:
    assert chart.times(ratio) == words
    (part,) = chart.spec(history(1, ratio=ratio))["concat"]
    assert part["title"]["text"].endswith(f"：{words}")
    assert part["title"]["subtitle"] == "512.3 次写入/秒"


def test_the_line_of_a_must_is_that_of_the_scenario_s_own_goal() -> None:
    for scenario, bound in chart.MUST.items():
        (part,) = chart.spec(history(1, scenario))["concat"]
        assert part["layer"][1]["encoding"]["y"]["datum"] == bound
    assert chart.MUST["P1"] == 0.15
    assert len(chart.spec(history(1, "P7"))["concat"][0]["layer"]) == 1
