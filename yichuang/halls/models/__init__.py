"""Tables of the room."""

from yichuang.halls.models.duty import DutyPlan, DutyVisit, Requirement, RequirementNote
from yichuang.halls.models.findings import Finding, FindingNote, FindingPhoto
from yichuang.halls.models.rounds import HallRound, InspectionTerm, RoundResult
from yichuang.halls.models.windows import HandOver, Issue, Seat, Staffing, Window, WindowAct

__all__ = [
    "DutyPlan",
    "DutyVisit",
    "Finding",
    "FindingNote",
    "FindingPhoto",
    "HallRound",
    "HandOver",
    "InspectionTerm",
    "Issue",
    "Requirement",
    "RequirementNote",
    "RoundResult",
    "Seat",
    "Staffing",
    "Window",
    "WindowAct",
]
