"""The results file: its shape, its bounds, and the table that people read."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from config.launch.say import table

REMEMBERED = (
    "scenario",
    "commit",
    "ours",
    "unit",
    "limit",
    "ratio",
    "cpu_ms",
    "must_met",
    "aim_met",
    "machine",
)
COMPARED = {"<=": lambda value, bound: value <= bound, ">=": lambda value, bound: value >= bound}


@dataclass(frozen=True, slots=True)
class Bound:
    """One goal: what is compared, how, with what, and what was found."""

    name: str
    op: str
    bound: float
    value: float

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return bool(COMPARED[self.op](self.value, self.bound))

    def as_json(self) -> dict[str, Any]:
        """The goal with its outcome, as the results file has it."""
        return {**asdict(self), "met": self.met}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One measured scenario. `ours` and `limit` are of the same unit; `more` is for the reader."""

    name: str
    ours: float
    unit: str
    limit: float
    peers: Mapping[str, float]
    cpu_ms: float
    must: Sequence[Bound]
    aim: Sequence[Bound]
    deferred: Sequence[str] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Ours to the limit; 0 where the limit gave nothing to compare with."""
        return self.ours / self.limit if self.limit else 0.0

    def as_json(self, *, machine: str, commit: str) -> dict[str, Any]:
        """The entry of the results file."""
        return {
            "scenario": self.name, "ours": self.ours, "unit": self.unit, "limit": self.limit,
            "ratio": round(self.ratio, 3), "peers": dict(self.peers), "cpu_ms": self.cpu_ms,
            "must": [one.as_json() for one in self.must], "aim": [one.as_json() for one in self.aim],
            "must_met": all(one.met for one in self.must), "aim_met": all(one.met for one in self.aim),
            "deferred": list(self.deferred), "machine": machine, "commit": commit, **self.more,
        }  # fmt: skip


def this_machine() -> str:
    """Processor, cores, memory, system and Python, in one line; no name of the machine."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in _text(Path("/proc/cpuinfo")).splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{len(os.sched_getaffinity(0))} x {model}, {gigabytes:.0f} GB, {platform.system()}, Python {platform.python_version()}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def this_commit(root: Path) -> str:
    """The commit that was measured, marked where files differ from it; "unknown" without git."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        commit = git("rev-parse", "--short=12", "HEAD")
        made = (":!bench/results", ":!docs/bench.svg", ":!docs/performance.md")
        changed = git("status", "--porcelain", "--untracked-files=normal", "--", *made)
    except OSError:
        return "unknown"
    return (commit + (" with changes" if changed else "")) or "unknown"


def write(
    path: Path, scenarios: Iterable[Scenario], *, machine: str, commit: str, on: date | None = None
) -> None:
    """The results file, written at once: what was measured now, and beside it what was measured before of other scenarios.

    `on`: the day of the measuring, kept with each entry.
    """
    day = {"day": on.isoformat()} if on else {}
    entries = [{**one.as_json(machine=machine, commit=commit), **day} for one in scenarios]
    measured = {entry["scenario"] for entry in entries}
    kept = [entry for entry in read(path) if entry["scenario"] not in measured]
    _replace(path, sorted([*entries, *kept], key=lambda entry: str(entry["scenario"])))


def read(path: Path) -> list[dict[str, Any]]:
    """The entries of a results file; none where there is no such file."""
    text = _text(path)
    return list(json.loads(text)) if text else []


def remember(path: Path, entries: Iterable[Mapping[str, Any]], *, on: date) -> None:
    """Add a point a scenario to the history, from which the chart over commits is drawn; a commit has one a scenario.

    Where files differed from the commit nothing is remembered: nobody could measure it again.
    """
    points = {(one["scenario"], one["commit"]): one for one in read(path)}
    for entry in entries:
        if entry["commit"] != "unknown" and "with changes" not in entry["commit"]:
            points[entry["scenario"], entry["commit"]] = {
                "on": on.isoformat(), **{name: entry[name] for name in REMEMBERED}
            }  # fmt: skip
    _replace(path, sorted(points.values(), key=lambda one: (str(one["on"]), str(one["scenario"]))))


def _replace(path: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(list(entries), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def told(scenario: Scenario) -> str:
    """The scenario as a table for a terminal: figures, goals, peers, what stands open."""
    head = f"{scenario.name}: {scenario.ours:g} {scenario.unit}; limit {scenario.limit:g}; ratio {scenario.ratio:.3f}; {scenario.cpu_ms:g} ms CPU per operation"
    goals = [
        [kind, one.name, f"{one.op} {one.bound:g}", f"{one.value:g}", "met" if one.met else "NOT MET"]
        for kind, bounds in (("must", scenario.must), ("aim", scenario.aim))
        for one in bounds
    ]
    peers = [
        [name, f"{value:g}", f"{scenario.ours / value:.2f} x" if value else "—"]
        for name, value in scenario.peers.items()
    ]
    parts = [head, table(["goal", "figure", "bound", "found", ""], goals)]
    parts += [table(["peer", scenario.unit, "ours to it"], peers)] if peers else []
    parts += [f"  deferred: {one}" for one in scenario.deferred]
    return "\n".join(parts)
