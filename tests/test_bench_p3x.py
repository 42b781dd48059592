"""P3x: the question that stands worst decides, the year's files hold what they should, and ours answers as the engine does."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import p3x
from bench.asked import Asked
from config.launch.say import Stop

ONE = {"ours": 1.0, "straight": 0.8, "kept": 0.6, "cpu": 0.5, "rows": 10}


def found(**changed: dict[str, float]) -> dict[str, Any]:
    """What was measured of three questions."""
    questions = {name: dict(ONE) for name in ("hours", "items", "regions")}
    for name, values in changed.items():
        questions[name] |= values
    return {"cases": 100, "rows": 182, "megabytes": 0.1, "questions": questions}


def test_the_question_that_stands_worst_decides_and_the_slowest_is_told() -> None:
    told = p3x.scenario(found(items={"straight": 0.4}, regions={"ours": 1.1, "straight": 1.0}), "short")
    assert (told.more["worst"], told.more["limit_is"]) == ("items", "straight")
    assert (told.ours, told.limit, told.cpu_ms) == (1.0, 0.4, 500.0)
    assert [(one.value, one.met) for one in told.must] == [(2.5, False)]
    assert [(one.value, one.met) for one in told.aim] == [(1.1, False)]


@pytest.mark.parametrize(("size", "met"), [("short", True), ("full", False)])
def test_at_full_size_the_limit_is_an_engine_that_is_open_already(size: str, met: bool) -> None:
    told = p3x.scenario(found(hours={"kept": 0.45}), size)
    assert told.must[0].met == met
    assert told.more["limit_is"] == {"short": "straight", "full": "kept"}[size]


@pytest.mark.parametrize(
    ("changed", "must", "aim"),
    [
        ({"ours": 0.9}, True, True), ({"ours": 1.0, "straight": 0.5}, True, True), ({"ours": 1.01}, True, False),
        ({"ours": 1.61}, False, False), ({"straight": 0.49}, False, True),
    ],
)  # fmt: skip
def test_what_is_missed_is_seen(changed: dict[str, float], must: bool, aim: bool) -> None:
    told = p3x.scenario(found(hours=changed), "short")
    assert ([one.met for one in told.must], [one.met for one in told.aim]) == ([must], [aim])


def test_what_cannot_be_measured_stops_with_its_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        subprocess, "run", lambda asked, **_: subprocess.CompletedProcess(asked, 1, "", "no engine here")
    )
    with pytest.raises(Stop, match="no engine here"):
        p3x.measured(tmp_path, cases=1, rounds=1)


def test_a_size_has_its_cases_and_the_files_go_with_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int, Path]] = []

    def measured(folder: Path, *, cases: int, rounds: int) -> dict[str, Any]:
        assert folder.is_dir()
        seen.append((cases, rounds, folder))
        return found()

    monkeypatch.setattr(p3x, "measured", measured)
    for size in ("short", "full"):
        assert p3x.run(Asked(rounds=2, size=size)).name == "P3x"
    assert [(cases, rounds) for cases, rounds, _ in seen] == [(1_000_000, 2), (20_000_000, 2)]
    assert not any(folder.exists() for _, _, folder in seen)


# In a process of its own, for the engine leaves its traces in whatever has loaded it.
PROGRAM = """
import json
from decimal import Decimal
from bench import p3x_asked as made
from yichuang.statistics.flow.analysis import MEASURE
rows = made.generate(1200)
answers = {}
for name, asked in list(made.QUESTIONS.items())[::2]:
    question, given = made.statement(asked, rows=made.ROWS)
    with made.duckdb.connect(":memory:") as engine:
        listed = [made.path(one) for one in made.months(made.FIRST, made.LAST)]
        engine.execute(f"create view facts as select * from read_parquet({listed!r})")
        kept = made.kept(engine, asked)()
        if places := MEASURE[asked.measure].places:
            kept = [(*by, Decimal(value).scaleb(-places)) for *by, value in kept]
        sums = engine.execute("select kind, sum(quantity)::int, count(distinct month(day))::int from facts group by 1 order by 1").fetchall()
        types = engine.execute("select column_name, column_type from (describe facts)").fetchall()
        doubled = engine.execute("select count(*) from (select region, kind from facts where days_used is not null and kind <> 'decided')").fetchall()
    ours = made.answer(asked, rows=made.ROWS).rows
    straight = made.straight(asked)()
    answers[name] = {"ours": ours, "kept": kept, "straight": int(straight.stdout)}
print(json.dumps({"rows": rows, "answers": answers, "sums": sums, "types": types, "doubled": doubled,
                  "columns": list(made.COLUMNS.items())}, default=str))
"""


def test_ours_answers_as_the_engine_does_over_a_year_of_its_own_making(tmp_path: Path) -> None:
    environment = {**os.environ, **p3x.NOWHERE, "YICHUANG_VAR": str(tmp_path), "YICHUANG_TOOL": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    # Of each month's hundred cases all are accepted, 42 decided, 40 delivered; the files have the columns of the export.
    assert told["sums"] == [["accepted", 1200, 12], ["decided", 504, 12], ["delivered", 480, 12]]
    assert told["rows"] == 1200 + 504 + 480
    assert told["types"] == told["columns"]
    assert told["doubled"] == [[0]]
    for name, one in told["answers"].items():
        assert one["ours"] == one["kept"][:500], name
        assert one["straight"] == len(one["kept"]), name
        assert one["ours"], name
