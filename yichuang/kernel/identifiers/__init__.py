"""Identifiers of the field: what a code is, whether it can be right, and precisely why not.

One small module per family, each with `check(code) -> Verdict`; `check` here finds out the family by itself.
Nothing here knows a table, a clock or the network, and no input raises: whatever a person pasted gets a
verdict.
"""

from yichuang.kernel.identifiers.dispatch import KINDS, check
from yichuang.kernel.identifiers.verdict import Outcome, Verdict

__all__ = ["KINDS", "Outcome", "Verdict", "check"]
