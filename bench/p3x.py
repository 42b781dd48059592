"""P3x: questions over a year by dimensions that nobody rolled up, asked as the analysts' page asks them, beside the same statements
on the same column files by an engine of its own.

The measuring is `bench.p3x_asked`, over generated months; no database is needed. In the short size the limit is a process that
starts, asks and ends, as ours does; in the full one an engine that is open already, at twenty million cases.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.asked import Asked
from bench.results import Bound, Scenario
from config.launch.places import checkout, make_folder
from config.launch.say import Stop

CASES = {"short": 1_000_000, "full": 20_000_000}
MUST_RATIO, AIM_SECONDS = 2.0, 1.0
# What the settings ask for and nobody uses: no statement goes to a database.
NOWHERE = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "SECRET_KEY": "bench" * 12,
    "YICHUANG_DEMO": "",
}
NOT_MEASURED = (
    "the year's files are generated, not exported; that they hold what the facts say is shown by the tests",
)


def run(asked: Asked) -> Scenario:
    """Make a year's files and ask. Errors: Stop."""
    home = make_folder(checkout().var / "bench")
    with TemporaryDirectory(dir=home, prefix="p3x-") as folder:
        return scenario(measured(Path(folder), cases=CASES[asked.size], rounds=asked.rounds), asked.size)


def measured(folder: Path, *, cases: int, rounds: int) -> dict[str, Any]:
    """Make the files of a year below a folder and ask every question `rounds` times, in turns. Errors: Stop."""
    command = [
        sys.executable,
        "-m",
        "bench.p3x_asked",
        str(folder),
        "--cases",
        str(cases),
        "--rounds",
        str(rounds),
    ]
    environment = {**os.environ, **NOWHERE, "YICHUANG_VAR": str(folder), "YICHUANG_TOOL": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Stop(f"P3x 失败：{done.stderr[-1500:]}", "bench.p3x_asked failed.", code=1)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def scenario(found: Mapping[str, Any], size: str) -> Scenario:
    """What was measured as a line of the results file: the question that stands worst beside the limit decides."""
    limit_name = "kept" if size == "full" else "straight"
    ratios = {name: one["ours"] / one[limit_name] for name, one in found["questions"].items()}
    worst = max(ratios, key=lambda name: ratios[name])
    slowest = max(float(one["ours"]) for one in found["questions"].values())
    told = found["questions"][worst]
    return Scenario(
        name="P3x", ours=round(told["ours"], 3), unit="s", limit=round(told[limit_name], 3), peers={},
        cpu_ms=round(1000 * max(float(one["cpu"]) for one in found["questions"].values()), 1),
        must=(Bound("times_the_engine", "<=", MUST_RATIO, round(ratios[worst], 2)),),
        aim=(Bound("seconds", "<=", AIM_SECONDS, round(slowest, 3)),),
        deferred=NOT_MEASURED,
        more={"limit_is": limit_name, "worst": worst, **found},
    )  # fmt: skip
