"""The words in which a correction is printed."""

from dataclasses import dataclass

from yichuang.reports.rules.wording import closed, number_line

HEADING = "更正"


@dataclass(frozen=True, slots=True)
class Correction:
    """What stood in which issue, what is right, and why."""

    year: int
    number: int
    total_number: int | None
    passage: str
    old: str
    new: str
    reason: str


def sentence(one: Correction) -> str:
    """2022年第29期（总第404期）「…受理597002件…」中的「597002」更正为「597003」。原因：…。"""
    name = number_line(one.year, one.number, one.total_number)
    stood = f"“{one.passage}”中的“{one.old}”" if one.passage != one.old else f"“{one.old}”"
    return f"{name}{stood}更正为“{one.new}”。原因：{closed(one.reason)}"
