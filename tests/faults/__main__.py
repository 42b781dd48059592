"""`python -m tests.faults [--size short|default|full] [--only R1,R3]`: what `make faults` runs. See docs/faults.md."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from tests.faults.installation import Installation, installed
from tests.faults.sizes import BY_NAME, Sizes
from tests.faults.tally import Tally

OUTSIDE = ("R1", "R2", "R3", "R4", "R8", "R9", "R10", "R13", "R20")
INSIDE = ("R14", "R15", "R16", "R17", "R18", "R19", "B1")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests on an installation of their own; 0 where every promise was kept and every broken build caught."""
    asked = parsed(arguments)
    tally = Tally()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        tally.say("starting an installation of our own (database, demo, web, worker)")
        with installed() as site:
            tally.say(f"it answers at {site.address}")
            run(site, BY_NAME[asked.size], asked.only, tally)
    except (RuntimeError, OSError) as problem:
        tally.violation("installation", f"{type(problem).__name__}: {problem}")
    for test, words in tally.figures.items():
        print(f"{test}: {words}")
    for words in (*tally.violations, *(f"NOT CAUGHT {one}" for one in tally.uncaught)):
        print(words)
    print(tally.line(), flush=True)
    return tally.code


def run(site: Installation, sizes: Sizes, only: Sequence[str], tally: Tally) -> None:
    """Do the tests, one after the other; what needs Django is loaded when there is a database for it."""
    os.environ.update(site.environment())
    importlib.import_module("django").setup()
    outside = importlib.import_module("tests.faults.outside")
    inside = importlib.import_module("tests.faults.inside")
    scratch = importlib.import_module("tests.faults.scratch")
    cast = importlib.import_module("tests.faults.people").of_the_demo()
    scratch.make_template(site)
    for names, tests in (
        (OUTSIDE, outside.Outside(site, sizes, tally, cast)),
        (INSIDE, inside.Inside(site, sizes, tally)),
    ):
        for name in names:
            if not only or name in only:
                tally.guarded(name, getattr(tests, name.lower()))


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(130)


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line, understood."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--size", choices=sorted(BY_NAME), default="default")
    parser.add_argument("--only", type=lambda text: text.upper().split(","), default=[], metavar="R1,R3")
    asked = parser.parse_args(arguments)
    unknown = set(asked.only) - {*OUTSIDE, *INSIDE}
    if unknown:
        parser.error(
            f"no such test: {', '.join(sorted(unknown))}; there are {', '.join((*OUTSIDE, *INSIDE))}"
        )
    return asked


if __name__ == "__main__":
    sys.exit(main())
