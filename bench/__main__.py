"""`python -m bench [P1] [--size short|full] [--cases N] [--seconds S] [--rounds N]`: measure, tell, write `bench/results/latest.json`.
`python -m bench table` writes what stands there into docs/performance.md, and the chart over the commits; a run does so by itself.

Standard error has a table for people, and before each scenario what is left; standard output is the results file. A scenario that
fails leaves the others to go on. Exit code 0 where every must is met, 1 where one is not or a scenario failed, 2 where nothing could
be measured, 143 where it was told to stop.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    chart,
    exchange,
    lists,
    p1,
    p1b,
    p1c,
    p2,
    p2x,
    p3,
    p3x,
    p4,
    p5,
    p6,
    p7,
    p8,
    plan,
    results,
    stopping,
    tables,
    traffic,
)
from bench.asked import SIZES, Asked
from bench.results import Scenario
from config.launch.say import Stop

ROOT = Path(__file__).resolve().parent.parent
LATEST = ROOT / "bench" / "results" / "latest.json"
DOCUMENT, CHART = ROOT / "docs" / "performance.md", ROOT / "docs" / "bench.svg"
TABLE = "table"
SCENARIOS: dict[str, Callable[[Asked], Scenario]] = {
    "P1": p1.run,
    "P1b": p1b.run,
    "P1c": p1c.run,
    "P2": p2.run,
    "P2x": p2x.run,
    "P3": p3.run,
    "P3x": p3x.run,
    "P4": p4.run,
    "P5": p5.run,
    "P6": p6.run,
    "P7": p7.run,
    "P8": p8.run,
    "PX": exchange.run,
    "LISTS": lists.run,
    "TR": traffic.run,
}


def many(text: str) -> list[int]:
    """Numbers divided by commas, at least one, none twice. Errors: ValueError."""
    found = [int(one) for one in text.split(",")]
    if len(set(found)) != len(found):
        raise ValueError(f"twice the same in {text}")
    return found


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line, understood."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "scenarios",
        nargs="*",
        help=f"of {', '.join(SCENARIOS)}; all where none is named, in the short size without {', '.join(plan.BY_NAME)}",
    )
    parser.add_argument(
        "--size", choices=SIZES, default="short", help="what is not said is as this size has it"
    )
    parser.add_argument(
        "--cases",
        type=many,
        help="cases that stand in the database before; several, divided by commas, give a curve of growth",
    )
    parser.add_argument("--seconds", type=float, help="length of a phase")
    parser.add_argument("--rounds", type=int, help="turns of ours and the limit")
    parser.add_argument("--connections", type=int)
    parser.add_argument("--out", type=Path, default=LATEST)
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    given = (asked.seconds, asked.rounds, asked.connections)
    if any(value is not None and value <= 0 for value in given) or any(one < 0 for one in asked.cases or ()):
        parser.error("--seconds, --rounds and --connections must be more than 0, --cases not less than 0")
    return asked


def size_of(asked: argparse.Namespace) -> Asked:
    """How it is run: the size, and over it what was said on the command line."""
    said = {name: getattr(asked, name) for name in ("seconds", "rounds", "connections")}
    said["cases"] = asked.cases[0] if asked.cases else None
    return replace(SIZES[asked.size], **{name: value for name, value in said.items() if value is not None})


def draw(latest: Path = LATEST) -> None:
    """The tables of the document and the chart, from what was measured. Errors: Stop."""
    tables.renew(DOCUMENT, results.read(latest))
    chart.draw(CHART, results.read(latest.with_name("history.json")))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for, or only draw what was measured."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if given == [TABLE]:
            draw()
            return 0
        asked = parsed(given)
        found, missing = measured(asked)
        if asked.out == LATEST:
            draw()
    except Stop as stop:
        return stop.tell() or 2
    for one in found:
        print(results.told(one), file=sys.stderr, flush=True)
    if found:
        sys.stdout.write(asked.out.read_text(encoding="utf-8"))
    if missing:
        print(f"  FAILED, not measured: {', '.join(missing)}", file=sys.stderr, flush=True)
        return 1 if found else 2
    return 0 if all(bound.met for one in found for bound in one.must) else 1


def named(asked: argparse.Namespace) -> list[str]:
    """The scenarios that are run: those named, else all; in the short size without those that must be named."""
    left_out = plan.BY_NAME if asked.size == "short" else ()
    return list(asked.scenarios) or [name for name in SCENARIOS if name not in left_out]


def measured(asked: argparse.Namespace) -> tuple[list[Scenario], list[str]]:
    """Run the scenarios, and name those that could not be measured.

    Each is written as soon as it is there, so that a run that is cut short keeps what it had. Whatever fails in one, an error of
    the bench itself among it, takes no other away.
    """
    how, names = size_of(asked), named(asked)
    sizes = asked.cases or [how.cases]
    found: list[Scenario] = []
    took: dict[str, float] = {}
    missing: list[str] = []
    for place, name in enumerate(names):
        begun = time.monotonic()
        tell(ahead(names[place:], how, first=not place, times=len(sizes)))
        try:
            one = grown(SCENARIOS[name], how, sizes)
            took[name] = round(time.monotonic() - begun, 1)
            keep(asked.out, replace(one, more={**one.more, "seconds_taken": took[name]}))
        except Stop as stop:
            stop.tell()
            missing.append(name)
        except Exception:
            traceback.print_exc()
            missing.append(name)
        else:
            found.append(one)
        took[name] = round(time.monotonic() - begun, 1)
        tell(f"  {name} took {took[name]:.0f} s")
    tell(taken(took, missing))
    return found, missing


def tell(words: str) -> None:
    """A line for whoever waits."""
    print(words, file=sys.stderr, flush=True)


def ahead(names: Sequence[str], how: Asked, *, first: bool, times: int = 1) -> str:
    """What comes now and what is left, with how long it takes by the plan; each `times` over."""
    before = sum(one.seconds for one in plan.preparing(names, how)) if first else 0.0
    own = [times * sum(one.seconds for one in plan.phases(name, how)) for name in names]
    prepared = f", first the databases, at most {plan.clock(before)}" if before else ""
    rest = f"; then {', '.join(names[1:])}" if names[1:] else ""
    return f"  {names[0]}: about {plan.clock(own[0])}{prepared}{rest}; all in about {plan.clock(before + sum(own))}"


def taken(took: Mapping[str, float], missing: Sequence[str]) -> str:
    """How long each scenario took, and all of them."""
    lines = [
        f"{name} {seconds:.0f} s{' (failed)' if name in missing else ''}" for name, seconds in took.items()
    ]
    return f"  took: {', '.join(lines)}; together {plan.clock(sum(took.values()))}"


def grown(run: Callable[[Asked], Scenario], how: Asked, cases: Sequence[int]) -> Scenario:
    """A scenario with the first number of cases; where there are more, beside it what it reached with each. Errors: Stop."""
    found = [run(replace(how, cases=one)) for one in cases]
    if len(found) == 1:
        return found[0]
    curve = {
        str(number): {
            "ours": one.ours,
            "limit": one.limit,
            "ratio": round(one.ratio, 3),
            "cpu_ms": one.cpu_ms,
        }
        for number, one in zip(cases, found, strict=True)
    }
    return replace(found[0], more={**found[0].more, "growth": curve})


def keep(out: Path, found: Scenario) -> None:
    """Write one scenario into the results and, where the commit can be measured again, into the history."""
    today = datetime.now(UTC).date()
    results.write(out, [found], machine=results.this_machine(), commit=results.this_commit(ROOT), on=today)
    entries = [one for one in results.read(out) if one["scenario"] == found.name]
    results.remember(out.with_name("history.json"), entries, on=today)


if __name__ == "__main__":
    sys.exit(stopping.program(main))
