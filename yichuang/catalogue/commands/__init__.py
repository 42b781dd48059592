"""Writes of the catalogue: lists, guides and their versions, manuals."""

from yichuang.catalogue.commands.departments import PROVINCE, load_departments, load_divisions
from yichuang.catalogue.commands.guides import (
    discard,
    four_eyes_problem,
    publish,
    recall,
    retire,
    return_,
    save_draft,
    start_draft,
    submit,
)
from yichuang.catalogue.commands.imports import (
    FlaggedRow,
    ImportOutcome,
    import_items,
    import_packaged_lists,
    outcome_of,
)
from yichuang.catalogue.commands.manuals import move_manual, publish_manual, save_manual
from yichuang.catalogue.commands.packaged import LoadedGuides, load_guides

__all__ = [
    "PROVINCE",
    "FlaggedRow",
    "ImportOutcome",
    "LoadedGuides",
    "discard",
    "four_eyes_problem",
    "import_items",
    "import_packaged_lists",
    "load_departments",
    "load_divisions",
    "load_guides",
    "move_manual",
    "outcome_of",
    "publish",
    "publish_manual",
    "recall",
    "retire",
    "return_",
    "save_draft",
    "save_manual",
    "start_draft",
    "submit",
]
