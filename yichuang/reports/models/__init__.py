"""Tables of the room."""

from yichuang.reports.models.report import (
    Contribution,
    DutyVisit,
    InspectionResult,
    PrintedFigure,
    Report,
    ReportForm,
    ReportVersion,
)

__all__ = [
    "Contribution",
    "DutyVisit",
    "InspectionResult",
    "PrintedFigure",
    "Report",
    "ReportForm",
    "ReportVersion",
]
