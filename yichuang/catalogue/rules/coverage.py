"""How many handling items have an acceptance manual in force (受理手册覆盖率)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from yichuang.catalogue.flow import ManualState


@dataclass(frozen=True, slots=True)
class Coverage:
    """`percent` has two decimals, rounded half up; none where there is no item to cover."""

    covered: int
    total: int
    percent: Decimal | None


def coverage(covered: int, total: int) -> Coverage:
    """The share of `total` handling items that have a manual in force.

    Raises ValueError where the counts cannot be: negative, or more manuals than items.
    """
    if not 0 <= covered <= total:
        raise ValueError(f"{covered} of {total}")
    if total == 0:
        return Coverage(0, 0, None)
    share = Decimal(covered * 100) / Decimal(total)
    return Coverage(covered, total, share.quantize(Decimal("0.01"), ROUND_HALF_UP))


def coverage_of(states: Iterable[ManualState | None]) -> Coverage:
    """The same from one state per handling item; none where the item has no manual yet."""
    listed = list(states)
    return coverage(sum(state is ManualState.PUBLISHED for state in listed), len(listed))
