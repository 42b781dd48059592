"""From form, content and figures to the document as printed: pure, so that the same input gives the same words.

An empty subsection drops out and the numbering closes up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from yichuang.reports.flow import SectionKind
from yichuang.reports.rules.charts import Chart
from yichuang.reports.rules.content import Content, Item, VisitEntry, inspection_text, visit_text
from yichuang.reports.rules.document import Cited, Document, Part, Run, Words, WrittenNumber, plain
from yichuang.reports.rules.errata import HEADING
from yichuang.reports.rules.form import (
    BY_DEPARTMENT,
    DISTRIBUTION,
    EVERYBODY,
    PLACEHOLDER,
    FormSpec,
    SectionSpec,
)
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


@dataclass(frozen=True, slots=True)
class Span:
    """Where a number stands in a text of the content, and its code in the document."""

    start: int
    end: int
    code: str


Spans = Mapping[str, Sequence[Span]]
"""The numbers of the texts, by the id of the text, in reading order."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers in the words: where they stand and what they state."""

    spans: Spans
    stated: tuple[WrittenNumber, ...]


NO_NUMBERS = Numbers({}, ())


@dataclass(frozen=True, slots=True)
class Appended:
    """What an issue prints besides form and content: corrections of earlier issues, charts."""

    errata: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()


NOTHING_MORE = Appended()


def compose(
    form: FormSpec,
    content: Content,
    frame: Frame,
    figures: Mapping[str, Cited],
    numbers: Numbers = NO_NUMBERS,
    more: Appended = NOTHING_MORE,
) -> Document:
    """The document as it would be printed. Raises KeyError where the form cites a figure that is not given."""
    parts = [
        part for spec in form.sections for part in _parts(form, spec, content, frame, figures, numbers.spans)
    ]
    parts += with_items(Part(1, heading=HEADING), [(words,) for words in more.errata], form.item_level)
    printed = {run.figure for part in parts for words in part.paragraphs for run in words}
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
        numbers=tuple(number for number in numbers.stated if number.code in printed),
        charts=more.charts,
    )


def cited(form: FormSpec) -> tuple[str, ...]:
    """The codes (scope.group.measure) of the figures that a form prints, in order."""
    found = [
        name
        for spec in form.of_kind(SectionKind.FIGURES)
        for name in PLACEHOLDER.findall(spec.pattern)
        if "." in name and not name.endswith(BY_DEPARTMENT)
    ]
    return tuple(dict.fromkeys(found))


def _parts(
    form: FormSpec,
    spec: SectionSpec,
    content: Content,
    frame: Frame,
    figures: Mapping[str, Cited],
    spans: Spans,
) -> Iterator[Part]:
    head = Part(spec.level, heading=spec.heading)
    if spec.kind == SectionKind.FIGURES:
        line = figures_line(spec.pattern, frame.first_day, frame.last_day, figures)
        yield replace(head, paragraphs=(line,) if line else ())
    elif spec.kind == SectionKind.INSPECTION:
        yield from _inspection(form, spec, content, frame, spans)
    elif spec.kind == SectionKind.VISITS:
        yield from with_words(head, _visits(spec.pattern, content.visits, spans), form.item_level)
    else:
        items = [marked(item.text, spans.get(item.id, ())) for item in content.of(spec.key)]
        yield from with_words(head, items, form.item_level)


def with_items(head: Part, items: Sequence[Sequence[str]], level: int) -> Iterator[Part]:
    """A heading with items that hold no figures."""
    yield from with_words(head, [tuple(plain(text) for text in item) for item in items], level)


def with_words(head: Part, items: Sequence[tuple[Words, ...]], level: int) -> Iterator[Part]:
    """A heading with its items: one alone stands plainly under it, several become numbered parts of their own."""
    spoken = [item for item in items if item]
    if len(spoken) == 1:
        yield replace(head, paragraphs=spoken[0])
        return
    yield head
    for item in spoken:
        yield Part(level, paragraphs=item)


def marked(text: str, spans: Sequence[Span]) -> tuple[Words, ...]:
    """The paragraphs of a text without blank ones, its numbers as runs of their own."""
    found: list[Words] = []
    place = 0
    for line in text.splitlines(keepends=True):
        kept = line.strip()
        if kept:
            found.append(_cut(text, place + line.index(kept), len(kept), spans))
        place += len(line)
    return tuple(found)


def _cut(text: str, start: int, length: int, spans: Sequence[Span]) -> Words:
    runs: list[Run] = []
    done, end = start, start + length
    for span in spans:
        if start <= span.start and span.end <= end:
            runs += [Run(text[done : span.start]), Run(text[span.start : span.end], span.code)]
            done = span.end
    return tuple(run for run in (*runs, Run(text[done:end])) if run.text)


def _visits(pattern: str, visits: Sequence[VisitEntry], spans: Spans) -> list[tuple[Words, ...]]:
    """Every visit with what was said there; or, where the wording lists everybody, one sentence for all."""
    if visits and f"{{{EVERYBODY}}}" in pattern:
        return [(plain(visits_sentence(pattern, visits)),)]
    return [_visit_words(pattern, visit, spans) for visit in visits]


def visits_sentence(pattern: str, visits: Sequence[VisitEntry]) -> str:
    """All visits as in the form of 2023, a sentence a day: a department is named once, then its people in their order."""
    told: dict[str, dict[str, list[str]]] = {}
    for visit in visits:
        bodies = told.setdefault(visit.on_text, {})
        # A comma stands between people: a post may hold a 、 of its own.
        bodies.setdefault(visit.department, [visit.department]).append(f"{visit.post}{visit.person}，")
    listed = {
        when: "".join(word for each in bodies.values() for word in each) for when, bodies in told.items()
    }
    return "".join(_said(pattern, {"when": when, EVERYBODY: words[:-1]}) for when, words in listed.items())


def _said(pattern: str, said: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: said.get(found[1], ""), pattern)


def _visit_words(pattern: str, visit: VisitEntry, spans: Spans) -> tuple[Words, ...]:
    """The sentence of a visit, what was said there going on in the same paragraph."""
    first, *rest = marked(visit.body, spans.get(visit_text(visit.id), ())) or ((),)
    return (tuple(_joined((Run(visit_sentence(pattern, visit)), *first))), *rest)


def _inspection(
    form: FormSpec, spec: SectionSpec, content: Content, frame: Frame, spans: Spans
) -> Iterator[Part]:
    asked = form.inspection_on(frame.last_day)
    found = [row for row in asked if content.inspection.get(row.key, "").strip()]
    yield Part(spec.level, heading=spec.heading, paragraphs=(plain(spec.pattern),) if found else ())
    for row in found:
        result = content.inspection[row.key]
        (*before, last) = _one_line(result, spans.get(inspection_text(row.key), ()))
        blank = last.text[: len(last.text) - len(last.text.lstrip())]
        ending = (last, Run("。")) if last.figure else (Run(blank + closed(last.text)),)
        yield Part(spec.level + 1, heading=row.heading, paragraphs=((*before, *ending),), run_in=True)


def _one_line(text: str, spans: Sequence[Span]) -> Words:
    """A text as one paragraph, as it was typed; its numbers as runs."""
    kept = text.strip()
    return _cut(text, text.index(kept), len(kept), spans)


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
        elif piece.endswith(BY_DEPARTMENT):
            runs.append(Run(str(figures[piece].value)))
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
    """The sentence that reports a visit; in a wording that lists everybody, as if it were the only one."""
    alone = f"{visit.department}{visit.post}{visit.person}"
    said = {"when": visit.on_text, "department": visit.department, "post": visit.post, "person": visit.person}
    return _said(pattern, said | {EVERYBODY: alone})


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
