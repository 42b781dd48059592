"""The row of a case and its attachments against its facts: the state is lived through again, step by step."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yichuang.journal.rules.verify.findings import Finding

Record = Mapping[str, Any]
# After this fact the content and its files are gone, by law.
DESTROYED = "case.content_destroyed"
CASE = "case"
# A material that was allowed to follow came: its file stands in the fact itself, not in a list.
SUPPLIED = "case.supplied"


@dataclass(frozen=True, slots=True)
class Steps:
    """The life of a case as a table: the first state, and by kind of fact the states it may leave and the one it leads to.

    An empty target keeps the state; a kind that is not named keeps it from anywhere.
    """

    first: str
    filed: str
    ways: Mapping[str, tuple[frozenset[str], str]]


def check_case(
    subject: str, facts: Sequence[Record], row: Record | None, attachments: Sequence[Record], steps: Steps
) -> Iterator[Finding]:
    """What the facts say against what the tables say."""
    if not facts:
        if row is not None:
            yield Finding("case_without_facts", f"办件 {row['number']} {subject}")
        return
    where = f"办件 {facts[0]['number'] or ''} {subject}"
    state, refused = lived(facts, steps)
    for fact in refused:
        yield Finding("step_not_allowed", where, f"第 {fact['seq']} 条 {fact['kind']}")
    if row is None:
        yield Finding("case_missing", where)
        return
    wrong = _differing(facts, row, state)
    if wrong:
        yield Finding("case_changed", where, "；".join(wrong))
    yield from _check_attachments(where, facts, attachments)


def lived(facts: Sequence[Record], steps: Steps) -> tuple[str, list[Record]]:
    """The state to which the facts lead, and those that the table does not allow."""
    state, refused = "", []
    for fact in facts:
        if fact["kind"] == steps.filed:
            state = steps.first
            continue
        sources, target = steps.ways.get(str(fact["kind"]), (frozenset(), ""))
        if sources and state not in sources:
            refused.append(fact)
        state = target or state
    return state, refused


def _differing(facts: Sequence[Record], row: Record, state: str) -> list[str]:
    last = facts[-1]
    expected = {
        "state": state,
        "seq": last["seq"],
        "hash": last["hash"],
        "number": facts[0]["number"],
        "department": last["department"],
    }
    return [f"{name} 为 {row[name]}，应为 {value}" for name, value in expected.items() if row[name] != value]


def _check_attachments(where: str, facts: Sequence[Record], rows: Sequence[Record]) -> Iterator[Finding]:
    if any(fact["kind"] == DESTROYED for fact in facts):
        return
    texts = [str(fact["data"]) for fact in facts]
    named = {digest for text in texts if '"materials"' in text for digest in _materials(json.loads(text))}
    named |= {digest for fact in facts if fact["kind"] == SUPPLIED for digest in _supplied(fact)}
    held = {str(row["sha256"]) for row in rows if row["sha256"]}
    for row in rows:
        if row["sha256"] and not any(row["sha256"] in text for text in texts):
            yield Finding("attachment_changed", where, f"材料 {row['code']} {row['id']}")
    for digest in sorted(named - held):
        yield Finding("attachment_missing", where, f"校验值 {digest}")


def _materials(data: Mapping[str, Any]) -> set[str]:
    found = data.get("materials")
    if not isinstance(found, list):
        return set()
    return {str(one["sha256"]) for one in found if isinstance(one, dict) and one.get("sha256")}


def _supplied(fact: Record) -> set[str]:
    """The file of a material that followed; nothing for paper."""
    found = json.loads(str(fact["data"])).get("sha256")
    return {str(found)} if found else set()
