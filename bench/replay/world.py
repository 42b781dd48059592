"""Who reports what in the replay: departments with their items, coded plainly, and the systems that report for them."""

from collections.abc import Mapping, Sequence

from bench.replay.events import Matter
from bench.replay.printed import GROUPS

TYPES = {"licence": "01", "public_service": "20", "other_nine": "05"}
SYSTEMS = 6


def world(departments: int, items: int) -> dict[str, list[Matter]]:
    """So many departments with so many items each for every group; the first item of every department comes first."""
    return {
        group: [
            Matter(f"D{d:03d}", f"{group}-{d:03d}-{i:03d}", TYPES[group], 20 if group == "licence" else None)
            for i in range(1, items + 1)
            for d in range(1, departments + 1)
        ]
        for group in GROUPS
    }


def systems(matters: Mapping[str, Sequence[Matter]], count: int = SYSTEMS) -> dict[str, list[str]]:
    """The departments that each system reports for, by its code: in turn, so that large and small ones are mixed."""
    bodies = sorted({one.department for each in matters.values() for one in each})
    return {f"replay-{place + 1}": bodies[place::count] for place in range(min(count, len(bodies)))}
