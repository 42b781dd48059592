"""Tables of the room."""

from yichuang.reports.models.distribution import IssueSubscription, ReadReceipt, ReportRecipient
from yichuang.reports.models.errata import Erratum, FormVersion
from yichuang.reports.models.newsroom import (
    ContributionDraft,
    ContributionFigure,
    ContributionPhoto,
    FigureField,
    OfferUse,
)
from yichuang.reports.models.report import (
    Contribution,
    DutyVisit,
    InspectionResult,
    PrintedFigure,
    Report,
    ReportForm,
    ReportVersion,
)
from yichuang.reports.models.signatures import FileSignature
from yichuang.reports.models.tracking import ChangeOpinion, Comment, IgnoredFinding, SectionLock

__all__ = [
    "ChangeOpinion",
    "Comment",
    "Contribution",
    "ContributionDraft",
    "ContributionFigure",
    "ContributionPhoto",
    "DutyVisit",
    "Erratum",
    "FigureField",
    "FileSignature",
    "FormVersion",
    "IgnoredFinding",
    "InspectionResult",
    "IssueSubscription",
    "OfferUse",
    "PrintedFigure",
    "ReadReceipt",
    "Report",
    "ReportForm",
    "ReportRecipient",
    "ReportVersion",
    "SectionLock",
]
