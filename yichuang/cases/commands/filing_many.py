"""Filing in blocks: up to a thousand cases of one item in one transaction, equal to as many single filings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from yichuang.cases import flow, rules
from yichuang.cases.flow import Channel
from yichuang.directory.flow import Capability
from yichuang.journal.commands import ensure_partitions
from yichuang.journal.commands.blocks import (
    FactLines,
    FirstFact,
    NewKey,
    SharedFact,
    claim_keys,
    copy_fact_lines,
    fact_lines,
    take_numbers,
)
from yichuang.journal.rules import first_hash
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.copy_in import cell, copy_lines
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar

MOST_AT_ONCE = 1000
CASE = (
    "copy cases_case (id, number, applicant_id, applicant_name, last_hash, renews_expires_on, item_id, item_version_id, "
    "item_name, item_type, handling_kind, department_id, region, channel, state, seq, filed_at, filed_on, statutory_days, "
    "promised_days, confidentiality) from stdin"
)
NUMBER = "copy cases_number (number, case_id) from stdin"
WORK = "copy cases_work (case_id, kind, department_id, holder_name, due_on, opened_on) from stdin"
HELD = "/*one plan*/ select department_id from catalogue_item where id = %(id)s for key share"


@dataclass(frozen=True, slots=True)
class SharedOpening:
    """What the new cases of a block have in common, as `Opening` has it for one."""

    item_id: UUID
    item_version_id: UUID
    item_name: str
    item_type: str
    handling_kind: str
    department_id: UUID
    department_code: str
    region: str
    channel: Channel
    statutory_days: int
    promised_days: int
    confidentiality: int = 0


class OneOpening(NamedTuple):
    """What is one case's own. `content`: the canonical text of what goes into its fact; ids as text."""

    id: str
    key: str
    key_hash: str
    applicant_id: str
    applicant_name: str
    content: str
    renews_expires_on: date | None = None


class Opened(NamedTuple):
    """A case of the block: its number, and the hash of its fact in hexadecimal."""

    opening: OneOpening
    number: str
    hash: str


class Spelled(NamedTuple):
    """The lines of a block under numbers from `first` on, of a department: what is true only if these are taken."""

    first: int
    department_id: UUID
    opened: Sequence[Opened]
    cases: str
    numbers: str
    facts: FactLines


Beside = Callable[[Sequence[Opened]], None]
Before = Callable[[Sequence[OneOpening]], None]


def file_many(
    shared: SharedOpening,
    openings: Sequence[OneOpening],
    *,
    by: Actor,
    at: datetime,
    before: Before,
    after: Beside,
    guess: Spelled | None = None,
) -> Sequence[Opened]:
    """Open the cases whose key is fresh, inside the caller's transaction; those that were opened, in their order.

    Of a key that was used before nothing is written. `before` writes what an upper room has beside the cases and needs no
    number, `after` what bears number and hash. The series' row is locked from the taking of the numbers to the commit:
    keep the block small where others file in the same series. `guess` is these openings spelled under the numbers that
    nobody had taken a moment ago: it is used, and handed on as it is, where they are still these. Raises Refused.
    """
    by.require(Capability.CASE_APPLY if by.kind == "applicant" else Capability.CASE_FILE_BULK)
    ensure_partitions(at)
    day = local_day(at)
    fresh = claim_keys([NewKey(one.key, one.id, one.key_hash) for one in openings], owner=by.signature, at=at)
    made = openings if len(fresh) == len(openings) else [one for one in openings if one.key in fresh]
    if not made:
        return []
    row = sql.one(HELD, {"id": shared.item_id})
    department = row[0] if row else shared.department_id
    before(made)
    work = f"accept\t{department}\t\t{calendar().add(day, rules.ACCEPTANCE_DAYS)}\t{day}"
    copy_lines(WORK, "".join([f"{one.id}\t{work}\n" for one in made]))
    first = take_numbers(series_of(shared, at), len(made))
    if guess is None or (guess.first, guess.department_id) != (first, department) or made is not openings:
        guess = spelled(shared, made, first=first, department_id=department, by=by, at=at)
    copy_lines(CASE, guess.cases)
    copy_lines(NUMBER, guess.numbers)
    copy_fact_lines(guess.facts)
    after(guess.opened)
    return guess.opened


def series_of(shared: SharedOpening, at: datetime) -> str:
    """The number series of the cases."""
    return f"case:{shared.region[:6]}:{shared.department_code}:{local_day(at).year}"


def spelled(
    shared: SharedOpening, openings: Sequence[OneOpening], *, first: int, department_id: UUID, by: Actor, at: datetime
) -> Spelled:  # fmt: skip
    """The openings as cases and facts with numbers from `first` on. Asks no database: it may run in a thread."""
    day = local_day(at)
    prefix = rules.number_prefix(shared.region, shared.department_code, day.year)
    hashed = first_hash("case", department_id, flow.FILED, at, by.signature)
    opened = []
    for position, one in enumerate(openings):
        number = f"{prefix}{first + position:06d}"
        opened.append(Opened(one, number, hashed(one.id, one.key, one.key_hash, number, one.content)))
    fact = SharedFact(
        "case", flow.FILED, at, day, by.signature, by.name if by.kind == "staff" else "", department_id, shared.item_id,
        shared.item_type, shared.region, shared.channel,
    )  # fmt: skip
    return Spelled(
        first, department_id, opened, _case_lines(shared, opened, department_id, at),
        "".join([f"{number}\t{one.id}\n" for one, number, _ in opened]),
        fact_lines(
            fact,
            [FirstFact(one.id, number, one.content, one.key, one.key_hash, hash_) for one, number, hash_ in opened],
        ),
    )  # fmt: skip


def _case_lines(shared: SharedOpening, opened: Sequence[Opened], department: UUID, at: datetime) -> str:
    same = "\t".join(
        cell(one)
        for one in (
            shared.item_id, shared.item_version_id, shared.item_name, shared.item_type, shared.handling_kind, department,
            shared.region, shared.channel, flow.STATE_AFTER_FILING, 1, at.isoformat(), local_day(at),
            shared.statutory_days, shared.promised_days, shared.confidentiality,
        )
    )  # fmt: skip
    return "".join(
        [
            f"{one.id}\t{number}\t{one.applicant_id}\t{cell(one.applicant_name)}\t\\\\x{hash_}\t"
            f"{cell(one.renews_expires_on)}\t{same}\n"
            for one, number, hash_ in opened
        ]
    )
