"""The levels of examination in sequence: 初审 → 复审 → 会签 → 审定, and who has signed where."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from yichuang.cases.flow import LEVELS, WorkKind

Fact = tuple[str, date, Mapping[str, Any], str, str]

# The facts by which somebody stands for a level.
SIGNATURES = {
    "case.proposed": WorkKind.REVIEW,
    "case.endorsed": WorkKind.SECOND,
    "case.countersigned": WorkKind.COUNTERSIGN,
}


def levels_of(extra: Collection[str]) -> tuple[WorkKind, ...]:
    """The levels of an item in their order: the first and the last always, those between where the guide names them."""
    return tuple(level for level in LEVELS if level in (LEVELS[0], LEVELS[-1]) or level in extra)


def following(extra: Collection[str], level: WorkKind) -> WorkKind:
    """The level after this one; the last one stays where it is."""
    levels = levels_of(extra)
    return levels[min(levels.index(level) + 1, len(levels) - 1)]


def lower_levels(extra: Collection[str], work_kind: str | None) -> tuple[WorkKind, ...]:
    """The levels to which a case may be sent back from where it stands; none where it is not under examination."""
    levels = levels_of(extra)
    places = [place for place, level in enumerate(levels) if level == work_kind]
    return levels[: places[0]] if places else ()


def signed(facts: Iterable[Fact]) -> dict[WorkKind, frozenset[str]]:
    """Who stands for which level now: the signature of whoever acted, and of the colleague in whose place it was.

    Sending back to a level takes away that level and those above it; a special procedure begins the round anew.
    """
    standing: dict[WorkKind, frozenset[str]] = {}
    for kind, _, data, _, actor in facts:
        if kind == "case.sent_back":
            _drop(standing, WorkKind(str(data.get("to", WorkKind.REVIEW))))
        elif kind == "case.resumed":
            standing.clear()
        elif kind in SIGNATURES:
            _drop(standing, SIGNATURES[kind])
            absent = {f"staff:{data['for']}"} if data.get("for") else set()
            standing[SIGNATURES[kind]] = frozenset({actor, *absent})
    return standing


def _drop(standing: dict[WorkKind, frozenset[str]], level: WorkKind) -> None:
    for above in LEVELS[LEVELS.index(level) :]:
        standing.pop(above, None)


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody who would act at a second level of the same round: the level where they stand, their signature."""

    level: WorkKind
    signature: str


def clash(facts: Iterable[Fact], level: WorkKind, signatures: Collection[str]) -> Clash | None:
    """The earlier act that keeps one of these signatures from this level; None where nothing does."""
    lower = LEVELS[: LEVELS.index(level)]
    for at, standing in signed(facts).items():
        both = sorted(standing & set(signatures))
        if at in lower and both:
            return Clash(at, both[0])
    return None


def steps_of(
    extra: Collection[str], work_kind: str | None, *, done: bool
) -> tuple[tuple[WorkKind, str], ...]:
    """Every level with how it stands for the step line: done, now or next."""
    levels = levels_of(extra)
    if done:
        return tuple((level, "done") for level in levels)
    place = levels.index(WorkKind(work_kind)) if work_kind in levels else -1
    return tuple(
        (level, "done" if n < place else "now" if n == place else "next") for n, level in enumerate(levels)
    )
