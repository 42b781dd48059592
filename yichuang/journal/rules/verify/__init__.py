"""Verification of an export without any database: what `yichuang verify-journal` computes. The format is
`docs/journal-format.md`."""

from yichuang.journal.rules.verify.cases import CASE, DESTROYED, Steps, check_case, lived
from yichuang.journal.rules.verify.contents import Contents
from yichuang.journal.rules.verify.findings import LABELS, Finding, Unreadable, Verified
from yichuang.journal.rules.verify.seals import Keys, check_heads, check_seals, seal_hash, signed_words
from yichuang.journal.rules.verify.subjects import Leaf, all_sound, check_subject, recomputed

__all__ = [
    "CASE",
    "DESTROYED",
    "LABELS",
    "Contents",
    "Finding",
    "Keys",
    "Leaf",
    "Steps",
    "Unreadable",
    "Verified",
    "all_sound",
    "check_case",
    "check_heads",
    "check_seals",
    "check_subject",
    "lived",
    "recomputed",
    "seal_hash",
    "signed_words",
]
