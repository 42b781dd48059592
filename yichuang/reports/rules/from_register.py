"""What the registers of the hall say beside what a report says: visits taken over or not, inspection results. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from yichuang.reports.rules.content import VisitEntry
from yichuang.reports.rules.wording import short_day


@dataclass(frozen=True, slots=True)
class RegisteredVisit:
    """A visit as the register of duty visits keeps it."""

    on: date | None
    on_text: str
    person: str
    post: str
    department: str
    body: str
    address: str

    @property
    def when(self) -> str:
        """The day as a report prints it."""
        return self.on_text or (short_day(self.on) if self.on else "")


class Standing(StrEnum):
    """How a visit of the register stands to the report."""

    NEW = "new"
    SAME = "same"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Beside:
    """A visit of the register with the one of the report that is the same, if any, and the fields that differ."""

    registered: RegisteredVisit
    stored: VisitEntry | None
    differs: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        """Whether it waits to be taken over, agrees, or was changed on either side."""
        if self.stored is None:
            return Standing.NEW
        return Standing.DIFFERS if self.differs else Standing.SAME


FIELD_LABELS = (("post", "职务"), ("body", "值守情况和要求"))


def beside(registered: Iterable[RegisteredVisit], stored: Sequence[VisitEntry]) -> list[Beside]:
    """Every visit of the register beside the report's: the same person of the same department on the same day.

    Two visits of one person on one day are told apart by their order; each of the report's stands beside one only.
    """
    left = list(stored)
    made = []
    for visit in registered:
        match = next((each for each in left if _key(each) == _own_key(visit)), None)
        if match is not None:
            left.remove(match)
        made.append(Beside(visit, match, _differing(visit, match)))
    return made


def _key(entry: VisitEntry) -> tuple[str, str, str]:
    return entry.person, entry.department, entry.on.isoformat() if entry.on else entry.on_text


def _own_key(visit: RegisteredVisit) -> tuple[str, str, str]:
    return visit.person, visit.department, visit.on.isoformat() if visit.on else visit.on_text


def _differing(visit: RegisteredVisit, match: VisitEntry | None) -> tuple[str, ...]:
    if match is None:
        return ()
    return tuple(label for name, label in FIELD_LABELS if getattr(visit, name) != getattr(match, name))


@dataclass(frozen=True, slots=True)
class RegisteredResult:
    """What the inspection comes to under a heading. `looked`: a round covered it or something was found."""

    text: str
    good: bool
    looked: bool
    address: str


REGISTER = "register:"


def filled(
    results: Mapping[str, str], asked: str, known: Mapping[str, RegisteredResult], usual: str
) -> dict[str, str]:
    """The results after a button: the usual words (`key`, `all`) only where they are true; the register's words.

    `register:all` fills what is empty and keeps what was typed; `register:<key>` replaces one. What the register
    does not know stays as it is.
    """
    return {key: _filled(key, text, asked, known.get(key), usual) for key, text in results.items()}


def _filled(key: str, text: str, asked: str, row: RegisteredResult | None, usual: str) -> str:
    if row is None:
        return text
    if asked == f"{REGISTER}{key}":
        return row.text
    if text:
        return text
    if asked == f"{REGISTER}all" and row.looked:
        return row.text
    return usual if row.good and asked in (key, "all") else text


def disagreeing(results: Mapping[str, str], known: Mapping[str, RegisteredResult]) -> dict[str, str]:
    """The register's words by heading where a text was typed that no longer says the same."""
    return {
        key: row.text
        for key, row in known.items()
        if row.looked and results.get(key, "").strip().rstrip("。") not in ("", row.text)
    }
