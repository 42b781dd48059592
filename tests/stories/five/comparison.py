"""The printed report and the one made again, side by side: what was counted equal, what differs and why."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from tests.stories.five.registers import said_at
from yichuang.reports.flow import SectionKind
from yichuang.reports.queries.forms import form_named
from yichuang.reports.rules.figure_fields import numbers_in
from yichuang.reports.rules.form import FormSpec
from yichuang.reports.rules.past import form_code
from yichuang.reports.rules.reading import ReadReport
from yichuang.reports.rules.reading.report import Section

REASONS = {
    "title": "原件题名残缺，本平台照表式印出",
    "figures": "数字句用本平台的句式，数字相同",
    "visits": "值守句用本平台的句式，人名、职务、部门、日期和所讲内容相同",
    "inspection": "巡查引语用本平台的句式，各项结果相同",
}
_DATE = re.compile(r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日)?|\d{4}年")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a kind of things the print has, and how many of them came back."""

    printed: int
    equal: int

    def __str__(self) -> str:
        return f"{self.equal}/{self.printed}"


@dataclass(frozen=True, slots=True)
class Compared:
    """One row of the closing table; `differences` counts what differs by its reason."""

    figures: Tally
    dates: Tally
    names: Tally
    numbers: Tally
    differences: Counter[str]

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """The four counts."""
        return self.figures, self.dates, self.names, self.numbers

    def row(self, name: str) -> str:
        """The row in Markdown."""
        told = "；".join(f"{REASONS[key]}（{count}处）" for key, count in sorted(self.differences.items()))
        return f"| {name} | {' | '.join(str(each) for each in self.tallies)} | {told or '无'} |"


HEAD = "| 报告 | 统计数字 | 日期 | 名称 | 文中数字 | 差异 |\n| --- | --- | --- | --- | --- | --- |"


def compared(first: ReadReport, again: ReadReport) -> Compared:
    """Both readings, thing by thing. What is equal is counted with its place, so nothing may swap."""
    return Compared(
        figures=_tally(_figures(first), _figures(again)),
        dates=_tally(_dates(first), _dates(again)),
        names=_tally(_names(first), _names(again)),
        numbers=_tally(_numbers(first), _numbers(again)),
        differences=Counter(_differences(first, again)),
    )


def _tally(printed: Iterable[Hashable], again: Iterable[Hashable]) -> Tally:
    wanted, found = Counter(printed), Counter(again)
    # What came back too much is a difference as well: it takes from the equal ones.
    return Tally(wanted.total(), (wanted & found).total() - (found - wanted).total())


def _figures(read: ReadReport) -> list[Hashable]:
    return [(f.scope, f.type, f.measure, f.as_of, f.value, f.unit, f.approximate) for f in read.figures]


def _dates(read: ReadReport) -> list[Hashable]:
    found: list[Hashable] = [
        ("issued", read.issued_on),
        ("from", read.period.first),
        ("to", read.period.last),
    ]
    found += [("figure", f.type, f.scope, f.measure, f.as_of) for f in read.figures]
    found += [("visit", visit.person, visit.on, visit.on_text) for visit in read.visits]
    return found + [(place, date) for place, text in _own_texts(read) for date in _DATE.findall(text)]


def _names(read: ReadReport) -> list[Hashable]:
    found: list[Hashable] = [("issuer", read.issuer), *read.distribution.items()]
    for visit in read.visits:
        found += [("person", visit.person), ("post", visit.person, visit.post)]
        found += [("department", visit.person, visit.department)]
    found += [(section.level, section.heading) for section in read.sections]
    for section in read.sections:
        if _kind(section, _form(read)) == SectionKind.NEWS:
            found += [(section.heading, name) for names in section.departments for name in names]
    return found


def _numbers(read: ReadReport) -> list[Hashable]:
    found: list[Hashable] = [("number", read.number), ("total", read.total_number), ("copies", read.copies)]
    for place, text in _own_texts(read):
        found += [(place, each.printed, each.value, each.unit) for each in numbers_in(text)]
    return found


def _own_texts(read: ReadReport) -> list[tuple[Hashable, str]]:
    """What people wrote: news, what was said at visits, results of the inspection; with its place."""
    form = _form(read)
    written = (SectionKind.NEWS, SectionKind.VISITS)
    found: list[tuple[Hashable, str]] = [
        ((section.heading, place), text)
        for section in read.sections
        if _kind(section, form) in written
        for place, text in enumerate(section.items)
    ]
    return [*found, *((row.heading, row.result) for row in read.inspection)]


def _form(read: ReadReport) -> FormSpec:
    return form_named(form_code(read))


def _kind(section: Section, form: FormSpec) -> SectionKind:
    """What stands under a printed heading; the headings of the inspection are not sections of the form."""
    kinds = {spec.heading: spec.kind for spec in form.sections}
    return kinds.get(section.heading, SectionKind.INSPECTION)


def _differences(first: ReadReport, again: ReadReport) -> list[str]:
    """Every place that is not the same, named by why; a place without a reason is named by itself."""
    one, other = first.as_json(), again.as_json()
    apart = ("file", "sections", "figures", "title")
    found = [key for key in one if key not in apart and one[key] != other[key]]
    if first.title != again.title:
        found.append("title" if first.title is None else "another title")
    found += [] if _figures(first) == _figures(again) else ["order of figures"]
    if len(first.sections) != len(again.sections):
        return [*found, "sections"]
    for old, new in zip(first.sections, again.sections, strict=True):
        found += _in_section(old, new, _form(first))
    return found


def _in_section(old: Section, new: Section, form: FormSpec) -> list[str]:
    if (old.level, old.heading, len(old.items)) != (new.level, new.heading, len(new.items)):
        return [f"heading {old.heading}"]
    kind = _kind(old, form)
    pairs = list(zip(old.items, new.items, strict=True))
    apart = [1 for before, after in pairs if before != after]
    if kind == SectionKind.VISITS and any(said_at(before) != said_at(after) for before, after in pairs):
        return ["what was said at a visit"]
    standing = old.level == 1 or kind != SectionKind.INSPECTION
    reason = kind.value if standing and kind != SectionKind.NEWS else f"words under {old.heading}"
    return [reason for _ in apart]
