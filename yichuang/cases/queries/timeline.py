"""What a case tells of itself: its timeline, and why its date is what it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yichuang.cases import flow, rules
from yichuang.cases.queries.one import CaseRow, particulars
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor
from yichuang.workdays.queries import calendar


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a timeline."""

    seq: int
    kind: str
    sentence: str
    at: datetime
    actor_name: str
    ground: str
    number: str | None
    data: Mapping[str, Any]
    words: Mapping[str, Any]
    hash: bytes


GROUNDS: dict[str, dict[str, str]] = {
    "case.accepted": flow.ACCEPTANCE_GROUNDS,
    "case.decided": flow.DECISION_GROUNDS,
    "case.sent_back": flow.SEND_BACK_REASONS,
    "case.refused": flow.REFUSAL_GROUNDS,
    "case.paused": flow.PAUSE_GROUNDS_ALL,
    "case.extended": flow.EXTENSION_GROUNDS,
    "case.terminated": flow.TERMINATION_GROUNDS,
}


def timeline(row: CaseRow, *, by: Actor) -> list[Event]:
    """What happened to a case, oldest first. Only the office's own timeline has inner notes and clerks' names."""
    internal = by.kind != "applicant" and row.within(by)
    words = particulars(row.id, internal=internal)
    return [
        Event(
            seq=fact.seq,
            kind=fact.kind,
            sentence=flow.FACT_SENTENCES.get(fact.kind, fact.kind),
            at=fact.at,
            actor_name=_who(fact.actor, fact.actor_name, row, internal=internal),
            ground=GROUNDS.get(fact.kind, {}).get(fact.ground or "", ""),
            number=fact.number,
            data=fact.data,
            words=words.get(fact.seq, {}),
            hash=fact.hash,
        )
        for fact in facts_of(row.id)
        if internal or fact.kind not in flow.INTERNAL_FACTS
    ]


def _who(actor: str, name: str, row: CaseRow, *, internal: bool) -> str:
    if actor.startswith("applicant:"):
        return "申请人"
    if actor == "system":
        return "平台"
    return name if internal else row.department_short_name


@dataclass(frozen=True, slots=True)
class Why:
    """Why a date is what it is: the promised and the statutory limit, line by line."""

    promised: tuple[str, ...]
    statutory: tuple[str, ...]
    used: int
    clock: rules.Clock


def why(row: CaseRow, *, today: date) -> Why | None:
    """The explanation of a case's due dates; None before acceptance."""
    if row.accepted_on is None:
        return None
    facts = row.clock_facts()
    clock = rules.read_clock(calendar(), facts)
    end = row.decided_on or row.closed_on or today
    return Why(clock.explanation, clock.statutory_explanation, rules.days_used(calendar(), facts, end), clock)
