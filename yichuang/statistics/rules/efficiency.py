"""Pure arithmetic of efficiency: from what was done to what may be claimed. No floats."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from yichuang.statistics.rules.figures import Used, mean, share


@dataclass(frozen=True, slots=True)
class Workload:
    """What a department, an item or all of them did in a period: whole numbers only, so that they can be added up.

    `classes`: class of project → (working days used, cases).
    """

    filed: int = 0
    filed_online: int = 0
    concluded: int = 0
    early: int = 0
    days: tuple[Used, ...] = ()
    delivered: int = 0
    natural_days: int = 0
    trips: int = 0
    classes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    guides: int = 0
    online_guides: int = 0


COUNTS = (
    "filed", "filed_online", "concluded", "early", "delivered", "natural_days", "trips", "guides", "online_guides",
)  # fmt: skip


def merge(parts: Iterable[Workload]) -> Workload:
    """The workload of all parts together."""
    listed = list(parts)
    classes: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for part in listed:
        for name, (days, cases) in part.classes.items():
            classes[name] = (classes[name][0] + days, classes[name][1] + cases)
    sums = {name: sum(getattr(part, name) for part in listed) for name in COUNTS}
    return Workload(days=tuple(used for part in listed for used in part.days), classes=dict(classes), **sums)


@dataclass(frozen=True, slots=True)
class Best:
    """The fastest case against its statutory limit: 3个工作日，提前65个."""

    days_used: int
    ahead: int


@dataclass(frozen=True, slots=True)
class Efficiency:
    """What a workload comes to; None where there is nothing to divide by.

    Days are working days, `natural_days` calendar days; shares are percent.
    """

    concluded: int
    mean_days: Decimal | None
    mean_limit: Decimal | None
    shortened: Decimal | None
    early_share: Decimal | None
    best: Best | None
    natural_days: Decimal | None
    trips: Decimal | None
    online_filed: Decimal | None
    online_items: Decimal | None
    classes: tuple[tuple[str, Decimal], ...]


def efficiency(work: Workload) -> Efficiency:
    """Every measure of a workload.

    The shortening is taken between the printed averages: 7.8 used and 12.2 saved must be the 20 that the law gives.
    """
    cases = sum(used.count for used in work.days)
    used = mean(sum(each.days_used * each.count for each in work.days), cases)
    limit = mean(sum(each.limit_days * each.count for each in work.days), cases)
    shortened = None if used is None or limit is None else limit - used
    classes = [(name, mean(*total)) for name, total in sorted(work.classes.items())]
    return Efficiency(
        concluded=work.concluded,
        mean_days=used,
        mean_limit=limit,
        shortened=shortened,
        early_share=share(work.early, work.concluded),
        best=best(work.days),
        natural_days=mean(work.natural_days, work.delivered),
        trips=mean(work.trips, work.delivered),
        online_filed=share(work.filed_online, work.filed),
        online_items=share(work.online_guides, work.guides),
        classes=tuple((name, value) for name, value in classes if value is not None),
    )


def best(days: Iterable[Used]) -> Best | None:
    """The case that was furthest ahead of its statutory limit; None where none was ahead."""
    found = [Best(used.days_used, used.limit_days - used.days_used) for used in days if used.count]
    top = max(found, key=lambda each: (each.ahead, -each.days_used), default=None)
    return top if top is not None and top.ahead > 0 else None


def printed(value: Decimal | int) -> str:
    """A number as official prose prints it: 100 for 100.00, 7.8, 64.29."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
