"""`python -m bench.replay --scale N`: the plan of the year as a table, or its events as JSON lines for a department's system."""

import argparse
import sys
from collections.abc import Sequence

from bench.replay.comparison import wanted
from bench.replay.events import Matter, batches, events, json_lines
from bench.replay.plan import plan
from bench.replay.printed import GROUPS, ISSUES, LABELS

TYPES = {"licence": "01", "public_service": "20", "other_nine": "05"}


def world(departments: int, items: int) -> dict[str, list[Matter]]:
    """So many departments with so many items each, coded plainly, for every group."""
    return {
        group: [
            Matter(f"D{d:03d}", f"{group}-{d:03d}-{i:03d}", TYPES[group], 20 if group == "licence" else None)
            for i in range(1, items + 1)
            for d in range(1, departments + 1)
        ]
        for group in GROUPS
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what was asked for to standard output."""
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=__doc__)
    parser.add_argument("--scale", type=int, default=1, help="printed figures are divided by this, half up")
    parser.add_argument("--json-lines", action="store_true", help="the events themselves")
    parser.add_argument("--departments", type=int, default=60)
    parser.add_argument("--items", type=int, default=30, help="of each department and group")
    asked = parser.parse_args(arguments)
    found = plan(asked.scale)
    if asked.json_lines:
        for batch in batches(events(found, world(asked.departments, asked.items)), 5000):
            sys.stdout.write(json_lines(batch))
        return 0
    for issue in ISSUES:
        for (scope, group, verb), number in sorted(wanted(issue, found).items()):
            sys.stdout.write(f"{issue.number}\t{scope}\t{LABELS[group]}\t{verb}\t{number}\n")
    sys.stdout.write(f"total\t\t\taccepted\t{found.total('accepted')}\n")
    sys.stdout.write(f"total\t\t\tconcluded\t{found.total('concluded')}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
