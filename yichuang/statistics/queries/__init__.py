"""Reads of figures: exact at any moment, because rows that are not drained yet are added in the same statement."""

from yichuang.statistics.queries.balance import (
    Balance,
    Imbalance,
    balances,
    fallen,
    imbalances,
    imbalances_of,
)
from yichuang.statistics.queries.carried import (
    Carried,
    brought_forward,
    sources,
    window_year_to_date,
    window_year_to_date_with_source,
    year_to_date,
    year_to_date_with_source,
)
from yichuang.statistics.queries.cells import Cells, cells, trend
from yichuang.statistics.queries.counted import TYPES_OF, CountedCase, counted_cases
from yichuang.statistics.queries.figures import (
    Figure,
    day_figures,
    manuals_by_department,
    report_figures,
    snapshot,
)
from yichuang.statistics.queries.recount import figures_agree
from yichuang.statistics.queries.stock import ReportedFlow, reported_flows, reported_open
from yichuang.statistics.queries.window import WindowActs, window_acts

__all__ = [
    "TYPES_OF",
    "Balance",
    "Carried",
    "Cells",
    "CountedCase",
    "Figure",
    "Imbalance",
    "ReportedFlow",
    "WindowActs",
    "balances",
    "brought_forward",
    "cells",
    "counted_cases",
    "day_figures",
    "fallen",
    "figures_agree",
    "imbalances",
    "imbalances_of",
    "manuals_by_department",
    "report_figures",
    "reported_flows",
    "reported_open",
    "snapshot",
    "sources",
    "trend",
    "window_acts",
    "window_year_to_date",
    "window_year_to_date_with_source",
    "year_to_date",
    "year_to_date_with_source",
]
