"""`python -m bench.replay --scale N`: the plan of the year as a table, its events as JSON lines for a department's system, or (`--run`)
the year itself, loaded into a site and compared with what was printed.
"""

import argparse
import sys
from collections.abc import Sequence

from bench import results
from bench.asked import SIZES
from bench.replay import over, page
from bench.replay.comparison import wanted
from bench.replay.events import batches, events, json_lines
from bench.replay.plan import plan
from bench.replay.printed import ISSUES, LABELS
from bench.replay.world import world
from bench.replay.year import LATEST, PAGE, ROOT, How, entry, run
from bench.stopping import program
from config.launch.say import Stop


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line, understood."""
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=__doc__)
    parser.add_argument("--scale", type=int, default=1, help="printed figures are divided by this, half up")
    parser.add_argument("--json-lines", action="store_true", help="the events themselves")
    parser.add_argument(
        "--run", action="store_true", help="load the year into a site, issue the reports, compare, measure"
    )
    parser.add_argument("--departments", type=int, default=60)
    parser.add_argument("--items", type=int, default=30, help="of each department and group")
    parser.add_argument("--loaders", type=int, default=1, help="processes that load side by side")
    parser.add_argument("--keep", action="store_true", help="leave the database on the disk")
    parser.add_argument(
        "--resume", action="store_true", help="go on with what a run that was killed has left"
    )
    parser.add_argument("--measure", action="store_true", help="only measure what an earlier run has kept")
    parser.add_argument(
        "--lives",
        action="store_true",
        help="live cases of the platform over what an earlier run has kept (P1y)",
    )
    parser.add_argument("--page", action="store_true", help="write docs/replay-2022.md from the results file")
    asked = parser.parse_args(arguments)
    if min(asked.scale, asked.departments, asked.items, asked.loaders) < 1:
        parser.error("--scale, --departments, --items and --loaders must be at least 1")
    return asked


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked for; what is not a run goes to standard output."""
    asked = parsed(arguments)
    if asked.page:
        page.write(PAGE, entry(LATEST))
        return 0
    if asked.lives:
        kept = How(asked.scale).database
        try:
            told = over.run(kept, SIZES["short"], LATEST, ROOT)
        except Stop as stop:
            return stop.tell() or 2
        print(results.told(told), file=sys.stderr)
        return 0
    if asked.run or asked.measure:
        how = How(
            asked.scale, asked.departments, asked.items, asked.loaders, asked.keep, asked.resume, asked.measure
        )  # fmt: skip
        try:
            return run(how)
        except Stop as stop:
            return stop.tell() or 2
    show(asked)
    return 0


def show(asked: argparse.Namespace) -> None:
    """The events as JSON lines, or the plan as a table."""
    found = plan(asked.scale)
    if asked.json_lines:
        for batch in batches(events(found, world(asked.departments, asked.items)), 5000):
            sys.stdout.write(json_lines(batch))
        return
    for issue in ISSUES:
        for (scope, group, verb), number in sorted(wanted(issue, found).items()):
            sys.stdout.write(f"{issue.number}\t{scope}\t{LABELS[group]}\t{verb}\t{number}\n")
    sys.stdout.write(f"total\t\t\taccepted\t{found.total('accepted')}\n")
    sys.stdout.write(f"total\t\t\tconcluded\t{found.total('concluded')}\n")


if __name__ == "__main__":
    sys.exit(program(main))
