"""Pure arithmetic of figures, claims and scores."""

from yichuang.statistics.rules.figures import (
    ONE_PLACE,
    TWO_PLACES,
    Cell,
    Entry,
    Used,
    balanced,
    carried,
    mean,
    p90,
    share,
    valid_entries,
    values,
)

__all__ = [
    "ONE_PLACE",
    "TWO_PLACES",
    "Cell",
    "Entry",
    "Used",
    "balanced",
    "carried",
    "mean",
    "p90",
    "share",
    "valid_entries",
    "values",
]
