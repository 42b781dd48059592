"""What stands beside a draft: who edits which section, comments, and what the checker finds."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from yichuang.directory.queries import departments
from yichuang.reports.flow import PUBLISHED
from yichuang.reports.models import Comment, Report, SectionLock
from yichuang.reports.queries.drafts import content_of, live_figures
from yichuang.reports.queries.forms import form_of
from yichuang.reports.queries.numbers import PlacedNumber, disagreements, placed_numbers
from yichuang.reports.rules.comparison import ITEM, Piece, pieces
from yichuang.reports.rules.content import Content
from yichuang.reports.rules.document import Cited
from yichuang.reports.rules.figure_fields import Binding
from yichuang.reports.rules.style import Finding, Found, Severity, Sheet, check, parse_sheet

STYLE = Path(__file__).resolve().parent.parent / "fixtures" / "style"


def lock_of(report_id: UUID, section: str) -> SectionLock | None:
    """Who holds a section, or held it last without saving."""
    return SectionLock.objects.filter(report_id=report_id, section=section).first()


def held_sections(report_id: UUID, *, at: datetime) -> dict[str, SectionLock]:
    """The sections that somebody edits at this moment."""
    found = SectionLock.objects.filter(report_id=report_id, until__gt=at, released=False)
    return {lock.section: lock for lock in found}


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with its answers, and the words that name its place."""

    comment: Comment
    answers: tuple[Comment, ...]
    heading: str
    label: str

    @property
    def open(self) -> bool:
        """Whether it waits to be dealt with."""
        return self.comment.resolved_at is None


def pieces_of(report: Report, content: Content | None = None) -> tuple[Piece, ...]:
    """Every text of the report as it stands now, in reading order."""
    return pieces(form_of(report), content_of(report) if content is None else content)


def threads(report: Report, texts: tuple[Piece, ...] | None = None) -> list[Thread]:
    """Every comment thread: the open ones first, each in the order of time. One statement beside the texts."""
    labels = {each.key: each.label for each in (pieces_of(report) if texts is None else texts)}
    headings = {spec.key: spec.heading for spec in form_of(report).sections}
    answers: dict[UUID | None, list[Comment]] = {}
    for row in report.comments.all():
        answers.setdefault(row.parent_id, []).append(row)
    found = [
        Thread(
            row,
            tuple(answers.get(row.id, ())),
            headings.get(row.section, row.section),
            labels.get(f"item:{row.item}", "（已删除的条目）") if row.item else "",
        )
        for row in answers.get(None, ())
    ]
    return sorted(found, key=lambda thread: not thread.open)


def open_comments(report: Report) -> int:
    """How many threads wait to be dealt with: they block nothing, and are told at 送审."""
    return report.comments.filter(parent__isnull=True, resolved_at__isnull=True).count()


@lru_cache(maxsize=1)
def _files() -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(STYLE.glob("*.json"))}


def style_sheet() -> Sheet:
    """The checker's data: the packaged tables with the names of the directory as it is now."""
    return _sheet(tuple((each.name, each.short_name) for each in departments()))


@lru_cache(maxsize=4)
def _sheet(names: tuple[tuple[str, str], ...]) -> Sheet:
    return parse_sheet(_files(), names)


@dataclass(frozen=True, slots=True)
class Known:
    """What a page has read of a draft already: its content, its numbers, the live figures."""

    content: Content
    placed: Sequence[PlacedNumber]
    figures: Mapping[str, Cited]


def known(report: Report) -> Known:
    """Read them; the live figures only where a number is bound to them."""
    content = content_of(report)
    placed = placed_numbers(report, content)
    wanted = report.state not in PUBLISHED and any(each.binding in _CHECKED for each in placed)
    return Known(content, placed, live_figures(report) if wanted else {})


_CHECKED = (Binding.REGISTER, Binding.CONTRIBUTION)


def all_findings(report: Report, read: Known | None = None) -> tuple[Found, ...]:
    """Everything that the checker finds in a draft, also what was ignored."""
    read = read or known(report)
    texts = pieces(form_of(report), read.content)
    own = check(texts, style_sheet(), day=report.last_day)
    place = {piece.key: number for number, piece in enumerate(texts)}
    found = [*own, *_against_registers(report, read, texts)]
    return tuple(
        sorted(found, key=lambda each: (place[each.piece.key], each.finding.start, each.finding.end))
    )


def _against_registers(report: Report, read: Known, texts: tuple[Piece, ...]) -> Iterator[Found]:
    """Numbers that no longer say what their register or their department says; nothing is asked without any."""
    if report.state in PUBLISHED or not any(each.binding in _CHECKED for each in read.placed):
        return
    by_text = {piece.key.removeprefix(f"{ITEM}:"): piece for piece in texts}
    for each in disagreements(read.placed, read.figures):
        number, piece = each.placed.number, by_text.get(each.placed.item_id)
        if piece is not None:
            words = piece.text[number.start : number.end]
            how = f"{each.words.rstrip('。')}，请核对"
            yield Found(piece, Finding("register-number", number.start, number.end, words, how))


def findings(report: Report, read: Known | None = None) -> list[Found]:
    """What the checker finds and nobody has ignored, in reading order."""
    ignored = set(report.ignored.values_list("finding", flat=True))
    return [each for each in all_findings(report, read) if each.mark not in ignored]


@dataclass(frozen=True, slots=True)
class CheckCounts:
    """How many findings of each weight wait."""

    errors: int
    warnings: int
    hints: int

    @property
    def all(self) -> int:
        """Together."""
        return self.errors + self.warnings + self.hints


def counted(found: list[Found]) -> CheckCounts:
    """Findings by weight."""
    weights = Counter(each.finding.weight for each in found)
    return CheckCounts(weights[Severity.ERROR], weights[Severity.WARNING], weights[Severity.HINT])


def check_counts(report: Report, read: Known | None = None) -> CheckCounts:
    """For the bench: how many findings of each weight wait."""
    return counted(findings(report, read))


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """Findings of one rule with the same words in one text: one row, however often."""

    first: Found
    count: int


def grouped(found: list[Found]) -> list[FoundGroup]:
    """Rows for the eye, in reading order."""
    return list(_grouped(found))


def _grouped(found: list[Found]) -> Iterator[FoundGroup]:
    groups: dict[tuple[str, str, str | None, str], list[Found]] = {}
    for each in found:
        one = each.finding
        groups.setdefault((each.piece.key, one.rule, one.replacement, one.found), []).append(each)
    for rows in groups.values():
        yield FoundGroup(rows[0], len(rows))
