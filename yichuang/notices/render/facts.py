"""What the documents are told: plain values, no rows of the database."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class RefusalGround(StrEnum):
    """Why an application is not accepted."""

    NOT_NEEDED = "not_needed"
    NOT_OURS = "not_ours"
    NOT_MENDED = "not_mended"
    FALSE_MATERIAL = "false_material"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What every document says of its case.

    `document_number` is the full number as printed; `journal_head` the hash that ties the document to the case's
    journal; `item_basis` the legal basis of the item, one provision each; `licence` is false for public services
    and other powers, to which 行政许可法 does not apply; `person` for a natural person (你 instead of 你单位).
    """

    number: str
    item_name: str
    applicant_name: str
    department_name: str
    document_number: str
    filed_on: date
    issued_on: date
    licence: bool = True
    person: bool = False
    item_basis: tuple[str, ...] = ()
    contact: str = ""
    follow_url: str = ""
    journal_head: str = ""

    @property
    def you(self) -> str:
        """The addressee as the text speaks to him."""
        return "你" if self.person else "你单位"


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """The clock of an accepted case. `days` is the limit that binds (promised, else statutory), in working days.

    `explanation` are the sentences of "why this date"; `provisional` where the calendar of a year is not published.
    `deemed` when the case counts as accepted because correction was not asked for in time (行政许可法 32(1)(4)).
    """

    accepted_on: date
    days: int
    due_on: date
    statutory_days: int | None = None
    explanation: tuple[str, ...] = ()
    provisional: bool = False
    deemed: bool = False


@dataclass(frozen=True, slots=True)
class Remedies:
    """Where one may go against a refusal."""

    review_body: str
    court: str = "有管辖权的人民法院"


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """A decision. `reasons` are required for a denial; `terms` say what is granted and on what conditions."""

    accepted_on: date
    terms: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    certificate: str = ""
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What is served, how and where; what is not known yet stays blank to be written by hand."""

    documents: tuple[str, ...]
    method: str = ""
    address: str = ""
    served_at_text: str = ""
    recipient: str = ""
    note: str = ""
