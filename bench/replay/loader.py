"""One process that loads: `python -m bench.replay.loader SCALE DEPARTMENTS ITEMS SHARE OF`, in the environment of the database under test.

Reads days from standard input, one a line, loads the events of its systems up to each, and answers with a line of JSON. How far it is, how
fast and how long it will still take goes to standard error.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import date

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from bench.replay.door import Door, Sent, evening  # noqa: E402
from bench.replay.events import Event, events, until  # noqa: E402
from bench.replay.plan import CARRIED_OVER, Plan, plan  # noqa: E402
from bench.replay.progress import Progress  # noqa: E402
from bench.replay.register import register  # noqa: E402
from bench.replay.spent import Spent, spent  # noqa: E402
from bench.replay.world import world  # noqa: E402

BEGINNING = evening(CARRIED_OVER[0])


def whole(year: Plan) -> int:
    """How many events a year has, with those that it opens with."""
    return year.total("accepted") + year.total("concluded") + sum(year.opening.values())


class Loader:
    """The events of some systems, sent up to one day after the other."""

    def __init__(self, scale: int, departments: int, items: int, share: tuple[int, int]) -> None:
        year, matters = plan(scale), world(departments, items)
        self.door = Door(register(matters, at=BEGINNING), share=share)
        self.source, self.kept = events(year, matters), list[Event]()
        self.progress = Progress(whole(year) // share[1], time.monotonic())

    def load(self, last: date) -> dict[str, float]:
        """Everything up to a day: how many events, how many of them were there before, and what it took."""
        before, sent, again = spent(), 0, 0
        for one in self._sent(last):
            sent += one.events
            again += one.events if one.again else 0
            print(self.progress.told(one, time.monotonic()), file=sys.stderr, flush=True)
        return {"events": sent, "again": again, **Spent.between(before, spent()).as_json()}

    def _sent(self, last: date) -> Iterator[Sent]:
        yield from self.door.load(until(self.source, last, self.kept))


if __name__ == "__main__":
    scale, departments, items, share, of = map(int, sys.argv[1:6])
    # As in `run_batch`: a loading process makes no circles.
    gc.disable()
    loader = Loader(scale, departments, items, (share, of))
    for line in sys.stdin:
        print(json.dumps(loader.load(date.fromisoformat(line.strip()))), flush=True)
