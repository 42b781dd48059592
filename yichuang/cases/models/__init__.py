"""Tables of the case."""

from yichuang.cases.models.bulk import BulkAct, BulkActCase
from yichuang.cases.models.core import Case, CaseNumber, Particulars, Transfer, Work
from yichuang.cases.models.reviewers import (
    ExpertReview,
    Opinion,
    Pending,
    ReviewerNote,
    ReviewSeat,
    Survey,
    SurveyPhoto,
    SurveyPoint,
)

__all__ = [
    "BulkAct",
    "BulkActCase",
    "Case",
    "CaseNumber",
    "ExpertReview",
    "Opinion",
    "Particulars",
    "Pending",
    "ReviewSeat",
    "ReviewerNote",
    "Survey",
    "SurveyPhoto",
    "SurveyPoint",
    "Transfer",
    "Work",
]
