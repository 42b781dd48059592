"""Reads of effects: the export of the journal for whoever verifies it elsewhere."""

from yichuang.effects.queries.export import FORMAT, Exported, export_journal
from yichuang.effects.queries.files import files_of_case, still_used

__all__ = ["FORMAT", "Exported", "export_journal", "files_of_case", "still_used"]
