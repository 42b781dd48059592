"""When people come and what they want: the traffic of a centre's day, told beforehand so that every run meets the same.

A day is pressed into the length of a run. Its shape is that of a centre with counters: nothing before eight, a peak in the middle of the
morning, a smaller one after lunch, applicants online until late. Arrivals are a Poisson process of that shape; matters follow Zipf's law; materials
have the sizes of scans and photographs (a log-normal law, cut at what the site takes).
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

# Share of the day's arrivals by hour, in thousandths.
HOURS = (3, 2, 1, 1, 2, 4, 10, 25, 70, 115, 120, 90, 40, 35, 80, 95, 85, 60, 40, 35, 33, 28, 17, 9)
# What somebody does who comes: share in thousandths, and whether it goes in the first line (see config.admission).
MIX: Mapping[str, int] = {
    "home": 110, "search": 150, "guide": 210, "follow": 140, "figures": 30, "file": 60, "queue": 150, "case": 110, "report": 40,
}  # fmt: skip
# Who works here comes as on any day; in a surge it is everybody else who comes more often.
STAFF = ("queue", "case")
MEDIAN_BYTES, SPREAD = 380_000, 0.9
SMALLEST, LARGEST = 12_000, 9_000_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrival: seconds since the beginning of the run, what is wanted, of which matter (0 is the most wanted), and for filings the bytes brought."""

    at: float
    want: str
    matter: int
    size: int = 0


def rate(share: float, mean: float) -> float:
    """Arrivals a second at a moment of the day (0 to 1), where `mean` is the day's mean; hours pass into one another."""
    place = share * len(HOURS) - 0.5
    first, part = math.floor(place), place - math.floor(place)
    weight = HOURS[first % len(HOURS)] * (1 - part) + HOURS[(first + 1) % len(HOURS)] * part
    return mean * weight * len(HOURS) / sum(HOURS)


def surging(times: float) -> dict[str, float]:
    """The mix where everybody but staff comes `times` as often, in thousandths of an ordinary day's arrivals."""
    return {want: share * (1 if want in STAFF else times) for want, share in MIX.items()}


def arrivals(
    *, seconds: float, mean: float, matters: int, seed: str, flat: bool = False, times: float = 1
) -> Iterator[Arrival]:
    """A day's arrivals in their order, on an ordinary day `mean` a second on average; `flat`: the same rate all the time;
    `times`: a surge, in which everybody but staff comes so many times as often.

    The same seed gives the same arrivals.
    """
    mix = surging(times)
    mean *= sum(mix.values()) / sum(MIX.values())
    dice = random.Random(seed)  # noqa: S311 - the same day in every run
    peak = mean if flat else max(rate((hour + 0.5) / len(HOURS), mean) for hour in range(len(HOURS)))
    wants, weights = list(mix), list(mix.values())
    zipf = [1 / rank for rank in range(1, matters + 1)]
    at = 0.0
    while (at := at + dice.expovariate(peak)) < seconds:
        # Thinning: of the arrivals at the peak's rate as many stay as the moment has.
        if dice.random() * peak > (mean if flat else rate(at / seconds, mean)):
            continue
        (want,) = dice.choices(wants, weights)
        (matter,) = dice.choices(range(matters), zipf)
        yield Arrival(at, want, matter, _size(dice) if want == "file" else 0)


def _size(dice: random.Random) -> int:
    return min(LARGEST, max(SMALLEST, round(dice.lognormvariate(math.log(MEDIAN_BYTES), SPREAD))))


def of_kinds(found: Sequence[Arrival]) -> dict[str, int]:
    """How many wanted what."""
    counted = dict.fromkeys(MIX, 0)
    for one in found:
        counted[one.want] += 1
    return counted
