"""Writes of a case: filing, and one command for every row of the flow table."""

from yichuang.cases.commands.acceptance import accept, refuse_acceptance
from yichuang.cases.commands.applicant import answer_correction, withdraw
from yichuang.cases.commands.corrections import ask_correction, correct_on_spot
from yichuang.cases.commands.decision import decide, deliver, terminate
from yichuang.cases.commands.deemed import Lapsed, accept_silent, grant_lapsed, lapse, note_overruns
from yichuang.cases.commands.destroy import GONE, LONGEST_REASON, Destruction, destroy_words, retention_ends
from yichuang.cases.commands.filing import Beside, Filed, Opening, file
from yichuang.cases.commands.levels import countersign, endorse, propose, send_back
from yichuang.cases.commands.procedures import extend, note_overrun, pause, resume
from yichuang.cases.commands.recompute import CalendarImport, Recomputed, import_notices, recompute
from yichuang.cases.commands.step import Stepped
from yichuang.cases.commands.work import claim, expedite, hand_over, release

__all__ = [
    "GONE",
    "LONGEST_REASON",
    "Beside",
    "CalendarImport",
    "Destruction",
    "Filed",
    "Lapsed",
    "Opening",
    "Recomputed",
    "Stepped",
    "accept",
    "accept_silent",
    "answer_correction",
    "ask_correction",
    "claim",
    "correct_on_spot",
    "countersign",
    "decide",
    "deliver",
    "destroy_words",
    "endorse",
    "expedite",
    "extend",
    "file",
    "grant_lapsed",
    "hand_over",
    "import_notices",
    "lapse",
    "note_overrun",
    "note_overruns",
    "pause",
    "propose",
    "recompute",
    "refuse_acceptance",
    "release",
    "resume",
    "retention_ends",
    "send_back",
    "terminate",
    "withdraw",
]
