"""Writes of a block of new subjects at once: their client keys, a block of numbers, their first facts.

What single filing does in one statement a subject is done here in a few statements for up to a thousand of them. All of
it runs inside the caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.kernel import sql
from yichuang.kernel.copy_in import NULL, cell, copy_lines

# A list goes over as one text and comes apart in the database: the driver spells and escapes each entry of an array by itself.
CLAIM = """
with claimed as (
    insert into journal_client_key (key, subject_id, body_hash, owner, at)
    select t.key, t.subject_id::uuid, t.body_hash, %(owner)s, %(at)s
    from unnest(string_to_array(%(keys)s::text, E'\\n'), string_to_array(%(subjects)s::text, E'\\n'),
                string_to_array(%(hashes)s::text, E'\\n')) as t(key, subject_id, body_hash)
    order by t.key
    on conflict (key) do nothing
    returning key
)
select coalesce(string_agg(key, E'\\n'), '') from claimed
"""
KEY = "copy journal_client_key (key, subject_id, body_hash, owner, at) from stdin"
FACT = (
    "copy journal_fact (subject_id, seq, subject_kind, kind, at, day, actor, actor_name, department_id, ground, number, "
    "data, key, key_hash, prev_hash, hash) from stdin"
)
FRESH = (
    "copy journal_fresh (subject_id, seq, subject_kind, kind, hash, day, department_id, item_id, item_type, region, "
    "channel, quantity) from stdin"
)


class NewKey(NamedTuple):
    """A client key of a subject that shall be made, and the hash of what was sent under it."""

    key: str
    subject_id: str
    body_hash: str


def claim_keys(keys: Sequence[NewKey], *, owner: str, at: datetime) -> set[str]:
    """Claim the keys; those that were fresh. They are claimed in their order, so that two blocks never wait in a ring.

    Keys and hashes hold no tab, no line break and no backslash.
    """
    if not keys:
        return set()
    # Nearly always all of them are fresh, and a COPY takes half as long as asking for each.
    same = f"{cell(owner)}\t{at.isoformat()}\n"
    try:
        with transaction.atomic():
            copy_lines(
                KEY,
                "".join([f"{one.key}\t{one.subject_id}\t{one.body_hash}\t{same}" for one in sorted(keys)]),
            )
    except IntegrityError:
        return _claim_some(keys, owner, at)
    return {one.key for one in keys}


def _claim_some(keys: Sequence[NewKey], owner: str, at: datetime) -> set[str]:
    row = sql.one(
        CLAIM,
        {
            "keys": "\n".join([one.key for one in keys]), "subjects": "\n".join([one.subject_id for one in keys]),
            "hashes": "\n".join([one.body_hash for one in keys]), "owner": owner, "at": at,
        },
    )  # fmt: skip
    return set(row[0].split("\n")) if row and row[0] else set()


def take_numbers(series: str, count: int) -> int:
    """Take `count` numbers of a series without a gap; the first of them. The series' row stays locked until the
    transaction ends: everything that can be made before is made before.
    """
    row = sql.one(
        "/*one plan*/ insert into journal_series (series, last) values (%(series)s, %(count)s) "
        "on conflict (series) do update set last = journal_series.last + excluded.last returning last",
        {"series": series, "count": count},
    )
    assert row is not None
    return int(row[0]) - count + 1


def next_number(series: str) -> int:
    """The number that would be taken next, for whoever wants to be ready before it is taken. It is nobody's yet."""
    row = sql.one(
        "/*one plan*/ select last from journal_series where series = %(series)s", {"series": series}
    )
    return int(row[0]) + 1 if row else 1


@dataclass(frozen=True, slots=True)
class SharedFact:
    """What the first facts of a block have in common."""

    subject_kind: str
    kind: str
    at: datetime
    day: date
    actor: str
    actor_name: str
    department_id: UUID
    item_id: UUID
    item_type: str
    region: str
    channel: str


class FirstFact(NamedTuple):
    """The first fact of one new subject; its hash in hexadecimal (`journal.rules.first_hash`)."""

    subject_id: str
    number: str
    data: str
    key: str
    key_hash: str
    hash: str


class FactLines(NamedTuple):
    """First facts as COPY reads them: the facts themselves, and the queue of fresh ones."""

    facts: str
    fresh: str


def copy_first_facts(shared: SharedFact, facts: Sequence[FirstFact]) -> None:
    """Append the facts, each the first of its subject, and queue them."""
    copy_fact_lines(fact_lines(shared, facts))


def copy_fact_lines(lines: FactLines) -> None:
    """Append and queue what `fact_lines` has spelled."""
    copy_lines(FACT, lines.facts)
    copy_lines(FRESH, lines.fresh)


def fact_lines(shared: SharedFact, facts: Sequence[FirstFact]) -> FactLines:
    """The facts spelled, each the first of its subject. Asks nobody: it may run in a thread."""
    # A column of the table each, in the order of FACT: subject and seq, what they share, number and data, key, hashes.
    same = "\t".join(
        cell(one)
        for one in (
            shared.subject_kind, shared.kind, shared.at.isoformat(), shared.day, shared.actor, shared.actor_name,
            shared.department_id,
        )
    )  # fmt: skip
    told = [
        f"{id_}\t1\t{same}\t{NULL}\t{number}\t{cell(data)}\t{key}\t{key_hash}\t\\\\x\t\\\\x{hash_}\n"
        for id_, number, data, key, key_hash, hash_ in facts
    ]
    before = f"1\t{shared.subject_kind}\t{shared.kind}"
    behind = "\t".join(
        cell(one)
        for one in (shared.day, shared.department_id, shared.item_id, shared.item_type, shared.region, shared.channel, 1)
    )  # fmt: skip
    fresh = [f"{one.subject_id}\t{before}\t\\\\x{one.hash}\t{behind}\n" for one in facts]
    return FactLines("".join(told), "".join(fresh))
