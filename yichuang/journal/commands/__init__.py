"""Writes of the journal: record a fact, take numbers, make partitions, drain the queue into a seal."""

from yichuang.journal.commands.evidence import Told, note_published
from yichuang.journal.commands.facts import (
    DRAIN_LOCK,
    FreshFact,
    NewFact,
    Recorded,
    ensure_partitions,
    fact_parameters,
    lock_drain,
    make_partitions_ahead,
    prove_writable,
    raise_series,
    record,
    seal,
    take,
)
from yichuang.journal.commands.keys import hash_of, is_used, keyed, once, standing
from yichuang.journal.commands.views import View, ViewKind, log_view, log_views, note_view, note_views, reveal

__all__ = [
    "DRAIN_LOCK",
    "FreshFact",
    "NewFact",
    "Recorded",
    "Told",
    "View",
    "ViewKind",
    "ensure_partitions",
    "fact_parameters",
    "hash_of",
    "is_used",
    "keyed",
    "lock_drain",
    "log_view",
    "log_views",
    "make_partitions_ahead",
    "note_published",
    "note_view",
    "note_views",
    "once",
    "prove_writable",
    "raise_series",
    "record",
    "reveal",
    "seal",
    "standing",
    "take",
]
