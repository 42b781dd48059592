"""Tables of the directory."""

from yichuang.directory.models.core import Account, AccountManager, Applicant, Department, Post, Region
from yichuang.directory.models.experts import Expert, ExpertRelation
from yichuang.directory.models.reach import StandIn
from yichuang.directory.models.tokens import ApiToken

__all__ = [
    "Account",
    "AccountManager",
    "ApiToken",
    "Applicant",
    "Department",
    "Expert",
    "ExpertRelation",
    "Post",
    "Region",
    "StandIn",
]
