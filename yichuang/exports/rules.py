"""Judgements without a database: what a purpose says, how far a file reaches and who reaches as far."""

import unicodedata

from yichuang.kernel.actor import Actor

_EVERYWHERE = "*"


def said(purpose: str) -> str:
    """The purpose as it is kept: one line of signs that can be seen. Control and format signs, which hide or turn words, go."""
    line = " ".join(purpose.split())
    seen = "".join(sign for sign in line if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return " ".join(seen.split())


def reach_of(by: Actor) -> str:
    """How far somebody sees at this moment: clearance, then all departments (`*`) or which."""
    reached = by.scope_departments
    return f"{by.clearance}:{_EVERYWHERE if reached is None else ','.join(sorted(map(str, reached)))}"


def still_reaches(reach: str, *, by: Actor) -> bool:
    """Whether somebody sees all that a file of this reach may hold. A file of which that is unknown is nobody's."""
    clearance, told, departments = reach.partition(":")
    if not told or not clearance.isdecimal() or not by.cleared(int(clearance)):
        return False
    reached = by.scope_departments
    return reached is None or set(filter(None, departments.split(","))) <= set(map(str, reached))
