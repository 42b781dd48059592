"""`python -m bench [P1] [--size short|full] [--cases N] [--seconds S] [--rounds N]`: measure, tell, write `bench/results/latest.json`.

Standard error has a table for people; standard output is the results file. Exit code 0 where every must is met, 1 where one is
not, 2 where nothing could be measured.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench import chart, exchange, lists, p1, p1b, p1c, p2, p2x, p3, p4, p5, p6, results, traffic
from bench.asked import SIZES, Asked
from bench.results import Scenario
from config.launch.say import Stop

ROOT = Path(__file__).resolve().parent.parent
LATEST = ROOT / "bench" / "results" / "latest.json"
SCENARIOS: dict[str, Callable[[Asked], Scenario]] = {
    "P1": p1.run,
    "P1b": p1b.run,
    "P1c": p1c.run,
    "P2": p2.run,
    "P2x": p2x.run,
    "P3": p3.run,
    "P4": p4.run,
    "P5": p5.run,
    "P6": p6.run,
    "PX": exchange.run,
    "LISTS": lists.run,
    "TR": traffic.run,
}


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line, understood."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help=f"of {', '.join(SCENARIOS)}; all where none is named")
    parser.add_argument(
        "--size", choices=SIZES, default="short", help="what is not said is as this size has it"
    )
    parser.add_argument("--cases", type=int, help="cases that stand in the database before")
    parser.add_argument("--seconds", type=float, help="length of a phase")
    parser.add_argument("--rounds", type=int, help="turns of ours and the limit")
    parser.add_argument("--connections", type=int)
    parser.add_argument("--out", type=Path, default=LATEST)
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    given = (asked.seconds, asked.rounds, asked.connections)
    if any(value is not None and value <= 0 for value in given) or (asked.cases or 0) < 0:
        parser.error("--seconds, --rounds and --connections must be more than 0, --cases not less than 0")
    return asked


def size_of(asked: argparse.Namespace) -> Asked:
    """How it is run: the size, and over it what was said on the command line."""
    said = {name: getattr(asked, name) for name in ("seconds", "rounds", "connections", "cases")}
    return replace(SIZES[asked.size], **{name: value for name, value in said.items() if value is not None})


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for."""
    asked = parsed(arguments)
    how = size_of(asked)
    try:
        found = [SCENARIOS[name](how) for name in asked.scenarios or SCENARIOS]
    except Stop as stop:
        return stop.tell() or 2
    results.write(asked.out, found, machine=results.this_machine(), commit=results.this_commit(ROOT))
    measured = {one.name for one in found}
    entries = [one for one in results.read(asked.out) if one["scenario"] in measured]
    results.remember(asked.out.with_name("history.json"), entries, on=datetime.now(UTC).date())
    if asked.out == LATEST:
        chart.draw(ROOT / "docs" / "bench.svg", results.read(asked.out.with_name("history.json")))
    for one in found:
        print(results.told(one), file=sys.stderr, flush=True)
    sys.stdout.write(asked.out.read_text(encoding="utf-8"))
    return 0 if all(bound.met for one in found for bound in one.must) else 1


if __name__ == "__main__":
    sys.exit(main())
