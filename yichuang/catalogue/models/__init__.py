"""Tables of the room."""

from yichuang.catalogue.models.authorisations import Authorisation, Delegation
from yichuang.catalogue.models.items import (
    GuideVersion,
    ImportRun,
    Item,
    ItemRevision,
    Manual,
)
from yichuang.catalogue.models.lists import (
    LegalText,
    LegalVersion,
    LicenceList,
    ListEntry,
    ReviewTask,
)

__all__ = [
    "Authorisation",
    "Delegation",
    "GuideVersion",
    "ImportRun",
    "Item",
    "ItemRevision",
    "LegalText",
    "LegalVersion",
    "LicenceList",
    "ListEntry",
    "Manual",
    "ReviewTask",
]
