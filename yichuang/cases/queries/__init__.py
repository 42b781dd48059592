"""Reads of cases: one case whole, its timeline, the work queues, search."""

from yichuang.cases.queries.foresight import Move, would_move
from yichuang.cases.queries.lapses import Lapse, LapseKind, about_to_lapse, lapses_of
from yichuang.cases.queries.one import (
    CaseRow,
    ahead,
    by_number,
    load,
    load_visible,
    number_along,
    particulars,
    running_after,
    statement_text,
    taken_ahead,
    visible,
    visible_row,
)
from yichuang.cases.queries.queues import (
    Filters,
    QueueRow,
    Tab,
    counts,
    export,
    mine,
    open_cases_of,
    queue,
    search_page,
)
from yichuang.cases.queries.risk import BAND_LABELS, Band, Risk, by_risk
from yichuang.cases.queries.send_backs import SentBack, send_backs
from yichuang.cases.queries.timeline import Event, timeline, why

__all__ = [
    "BAND_LABELS",
    "Band",
    "CaseRow",
    "Event",
    "Filters",
    "Lapse",
    "LapseKind",
    "Move",
    "QueueRow",
    "Risk",
    "SentBack",
    "Tab",
    "about_to_lapse",
    "ahead",
    "by_number",
    "by_risk",
    "counts",
    "export",
    "lapses_of",
    "load",
    "load_visible",
    "mine",
    "number_along",
    "open_cases_of",
    "particulars",
    "queue",
    "running_after",
    "search_page",
    "send_backs",
    "statement_text",
    "taken_ahead",
    "timeline",
    "visible",
    "visible_row",
    "why",
    "would_move",
]
