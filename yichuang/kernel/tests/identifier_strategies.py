"""Fictional but well-formed codes for the tests of identifiers. No number here belongs to a person."""

from datetime import date

from hypothesis import strategies as st

from yichuang.kernel.identifiers import ecert, org9, resident_id, uscc
from yichuang.kernel.identifiers.divisions import PROVINCES
from yichuang.kernel.identifiers.task_types import TASK_TYPES

# Bodies of public authorities, as they stand on their own websites.
PUBLIC_BODIES = (
    "11510000MB1690541M",
    "12510000MB1C99058D",
    "11510000699166855E",
    "11510100009172079Q",
    "115101000091720521",
    "1111010500005296XC",
    "11440600007039653A",
    "12100000000133057R",
    "11100000000013338W",
)
ORGANISATIONS = ("083372204", "00877868-5", "45225901-3", "06032418-9", "76726532-X", "699166855")
FICTIONAL_DIVISION = "510199"

digits = st.sampled_from("0123456789")
capitals = st.sampled_from(uscc.ALPHABET)


def numbers(length: int) -> st.SearchStrategy[str]:
    """Digit strings of one length."""
    return st.text(digits, min_size=length, max_size=length)


@st.composite
def organisation_codes(draw: st.DrawFn) -> str:
    """Nine characters, digits only in the body, not all the same."""
    body = draw(numbers(8).filter(lambda text: len(set(text)) > 1))
    return body + org9.check_character(body)


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    """Credit codes that are right in every part."""
    registrar = draw(st.sampled_from(sorted(uscc.REGISTRARS)))
    body = draw(st.sampled_from(sorted(uscc.REGISTRARS[registrar][1])))
    area = draw(st.sampled_from(sorted(PROVINCES))) + draw(numbers(4))
    inner = draw(
        st.text(capitals, min_size=8, max_size=8).filter(
            lambda text: len(set(text)) > 1 and text[0] in "0123456789MN"
        )
    )
    front = registrar + body + area + inner + org9.check_character(inner)
    return front + uscc.check_character(front)


def resident_number(area: str, born: date, sequence: str) -> str:
    """A number of a person who does not exist."""
    front = f"{area}{born:%Y%m%d}{sequence}"
    return front + resident_id.check_character(front)


@st.composite
def resident_numbers(draw: st.DrawFn) -> str:
    """Numbers with a real birth date in a division that does not exist."""
    born = draw(st.dates(min_value=date(1930, 1, 1), max_value=date(2024, 12, 31)))
    return resident_number(FICTIONAL_DIVISION, born, draw(numbers(3)))


@st.composite
def catalogue_codes(draw: st.DrawFn) -> str:
    """National catalogue codes of known scope and type."""
    scope = draw(st.sampled_from(["00", *sorted(PROVINCES)]))
    kind = draw(st.sampled_from(sorted(TASK_TYPES)))
    sub = draw(st.one_of(numbers(3), st.just("00Y")))
    return scope + kind + draw(numbers(5)) + sub


@st.composite
def licence_identifiers(draw: st.DrawFn) -> str:
    """Identifiers of electronic licences with a right check."""
    kind = draw(credit_codes()) + draw(numbers(3))
    issuer = draw(st.one_of(credit_codes(), st.just("510000")))
    serial = draw(st.text(st.sampled_from("0123456789ABCDEFIOSVZ"), min_size=1, max_size=32))
    version = draw(numbers(3))
    check = ecert.check_character(kind + issuer + serial + version)
    return ".".join([ecert.ROOT, kind, issuer, serial, version, check])
