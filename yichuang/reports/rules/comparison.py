"""What changed between two versions: line by line, in two columns, and the pieces of text that are followed one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from yichuang.reports.flow import SectionKind
from yichuang.reports.rules.composition import visit_paragraphs
from yichuang.reports.rules.content import Content, VisitEntry
from yichuang.reports.rules.form import DISTRIBUTION, FormSpec, SectionSpec
from yichuang.reports.rules.tracking import Kind, TextRun, runs


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


@dataclass(frozen=True, slots=True)
class Row:
    """One line of two columns; a side without runs stands empty."""

    left: tuple[TextRun, ...]
    right: tuple[TextRun, ...]
    same: bool


def rows(before: Sequence[str], after: Sequence[str]) -> tuple[Row, ...]:
    """Both versions in two columns: a changed line stands beside its new wording, with the signs marked."""
    return tuple(_rows(before, after))


def _rows(before: Sequence[str], after: Sequence[str]) -> Iterator[Row]:
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            for line in before[a:b]:
                whole = (TextRun(Kind.EQUAL, line),)
                yield Row(whole, whole, same=True)
            continue
        for place in range(max(b - a, d - c)):
            old = before[a + place] if a + place < b else ""
            new = after[c + place] if c + place < d else ""
            found = runs(old, new)
            left = tuple(run for run in found if run.kind != Kind.INSERT)
            right = tuple(run for run in found if run.kind != Kind.DELETE)
            yield Row(left, right, same=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that is followed through the versions: `key` names it whatever its place is."""

    key: str
    section: str
    heading: str
    label: str
    text: str


ITEM, VISIT, RESULT, COPY = "item", "visit", "inspection", "imprint"


def pieces(form: FormSpec, content: Content) -> tuple[Piece, ...]:
    """Every text that somebody writes, in reading order: items, bodies of visits, results, who gets the report."""
    return tuple(_pieces(form, content))


def _pieces(form: FormSpec, content: Content) -> Iterator[Piece]:
    for spec in form.sections:
        if spec.kind == SectionKind.VISITS:
            yield from (_visit_piece(spec, visit) for visit in content.visits)
        elif spec.kind == SectionKind.INSPECTION:
            told = ((row, content.inspection.get(row.key, "")) for row in form.inspection)
            yield from (
                Piece(f"{RESULT}:{row.key}", spec.key, spec.heading, row.heading, text)
                for row, text in told
                if text
            )
        for place, item in enumerate(content.of(spec.key), start=1):
            yield Piece(f"{ITEM}:{item.id}", spec.key, spec.heading, f"第 {place} 条", item.text)
    for label in DISTRIBUTION:
        if whom := content.imprint.distribution.get(label):
            yield Piece(f"{COPY}:{label}", "imprint", "印发信息", label, whom)


def _visit_piece(spec: SectionSpec, visit: VisitEntry) -> Piece:
    label = f"{visit.department}{visit.post}{visit.person}"
    return Piece(f"{VISIT}:{visit.id}", spec.key, spec.heading, label, visit.body)
