"""What changed between two versions, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from yichuang.reports.flow import SectionKind
from yichuang.reports.rules.composition import visit_paragraphs
from yichuang.reports.rules.content import Content
from yichuang.reports.rules.form import DISTRIBUTION, FormSpec, SectionSpec


class Change(StrEnum):
    """What became of a line."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """One line and what became of it."""

    change: Change
    text: str


def content_lines(form: FormSpec, content: Content) -> tuple[str, ...]:
    """Everything that is written, a line a heading or paragraph; empty headings have none."""
    lines: list[str] = []
    for spec in form.sections:
        found = _lines(form, spec, content)
        lines += [spec.heading, *found] if found else []
    whom = content.imprint.distribution
    lines += [f"{label}：{whom[label]}" for label in DISTRIBUTION if whom.get(label)]
    return (*lines, f"共印 {content.imprint.copies} 份")


def _lines(form: FormSpec, spec: SectionSpec, content: Content) -> list[str]:
    if spec.kind == SectionKind.VISITS:
        return [line for visit in content.visits for line in visit_paragraphs(spec.pattern, visit)]
    if spec.kind == SectionKind.INSPECTION:
        results = ((row.heading, content.inspection.get(row.key, "")) for row in form.inspection)
        return [f"{heading}：{result}" for heading, result in results if result]
    return [text for item in content.of(spec.key) for text in item.paragraphs]


def changes(before: Sequence[str], after: Sequence[str]) -> tuple[ChangedLine, ...]:
    """The lines of both versions in reading order: kept, removed, added."""
    return tuple(_changes(before, after))


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[ChangedLine]:
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (ChangedLine(Change.SAME, line) for line in before[a:b])
        else:
            yield from (ChangedLine(Change.REMOVED, line) for line in before[a:b])
            yield from (ChangedLine(Change.ADDED, line) for line in after[c:d])
