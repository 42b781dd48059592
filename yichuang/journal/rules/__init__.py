"""Pure arithmetic of the journal: a fact's hash, Merkle roots and paths, the chain of seals."""

from yichuang.journal.rules.hashing import fact_hash, first_hash, place, stamp
from yichuang.journal.rules.heads import CHAIN, GENESIS, Signed, chain, head_fields, head_line, head_message
from yichuang.journal.rules.merkle import (
    ALGORITHMS,
    SHA256,
    SM3,
    Step,
    audit_path,
    climbs_to,
    digest,
    merkle_root,
)

__all__ = [
    "ALGORITHMS",
    "CHAIN",
    "GENESIS",
    "SHA256",
    "SM3",
    "Signed",
    "Step",
    "audit_path",
    "chain",
    "climbs_to",
    "digest",
    "fact_hash",
    "first_hash",
    "head_fields",
    "head_line",
    "head_message",
    "merkle_root",
    "place",
    "stamp",
]
