"""Writes of figures: drain a batch, bring published totals forward, freeze a snapshot, recount and rebuild, scores."""

from yichuang.statistics.commands.drain import BATCH, close_batch
from yichuang.statistics.commands.figures import bring_forward, cancel_brought_forward, freeze, frozen_figures
from yichuang.statistics.commands.scores import enter_indicator, set_indicators

__all__ = [
    "BATCH",
    "bring_forward",
    "cancel_brought_forward",
    "close_batch",
    "enter_indicator",
    "freeze",
    "frozen_figures",
    "set_indicators",
]
