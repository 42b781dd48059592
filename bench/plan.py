"""How long a run of the bench takes, before it begins: phase by phase, from the very numbers that the scenarios run by.

What is asked for (seconds of a phase, warm-ups, rounds) is counted; what it takes to start, to prepare and to end is as measured on
two processors of 2.5 GHz. `make bench` has twenty minutes: `SHORT` names what it measures, the rest needs to be named or `--size full`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bench import p2, p6, p7, traffic
from bench.asked import Asked
from bench.peers.running import measured_beside

MOST_SECONDS = 20 * 60
# Of conditions of P1, and of the traffic of half an hour, `make bench` says nothing: they are P1 and its site again, for minutes.
BY_NAME = ("P1b", "P1c", "TR")

# Fitted to whole runs of scenarios on a quiet machine (what they took, less the phases that were asked for): a site on a million cases
# started and stopped, on none, and a server without processes.
START, START_EMPTY, START_DATABASE = 9.0, 7.0, 5.0
# Migrations, catalogue and people; of a million cases the ballast, written by two at once, and what LISTS fills instead.
PREPARE, SEED_A_MILLION, VOLUME_A_MILLION = 13.0, 90.0, 75.0
QUIET = 2.0
CAPTURE, WORKER, DEMONSTRATION, READERS, ANALYZE, PEER = 3.0, 2.0, 14.0, 2.0, 2.0, 5.0


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a scenario, and the seconds that it takes."""

    name: str
    seconds: float


def _load(asked: Asked) -> float:
    return asked.warm + asked.seconds


def _p1(asked: Asked) -> list[Phase]:
    return [
        Phase("start", START + CAPTURE), Phase("ours", asked.rounds * _load(asked)), Phase("limit", asked.rounds * (1 + asked.seconds)),
        Phase("between", asked.rounds * WORKER + (asked.rounds + 1) * QUIET), Phase("peers", len(measured_beside(asked.size)) * (_load(asked) + PEER)),
    ]  # fmt: skip


def _variant(asked: Asked) -> list[Phase]:
    return [
        Phase("start", START + CAPTURE), Phase("as it is", asked.rounds * _load(asked)), Phase("under the condition", asked.rounds * _load(asked)),
        Phase("limit", asked.seconds + WORKER), Phase("between", (asked.rounds + 1) * QUIET),
    ]  # fmt: skip


def _p2(asked: Asked) -> list[Phase]:
    # A row of a file is written, judged and filed in 0.27 ms, and both copies of it as the limit take 0.30; what is measured beside
    # single filings is a file more. Of the file beside pages, rows are written and judged before they are asked. A turn starts six
    # processes.
    rows = p2.ROWS[asked.size]
    files = (len(p2.KINDS) + 1) * rows * 0.00027 + len(p2.LIMITED) * rows * 0.0003
    return [
        Phase("start", START_EMPTY + QUIET), Phase("files and limits", asked.rounds * (files + 6 * 1.3)),
        Phase("single filings alone", asked.rounds * 2.0),
        Phase("pages", READERS + 4 + 3 * (p2.PAGES_SECONDS[asked.size] + p2.PAGES_WARM) + p2.PAGES_ROWS[asked.size] * 0.0001 + 3),
    ]  # fmt: skip


def _p6(asked: Asked) -> list[Phase]:
    both = 2 * (p6.WARM + asked.seconds)
    return [
        Phase("start", START), Phase("lived", p6.LIVED_SECONDS + 1 + READERS + ANALYZE), Phase("ours", asked.rounds * both),
        Phase("peer", both / 2 + PEER), Phase("between", 3 * QUIET),
    ]  # fmt: skip


def _p7(asked: Asked) -> list[Phase]:
    return [
        Phase("start", START + 5), Phase("used", DEMONSTRATION + 3 * (p7.USED_SECONDS + 1) + 2 * READERS + ANALYZE),
        Phase("watched", p7.seconds(asked)),
    ]  # fmt: skip


def _p8(asked: Asked) -> list[Phase]:
    return [
        Phase("start", START + CAPTURE + DEMONSTRATION), Phase("warm", asked.warm + 1.5), Phase("ours", asked.rounds * (asked.seconds + 4)),
        Phase("between", (asked.rounds + 1) * QUIET), Phase("limit", asked.seconds / 3),
    ]  # fmt: skip


def _traffic(asked: Asked) -> list[Phase]:
    day = traffic.day_seconds(asked)
    return [
        Phase("start", START + QUIET), Phase("lived", traffic.LIVED_SECONDS + 1 + READERS + ANALYZE), Phase("day", day),
        Phase("surge", day * traffic.SURGE_SHARE + 5),
    ]  # fmt: skip


def _lists(asked: Asked) -> list[Phase]:
    return [
        Phase("start", START_EMPTY + QUIET),
        Phase("ballast", VOLUME_A_MILLION * asked.cases / 1e6),
        Phase("asked", 15.0),
    ]


# In seconds at 1 round and at each more, what does not last as long as a phase is asked to.
FIXED: Mapping[str, tuple[float, float]] = {
    "P2x": (START + QUIET, 12.0),
    "P3": (43.0, 0.0),
    "P3x": (15.0, 5.0),
}
FIXED_ONCE: Mapping[str, float] = {
    "P4": START_EMPTY + QUIET + DEMONSTRATION + 5.0,
    "P5": 103.0,
    "PX": START_DATABASE + QUIET + 28.0,
}
PHASES: Mapping[str, Callable[[Asked], list[Phase]]] = {
    "P1": _p1, "P1b": _variant, "P1c": _variant, "P2": _p2, "P6": _p6, "P7": _p7, "P8": _p8, "TR": _traffic, "LISTS": _lists,
}  # fmt: skip
# What begins with cases in the database, and what without.
SEEDED = ("P1", "P1b", "P1c", "P2x", "P6", "P7", "P8", "TR")
UNPREPARED = ("P3x",)


def phases(name: str, asked: Asked) -> list[Phase]:
    """The phases of a scenario; one of a minute for a scenario that is not known here."""
    if name in PHASES:
        return PHASES[name](asked)
    if name in FIXED_ONCE:
        return [Phase("all", FIXED_ONCE[name])]
    begin, turn = FIXED.get(name, (60.0, 0.0))
    return [Phase("start", begin), Phase("turns", asked.rounds * turn)]


def preparing(names: Iterable[str], asked: Asked) -> list[Phase]:
    """What is made once for all of these: a database without cases, and of it one with as many as were asked for."""
    wanted = [name for name in names if name not in UNPREPARED]
    found = [Phase("catalogue and people", PREPARE)] if wanted else []
    if asked.cases and any(name in SEEDED for name in wanted):
        found.append(Phase("cases", SEED_A_MILLION * asked.cases / 1e6))
    return found


def seconds(names: Iterable[str], asked: Asked) -> float:
    """How long these take one after the other, nothing prepared before."""
    listed = list(names)
    parts = [*preparing(listed, asked), *(one for name in listed for one in phases(name, asked))]
    return sum(one.seconds for one in parts)


def clock(length: float) -> str:
    """A length as people say it: seconds below two minutes, else minutes."""
    return f"{length:.0f} s" if length < 120 else f"{length / 60:.0f} min"
