"""Pure functions about bulk acts: four eyes, the reasons of cases, what remains to be done."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from yichuang.cases.flow.bulk_acts import MOST_REASONS, OTHER_REASON, ActState

Reasons = list[tuple[str, int]]


def persons(account_id: UUID | None, absent: Collection[UUID]) -> frozenset[UUID]:
    """Everybody whose hand an act is: the own account, and the colleagues in whose place it is done."""
    return frozenset([*([account_id] if account_id else []), *absent])


def same_hand(prepared: Collection[UUID | None], releasing: Collection[UUID]) -> bool:
    """Whether somebody would release what the same person prepared: stand-ins count for both."""
    return bool({one for one in prepared if one} & set(releasing))


def starts_at(released_at: datetime, cooling_minutes: int) -> datetime:
    """When the first case may be moved after a release."""
    return released_at + timedelta(minutes=cooling_minutes)


def grouped(known: Sequence[tuple[str, int]], text: str) -> tuple[Reasons, int]:
    """The reasons with one more case, and the number (from 1) of the reason it fell under.

    A reason is a sentence that many cases share; when there are too many different ones, the rest stand together.
    """
    found = [(one, count) for one, count in known]
    texts = [one for one, _ in found]
    if text not in texts and len(texts) >= MOST_REASONS:
        text = OTHER_REASON
    if text not in texts:
        found.append((text, 0))
        texts.append(text)
    place = texts.index(text)
    found[place] = (text, found[place][1] + 1)
    return found, place + 1


def shared(message: str, number: str) -> str:
    """A refusal without what belongs to one case alone, so that cases with the same trouble stand together."""
    text = message.replace(f" {number} ", "").replace(number, "").strip()
    return text.replace("您", "放行人")


def percent_done(state: str, counts: Mapping[str, int]) -> int:
    """Whole per cent of what is under way: of the check, or of the cases that can move; never 100 before the end."""
    if state == ActState.CHECKING:
        part, whole = counts["checked"], counts["total"]
    else:
        part, whole = counts["done"] + counts["refused"] + counts["skipped"], counts["able"]
    return part * 100 // whole if whole else 0


def seconds_left(began_at: datetime | None, now: datetime, done: int, remaining: int) -> int | None:
    """How long the rest takes at the speed so far, in whole seconds, rounded up; None before anything was done."""
    if began_at is None or done <= 0 or now <= began_at:
        return None
    took = (now - began_at) // timedelta(milliseconds=1)
    return -(-took * remaining // (done * 1000))
