"""The words of figures, claims and scores, as tables."""

from yichuang.statistics.flow.measures import (
    BROUGHT_FORWARD,
    BY_CODE,
    GROUPS,
    LABELS_OF_GROUPS,
    MANUAL_MEASURES,
    MANUALS,
    MEASURES,
    MEASURES_OF,
    SCOPE_LABELS,
    WINDOW,
    WINDOW_MEASURES,
    Form,
    Measure,
    Scope,
    group_of,
    measure_of,
)

__all__ = [
    "BROUGHT_FORWARD",
    "BY_CODE",
    "GROUPS",
    "LABELS_OF_GROUPS",
    "MANUALS",
    "MANUAL_MEASURES",
    "MEASURES",
    "MEASURES_OF",
    "SCOPE_LABELS",
    "WINDOW",
    "WINDOW_MEASURES",
    "Form",
    "Measure",
    "Scope",
    "group_of",
    "measure_of",
]
