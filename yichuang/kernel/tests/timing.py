"""How long something takes, on a machine that is busy with other work: nothing that disturbs a run makes it quicker."""

import gc
import time
from collections.abc import Callable

TRIES = 4


def quickest(
    run: Callable[[], object], enough: float, *, clock: Callable[[], float] = time.process_time, tries: int = TRIES
) -> float:  # fmt: skip
    """The seconds of the quickest run; one that took less than `enough` is the last. Without the collector of garbage.

    What is slow by itself is slow at every try: a limit holds as strictly as for one run on a machine with nothing else to do.
    """
    found: list[float] = []
    collects = gc.isenabled()
    gc.disable()
    try:
        while len(found) < tries and (not found or found[-1] >= enough):
            begun = clock()
            run()
            found.append(clock() - begun)
    finally:
        if collects:
            gc.enable()
    return min(found)
