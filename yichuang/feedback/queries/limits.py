"""Reads of the room's limits and thresholds: what is in force on a day, and its history."""

from dataclasses import dataclass
from datetime import date

from yichuang.directory.flow import Capability
from yichuang.feedback.flow.limits import BY_LIMIT, LIMITS, LimitKind
from yichuang.feedback.models import Limit
from yichuang.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class InForce:
    """A limit as it stands on a day."""

    kind: LimitKind
    value: int
    source: str
    since: date | None = None
    by_name: str = ""


def limits_on(day: date) -> dict[str, InForce]:
    """Every limit as it stands on a day: the latest that was set by then, else the packaged one. One statement."""
    found = {each.code: InForce(each, each.value, each.source) for each in LIMITS}
    for row in Limit.objects.filter(since__lte=day).order_by("since", "at"):
        found[row.code] = InForce(BY_LIMIT[row.code], row.value, row.source, row.since, row.by_name)
    return found


def limit_history(*, by: Actor, size: int = 100) -> list[Limit]:
    """What was set, newest first. Raises Refused."""
    by.require(Capability.FEEDBACK_REVIEW)
    return list(Limit.objects.order_by("-at")[:size])
