"""The facts of one subject, checked against their own hashes, against each other and against the leaves of the seals."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from yichuang.journal.rules.verify.findings import Finding
from yichuang.kernel.times import local_day

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a seal remembers of a fact."""

    seal: int
    hash: str


def all_sound(facts: Sequence[Record], leaves: Sequence[Record]) -> bool:
    """Whether a subject is plainly as it should be, every fact sealed: the quick answer for nearly all of them."""
    if len(facts) != len(leaves):
        return False
    before = ""
    for number, (fact, leaf) in enumerate(zip(facts, leaves, strict=True), start=1):
        stored = fact["hash"]
        if leaf["hash"] != stored or fact["prev"] != before or fact["seq"] != number or leaf["seq"] != number:
            return False
        if recomputed(fact) != stored or expected_day(fact) != fact["day"]:
            return False
        before = stored
    return True


def check_subject(
    subject: str,
    facts: Sequence[Record],
    leaves: Mapping[int, Leaf],
    queued: Mapping[int, str],
    broken: set[int],
) -> Iterator[Finding]:
    """Everything that is wrong with the facts of a subject (in the order of their numbers), named to the row.

    `queued` are the facts that wait for their seal; `broken` the seals that do not stand, whose leaves prove nothing.
    """
    places = {leaf.hash: seq for seq, leaf in leaves.items()}
    stored = {int(fact["seq"]): fact for fact in facts}
    last = max(stored, default=0)
    before = ""
    for seq in range(1, max(last, max(leaves, default=0), max(queued, default=0)) + 1):
        fact, leaf = stored.get(seq), leaves.get(seq)
        where = f"事实 {subject} 第 {seq} 条"
        if fact is None:
            kind = "tail_cut" if seq > last else "fact_deleted"
        else:
            kind = _fault(fact, leaf, queued.get(seq), before, places, broken)
        if kind:
            yield Finding(kind, where, _sealed(leaf))
        before = _standing(fact, leaf if kind != "leaf_changed" else None, queued.get(seq, ""))


def _standing(fact: Record | None, leaf: Leaf | None, queued: str) -> str:
    """The hash by which what follows is judged: what was sealed here, so that one forgery is one finding at its own row."""
    if leaf is not None:
        return leaf.hash
    return str(fact["hash"]) if fact is not None else queued


def _sealed(leaf: Leaf | None) -> str:
    return f"封账 {leaf.seal}" if leaf is not None else "未封账"


def _fault(
    fact: Record,
    leaf: Leaf | None,
    queued: str | None,
    before: str,
    places: Mapping[str, int],
    broken: set[int],
) -> str:
    """The kind of what is wrong with one fact; empty where nothing is."""
    stored = str(fact["hash"])
    own = recomputed(fact) == stored
    if leaf is not None and leaf.hash != stored:
        if leaf.seal in broken and own and fact["prev"] == before:
            return "leaf_changed"
        if places.get(stored, fact["seq"]) != fact["seq"]:
            return "facts_swapped"
        return "fact_recomputed" if own else "fact_edited"
    if not own:
        return "fact_edited"
    if leaf is None and queued != stored:
        return "fact_inserted"
    if fact["prev"] != before:
        return "link_broken"
    return "" if expected_day(fact) == fact["day"] else "day_moved"


def recomputed(fact: Record) -> str:
    """The hash of a fact from the fields of an export."""
    place = f"{fact['subject_kind']} {fact['department'] or ''} {fact['key'] or ''} {fact['key_hash'] or ''}"
    text = (
        f"{fact['prev']}\n{fact['subject']}\n{fact['seq']}\n{place}\n{fact['kind']}\n{fact['at']}\n{fact['actor']}\n"
        f"{fact['ground'] or ''}\n{fact['number'] or ''}\n{fact['data']}"
    )
    return hashlib.sha256(text.encode()).hexdigest()


# What a department's system reports counts on the day of which it tells, which is hashed with the rest of the data.
REPORTED = "reported"


def expected_day(fact: Record) -> str:
    """The day on which a fact counts: that of its moment; of what was reported, the day that its data name."""
    if fact["subject_kind"] != REPORTED:
        return _day(str(fact["at"])[:13])
    try:
        return str(json.loads(str(fact["data"]))["on"])
    except (ValueError, KeyError, TypeError):
        return ""


@lru_cache(maxsize=4096)
def _day(hour: str) -> str:
    """The day in Asia/Shanghai of an hour in UTC."""
    return local_day(datetime.fromisoformat(f"{hour}:00:00+00:00")).isoformat()
