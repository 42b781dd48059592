"""Corrections on the case page: what a line can point at, and what the applicant's answer has mended line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yichuang.cases.queries import CaseRow, Event
from yichuang.catalogue.rules.guide import Guide
from yichuang.intake.queries import Application, Line
from yichuang.intake.queries.follow import correction_lines
from yichuang.intake.rules.drafting import FieldChange

MATERIAL, FIELD = "material", "field"


def targets(guide: Guide | None) -> list[tuple[str, str]]:
    """What a line of a correction can point at: every material of the checklist, every field of the form."""
    if guide is None:
        return []
    materials = [(f"{MATERIAL}:{one.code}", f"材料 · {one.name}") for one in guide.materials]
    fields = [
        (f"{FIELD}:{field.code}", f"申请表 · {section.title} · {field.label}")
        for section in guide.form.sections
        for field in section.fields
    ]
    return [*materials, *fields]


def target_name(target: str, guide: Guide | None) -> str:
    """What a line is called after its target: the material's name, the field's label; empty where there is no such thing."""
    return dict(targets(guide)).get(target, "").rpartition(" · ")[2]


def standards(guide: Guide | None) -> list[tuple[str, str, str]]:
    """What the guide says of each material, to write requirements by: name, acceptance standard, sample."""
    found = guide.materials if guide else ()
    return [
        (one.name, one.acceptance_standard, one.sample_note)
        for one in found
        if one.acceptance_standard or one.sample_note
    ]


@dataclass(frozen=True, slots=True)
class Mending:
    """One line of the notice and what answers it: files by name with their address, fields before and after."""

    line: Line
    files: tuple[tuple[str, str], ...]
    change: FieldChange | None

    @property
    def answered(self) -> bool:
        """Whether something was mended at the place that the line points at."""
        return bool(self.files) or self.change is not None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answered notice: line by line, then what was changed without being asked for, then the applicant's words."""

    round: int
    lines: tuple[Mending, ...]
    others: tuple[FieldChange, ...]
    note: str

    @property
    def other_rows(self) -> list[list[str]]:
        """What was changed without being asked for, as rows: what, before, after."""
        return [[one.label, one.before, one.after] for one in self.others]

    @property
    def unanswered(self) -> int:
        """How many lines nothing answers."""
        return sum(not one.answered for one in self.lines)


def answer_of(
    row: CaseRow, events: Sequence[Event], application: Application, changes: Sequence[FieldChange]
) -> Answer | None:
    """What the latest answer to a notice has mended; None before the first and while one is awaited."""
    turns = [event for event in events if event.kind in ("case.correction_asked", "case.correction_answered")]
    if len(turns) < 2 or turns[-1].kind != "case.correction_answered":
        return None
    asked, answered = turns[-2], turns[-1]
    files = [one for one in application.materials if one.round == row.corrections]
    by_code = {one.code: one for one in changes}
    lines, used = [], set()
    for line in correction_lines(asked.words):
        kind, _, code = _target(line, application.guide)
        own = tuple((one.name, str(one.id)) for one in files if kind == MATERIAL and one.code == code)
        change = by_code.get(code) if kind == FIELD else None
        used |= {code} if change else set()
        lines.append(Mending(line, own, change))
    others = tuple(one for one in changes if one.code not in used)
    return Answer(row.corrections, tuple(lines), others, _note(answered.words))


def _target(line: Line, guide: Guide) -> tuple[str, str, str]:
    """Where a line is mended; an older line names a material only by its name."""
    if line.target:
        return line.target.partition(":")
    code = next((one.code for one in guide.materials if one.name == line.material), "")
    return (MATERIAL, ":", code) if code else ("", "", "")


def _note(words: Mapping[str, Any]) -> str:
    return str(words.get("note", ""))
