"""Writes of a case: filing, and one command for every row of the flow table."""

from yichuang.cases.commands.applicant import answer_correction, withdraw
from yichuang.cases.commands.filing import Filed, Opening, file
from yichuang.cases.commands.office import (
    accept,
    ask_correction,
    claim,
    decide,
    deliver,
    extend,
    hand_over,
    pause,
    propose,
    refuse_acceptance,
    release,
    resume,
    send_back,
    terminate,
)
from yichuang.cases.commands.recompute import CalendarImport, Recomputed, import_notices, recompute
from yichuang.cases.commands.step import Stepped

__all__ = [
    "CalendarImport",
    "Filed",
    "Opening",
    "Recomputed",
    "Stepped",
    "accept",
    "answer_correction",
    "ask_correction",
    "claim",
    "decide",
    "deliver",
    "extend",
    "file",
    "hand_over",
    "import_notices",
    "pause",
    "propose",
    "recompute",
    "refuse_acceptance",
    "release",
    "resume",
    "send_back",
    "terminate",
    "withdraw",
]
