"""Tables of the room."""

from yichuang.catalogue.models.items import (
    GuideVersion,
    ImportRun,
    Item,
    ItemRevision,
    Manual,
)

__all__ = [
    "GuideVersion",
    "ImportRun",
    "Item",
    "ItemRevision",
    "Manual",
]
