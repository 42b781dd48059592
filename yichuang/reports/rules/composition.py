"""From form, content and figures to the document as printed: pure, so that the same input gives the same words.

An empty subsection drops out and the numbering closes up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from yichuang.reports.flow import SectionKind
from yichuang.reports.rules.content import Content, Item, VisitEntry
from yichuang.reports.rules.document import Cited, Document, Part, Run, Words, plain
from yichuang.reports.rules.form import DISTRIBUTION, PLACEHOLDER, FormSpec, SectionSpec
from yichuang.reports.rules.wording import closed, copies_text, day_zh, period_text

_DIGITS = "零一二三四五六七八九"
MOST_IN_CHARACTERS = 99


@dataclass(frozen=True, slots=True)
class Frame:
    """What the head and the small print say that is neither form nor content."""

    first_day: date
    last_day: date
    number_line: str
    issuer: str
    issued_on_text: str
    dated: date
    small_print: str = ""


def compose(form: FormSpec, content: Content, frame: Frame, figures: Mapping[str, Cited]) -> Document:
    """The document as it would be printed. Raises KeyError where the form cites a figure that is not given."""
    parts = [part for spec in form.sections for part in _parts(form, spec, content, frame, figures)]
    return Document(
        title=form.title,
        number_line=frame.number_line,
        issuer=frame.issuer,
        issued_on_text=frame.issued_on_text,
        heading=form.heading,
        period_text=period_text(frame.first_day, frame.last_day),
        dated=frame.dated,
        order=form.head,
        parts=closed_up(parts),
        distribution=tuple(
            (label, content.imprint.distribution[label])
            for label in DISTRIBUTION
            if content.imprint.distribution.get(label, "").strip()
        ),
        copies_text=copies_text(content.imprint.copies),
        small_print=frame.small_print,
        figures=tuple(figures[code] for code in cited(form)),
    )


def cited(form: FormSpec) -> tuple[str, ...]:
    """The codes (scope.group.measure) of the figures that a form prints, in order."""
    found = [
        name
        for spec in form.of_kind(SectionKind.FIGURES)
        for name in PLACEHOLDER.findall(spec.pattern)
        if "." in name
    ]
    return tuple(dict.fromkeys(found))


def _parts(
    form: FormSpec, spec: SectionSpec, content: Content, frame: Frame, figures: Mapping[str, Cited]
) -> Iterator[Part]:
    head = Part(spec.level, heading=spec.heading)
    if spec.kind == SectionKind.FIGURES:
        line = figures_line(spec.pattern, frame.first_day, frame.last_day, figures)
        yield replace(head, paragraphs=(line,) if line else ())
    elif spec.kind == SectionKind.INSPECTION:
        yield from _inspection(form, spec, content, frame)
    elif spec.kind == SectionKind.VISITS:
        texts = [visit_paragraphs(spec.pattern, visit) for visit in content.visits]
        yield from with_items(head, texts, form.item_level)
    else:
        yield from with_items(head, [item.paragraphs for item in content.of(spec.key)], form.item_level)


def with_items(head: Part, items: Sequence[Sequence[str]], level: int) -> Iterator[Part]:
    """A heading with its items: one alone stands plainly under it, several become numbered parts of their own."""
    spoken = [tuple(plain(text) for text in item) for item in items if item]
    if len(spoken) == 1:
        yield replace(head, paragraphs=spoken[0])
        return
    yield head
    for item in spoken:
        yield Part(level, paragraphs=item)


def _inspection(form: FormSpec, spec: SectionSpec, content: Content, frame: Frame) -> Iterator[Part]:
    asked = form.inspection_on(frame.last_day)
    results = [(row.heading, content.inspection.get(row.key, "").strip()) for row in asked]
    found = [(heading, result) for heading, result in results if result]
    yield Part(spec.level, heading=spec.heading, paragraphs=(plain(spec.pattern),) if found else ())
    for heading, result in found:
        yield Part(spec.level + 1, heading=heading, paragraphs=(plain(closed(result)),), run_in=True)


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a text without blank ones."""
    return Item("", text).paragraphs


def figures_line(pattern: str, first: date, last: date, figures: Mapping[str, Cited]) -> Words:
    """The sentence of figures as runs; each figure keeps its code, so that it leads to its cases."""
    days = {"year_start": date(last.year, 1, 1), "first_day": first, "last_day": last}
    runs: list[Run] = []
    for index, piece in enumerate(PLACEHOLDER.split(pattern)):
        if index % 2 == 0:
            runs.append(Run(piece))
        elif piece in days:
            runs.append(Run(day_zh(days[piece])))
        else:
            runs.append(Run(figures[piece].printed, piece))
    return tuple(_joined(run for run in runs if run.text))


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    """Neighbouring plain runs become one."""
    waiting = ""
    for run in runs:
        if run.figure:
            if waiting:
                yield Run(waiting)
            waiting = ""
            yield run
        else:
            waiting += run.text
    if waiting:
        yield Run(waiting)


def visit_sentence(pattern: str, visit: VisitEntry) -> str:
    """The sentence that reports a visit."""
    said = {"when": visit.on_text, "department": visit.department, "post": visit.post, "person": visit.person}
    return PLACEHOLDER.sub(lambda found: said[found[1]], pattern)


def visit_paragraphs(pattern: str, visit: VisitEntry) -> tuple[str, ...]:
    """The sentence of a visit, what was said there going on in the same paragraph."""
    first, *rest = paragraphs(visit.body) or ("",)
    return (visit_sentence(pattern, visit) + first, *rest)


def chinese(number: int) -> str:
    """1–99 as headings are numbered: 一, 十, 十二, 二十. Raises ValueError outside."""
    if not 1 <= number <= MOST_IN_CHARACTERS:
        raise ValueError(f"headings are numbered 1 to 99, not {number}")
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def ordinal(level: int, number: int) -> str:
    """The number as printed at a level (GB/T 9704-2012 §7.3.3): 一、（一） 1. （1）.

    Past the ninety-ninth heading, which only a text that is no weekly report has, digits stand for the characters.
    """
    if level <= 2:
        words = chinese(number) if number <= MOST_IN_CHARACTERS else str(number)
        return f"{words}、" if level == 1 else f"（{words}）"
    return f"{number}." if level == 3 else f"（{number}）"


def closed_up(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts that say something, or have such a part below them, numbered from one on every level."""
    counts = [0, 0, 0, 0]
    kept: list[Part] = []
    for index, part in enumerate(parts):
        if not (part.speaks or _speaks_below(parts, index)):
            continue
        counts[part.level - 1] += 1
        counts[part.level :] = [0] * (4 - part.level)
        kept.append(replace(part, number=ordinal(part.level, counts[part.level - 1])))
    return tuple(kept)


def _speaks_below(parts: Sequence[Part], index: int) -> bool:
    for part in parts[index + 1 :]:
        if part.level <= parts[index].level:
            return False
        if part.speaks:
            return True
    return False
