"""When an authorisation or a delegation holds, and what the one-stop window may therefore accept."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from yichuang.catalogue.flow.authorisations import ENDED, IN_FORCE, NOT_YET, WITHDRAWN, Standing
from yichuang.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class WindowGate:
    """Whether the one-stop window may accept an item on a day.

    `reason` says in a whole sentence why not (empty where it may); `hand_over_to` names whom the applicant is then
    handed over to: the department and, where its guide says so, its counter (empty where the window may accept).
    """

    allowed: bool
    reason: str
    hand_over_to: str


OPEN_GATE = WindowGate(True, "", "")


def gate(
    *, authorised: bool, manual_published: bool, department: str, counter: str, in_use: bool = True
) -> WindowGate:
    """The gate of one item: it opens only for an authorised item in use whose acceptance manual is published."""
    if authorised and manual_published and in_use:
        return OPEN_GATE
    lacking = [] if in_use else ["此事项已停止办理"]
    if not authorised:
        lacking.append(f"{department}尚未授权综窗受理此事项")
    if not manual_published:
        lacking.append("受理手册尚未发布")
    place = f"{department}，{counter}" if counter else department
    return WindowGate(False, "，".join(lacking) + "。", place)


def authorisation_standing(from_day: date, withdrawn_from: date | None, day: date) -> Standing:
    """How an authorisation stands on a day; from the day of its withdrawal on it no longer holds."""
    if withdrawn_from is not None and withdrawn_from <= day:
        return WITHDRAWN
    return NOT_YET if from_day > day else IN_FORCE


def delegation_standing(from_day: date, until_day: date | None, day: date) -> Standing:
    """How a delegation stands on a day; its last day still counts."""
    if until_day is not None and until_day < day:
        return ENDED
    return NOT_YET if from_day > day else IN_FORCE


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the week of a day."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def speaks_for(by: Actor, department_id: UUID) -> bool:
    """Whether the actor is of the department itself; whoever else registers for it names its written word."""
    return by.kind == "system" or by.department_id == department_id


def faults(*checks: tuple[bool, str, str]) -> dict[str, str]:
    """What is wrong with a form, by field: of every (is it wrong?, field, what to do) the first of its field."""
    found: dict[str, str] = {}
    for wrong, field, words in checks:
        if wrong:
            found.setdefault(field, words)
    return found


def out_of_order(first: date | None, last: date | None) -> bool:
    """Whether a later day that is given lies before an earlier day that is given."""
    return first is not None and last is not None and last < first
