"""What people sent and wrote, against the salted commitments of their facts."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from yichuang.journal.rules.verify.cases import CASE, DESTROYED
from yichuang.journal.rules.verify.findings import Finding
from yichuang.kernel.canonical import digest

Record = Mapping[str, Any]
Place = tuple[str, int]
# The chains whose words lie beside their facts: the case, and what reviewers do about it.
KINDS = frozenset({CASE, "opinion", "expert_review", "survey", "pending_material"})
NAMES = ("words", "answers", "applicant")
MARKS = tuple(f'"{name}":"' for name in NAMES)


class Contents:
    """The contents of subject after subject. What is gone from reviewers' chains waits until all cases are known."""

    def __init__(self) -> None:
        self._destroyed: set[str] = set()
        self._waiting: list[tuple[str, Finding]] = []
        self.count = 0

    def note(self, subject: str, facts: Sequence[Record]) -> None:
        """Whether the content of a case was lawfully destroyed: of every chain, sound or not."""
        if any(fact["kind"] == DESTROYED for fact in facts):
            self._destroyed.add(subject)

    def check(
        self, subject: str, facts: Sequence[Record], now: Sequence[Record], before: Sequence[Record]
    ) -> Iterator[Finding]:
        """What the contents of a sound chain say against its facts; a broken chain has been named already.

        `now` is what holds, `before` the answers that a correction has replaced: the newest answers alone hold, and
        every place lies there once. Otherwise forged answers would stand before the genuine ones.
        """
        self.count += len(now) + len(before)
        kind = str(facts[0]["subject_kind"]) if facts else ""
        expected = committed(facts) if kind in KINDS else {}
        held = _lying(now, before)
        newest = sum(name == "answers" for name, _ in expected)
        where = f"办件 {facts[0]['number'] or ''} {subject}" if kind == CASE else f"{kind} {subject}"
        for place in sorted(expected.keys() | held.keys()):
            words = f"{place[0]} 第 {place[1]} 项"
            if place not in held:
                self._waiting.append((_case_of(subject, facts), Finding("content_missing", where, words)))
            elif held[place] != [(place[0] == "answers" and place[1] < newest, expected.get(place))]:
                yield Finding("case_changed", where, words)

    def missing(self) -> Iterator[Finding]:
        """What is not there any more though no case of it was destroyed; asked once, at the end."""
        for case, finding in self._waiting:
            if case not in self._destroyed:
                yield finding


def committed(facts: Sequence[Record]) -> dict[Place, str]:
    """What the facts of a subject commit to: words by the place of their fact, answers and applicant one after another."""
    found: dict[Place, str] = {}
    counts = dict.fromkeys(NAMES, 0)
    for fact in facts:
        text = str(fact["data"])
        if not any(mark in text for mark in MARKS):
            continue
        data = json.loads(text)
        for name in NAMES:
            if isinstance(data.get(name), str):
                counts[name] += 1
                found[name, fact["seq"] if name == "words" else counts[name]] = data[name]
    return found


def _lying(now: Sequence[Record], before: Sequence[Record]) -> dict[Place, list[tuple[bool, str | None]]]:
    """Everything that lies at a place: whether as replaced, and its commitment."""
    found: dict[Place, list[tuple[bool, str | None]]] = {}
    for replaced, rows in ((False, now), (True, before)):
        for row in rows:
            found.setdefault((str(row["name"]), int(row["n"])), []).append((replaced, _said(row)))
    return found


def _said(row: Record) -> str:
    """The commitment of a content, computed where content and salt were exported."""
    if "content" not in row:
        return str(row["commitment"])
    return digest(f"{row['salt']}\n{row['content']}")


def _case_of(subject: str, facts: Sequence[Record]) -> str:
    if facts[0]["subject_kind"] == CASE:
        return subject
    return str(json.loads(str(facts[0]["data"])).get("case", ""))
