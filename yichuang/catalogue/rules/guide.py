"""A guide as data: the elements of one published version of an item (GB/T 39046-2020 table 4 and the guide page of
the provincial portal), typed and frozen.

One record drives the guide page, the form, the checklist and the clock, so that words cannot contradict behaviour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from yichuang.catalogue.flow import (
    Audience,
    Channel,
    ExcludedProcedure,
    HandlingKind,
    ItemType,
    MaterialForm,
    MaterialSource,
    Necessity,
)
from yichuang.catalogue.rules.forms import Condition, Form, holds
from yichuang.catalogue.rules.handling import PLAIN, Handling
from yichuang.catalogue.rules.records import build, plain

WORKING_DAY = "工作日"
CALENDAR_DAY = "日"
WORKING_DAYS_FROM_NEXT_DAY = "working_days_from_next_day"
CALENDAR_DAYS_FROM_NEXT_DAY = "calendar_days_from_next_day"

# What 行政许可法 art. 42 gives a licence for which no other law sets a limit, and the extension its head may grant.
GENERAL_LIMIT = 20
GENERAL_EXTENSION = 10
GENERAL_BASIS = "《中华人民共和国行政许可法》第四十二条第一款"


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """One article on which the item stands; `gist` says its content in our own words."""

    law: str
    article: str
    gist: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """One material of the checklist.

    A material that not everybody needs says so twice: `situation` in words, `only_if` by an answer of the form.
    """

    code: str
    name: str
    required: Necessity
    form: MaterialForm
    copies: int
    source: MaterialSource
    paper: str = ""
    electronic_format: str = ""
    source_note: str = ""
    why_not_needed: str = ""
    sample_note: str = ""
    acceptance_standard: str = ""
    legal_basis: str = ""
    situation: str = ""
    only_if: Condition | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """Days from acceptance to decision, with the rule of counting and the basis of both.

    `assumed`: no source for this item here, the note says what was taken instead.
    """

    days: int
    basis: str
    unit: str = WORKING_DAY
    rule: str = WORKING_DAYS_FROM_NEXT_DAY
    assumed: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of an item. `delivery_days`: from decision to delivery (行政许可法 art. 44: at most 10)."""

    promised: Limit
    statutory: Limit | None = None
    excluded_procedures: tuple[ExcludedProcedure, ...] = ()
    excluded_note: str = ""
    extension_days: int = GENERAL_EXTENSION
    delivery_days: int = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the handling: at which post, within how many days, doing what."""

    name: str
    post: str
    days: int
    what: str = ""


@dataclass(frozen=True, slots=True)
class Fee:
    """Whether the item costs something, and why it may."""

    charged: bool
    note: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What the applicant gets: a certificate (证照), an approval (批文) …, how long it is good, how it is renewed."""

    name: str
    kind: str
    validity: str
    renewal: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Where to ask or to complain; the demo's numbers are plainly fictional."""

    phone: str
    address: str = ""
    hours: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Commitment:
    """告知承诺: what is told and promised instead of proofs, and the share that is spot-checked afterwards."""

    duties: tuple[str, ...]
    liability: str
    basis: str
    sample_percent: int


@dataclass(frozen=True, slots=True)
class Assumed:
    """A value of this guide for which there was no source: its path, and why it reads as it does."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Guide:
    """One version of a guide."""

    item_code: str
    name: str
    department: str
    item_type: ItemType
    handling_kind: HandlingKind
    summary: str
    audience: tuple[Audience, ...]
    conditions: tuple[str, ...]
    legal_basis: tuple[LegalBasis, ...]
    materials: tuple[Material, ...]
    limits: Limits
    steps: tuple[Step, ...]
    channels: tuple[Channel, ...]
    fee: Fee
    result: Result
    visits_needed: int
    consult: Contact
    complaint: Contact
    form: Form
    main_item: str = ""
    variant: str = ""
    item_code_note: str = ""
    plain: bool = False
    commitment: Commitment | None = None
    notes: tuple[str, ...] = ()
    assumed: tuple[Assumed, ...] = ()
    sources: tuple[str, ...] = ()
    handling: Handling = PLAIN


def read_guide(data: Mapping[str, object]) -> Guide:
    """A guide from its JSON data.

    Raises RecordProblem, naming the path, where an element is missing, unknown or of another type.
    """
    return build(Guide, data)


def guide_data(guide: Guide) -> dict[str, object]:
    """The JSON data of a guide, every element in the order of the class."""
    data: dict[str, object] = plain(guide)
    return data


def statutory_limit(guide: Guide) -> Limit | None:
    """The statutory limit of the item.

    A licence for which the guide names none has 20 working days (行政许可法 art. 42); another item has none then.
    """
    if guide.limits.statutory is None and guide.item_type is ItemType.LICENCE:
        return Limit(GENERAL_LIMIT, GENERAL_BASIS)
    return guide.limits.statutory


def with_statutory_limit(guide: Guide) -> Guide:
    """The guide with the limit that the law gives it written in, as it is published."""
    return replace(guide, limits=replace(guide.limits, statutory=statutory_limit(guide)))


def materials_for(guide: Guide, answers: Mapping[str, object]) -> tuple[Material, ...]:
    """The materials that these answers call for, in the order of the checklist."""
    return tuple(
        item for item in guide.materials if item.only_if is None or holds(guide.form, item.only_if, answers)
    )
