"""What an editor should look at before sending a draft to review: empty headings, falling totals, odd periods."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from yichuang.reports.flow import SectionKind
from yichuang.reports.rules.content import Content
from yichuang.reports.rules.form import FormSpec, SectionSpec
from yichuang.reports.rules.wording import day_zh


class Weight(StrEnum):
    """How much a remark matters; the names are the tones of the pages."""

    NOTE = "info"
    WARNING = "warn"
    ERROR = "bad"


@dataclass(frozen=True, slots=True)
class Advice:
    """One remark, and the section where it is mended (empty: the report as a whole)."""

    weight: Weight
    words: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """One heading in the outline beside the document: how far it is."""

    key: str
    level: int
    heading: str
    kind: SectionKind
    words: str
    done: bool
    will_print: bool


@dataclass(frozen=True, slots=True)
class Former:
    """The issue before: its last day and its printed totals of the year by (type, measure)."""

    name: str
    last_day: date
    totals: Mapping[tuple[str, str], int]


def outline(form: FormSpec, content: Content, last_day: date) -> tuple[OutlineRow, ...]:
    """Every heading of the form with its state in words."""
    return tuple(_row(form, spec, content, last_day) for spec in form.sections)


def _row(form: FormSpec, spec: SectionSpec, content: Content, last_day: date) -> OutlineRow:
    if spec.kind == SectionKind.FIGURES:
        words, done = "自动统计", True
    elif spec.kind == SectionKind.GROUP:
        words, done = "", True
    elif spec.kind == SectionKind.VISITS:
        words, done = _counted(len(content.visits), "人次")
    elif spec.kind == SectionKind.INSPECTION:
        asked = form.inspection_on(last_day)
        filled = sum(1 for row in asked if content.inspection.get(row.key, "").strip())
        words, done = f"已填 {filled}/{len(asked)} 项", filled == len(asked)
        return OutlineRow(spec.key, spec.level, spec.heading, spec.kind, words, done, filled > 0)
    else:
        words, done = _counted(len(content.of(spec.key)), "条")
    return OutlineRow(spec.key, spec.level, spec.heading, spec.kind, words, done, done)


def _counted(count: int, unit: str) -> tuple[str, bool]:
    return (f"{count} {unit}", True) if count else ("空", False)


def advise(
    form: FormSpec,
    content: Content,
    *,
    first_day: date,
    last_day: date,
    totals: Mapping[tuple[str, str], int],
    former: Former | None,
    today: date,
) -> tuple[Advice, ...]:
    """Every remark, the gravest first. `totals`: the year's figures now, by (type, measure) in words."""
    found = [
        *_ended(last_day, today),
        *_falls(totals, former, last_day),
        *_period(first_day, former),
        *_empty(form, content, last_day),
        *_visits(content, first_day, last_day),
    ]
    return in_order(found)


def in_order(found: Iterable[Advice]) -> tuple[Advice, ...]:
    """The remarks, the gravest first."""
    order = [Weight.ERROR, Weight.WARNING, Weight.NOTE]
    return tuple(sorted(found, key=lambda advice: order.index(advice.weight)))


NUMBERS = "numbers"
"""Where remarks about the numbers of the words are mended: not a heading of the form, a page of its own."""
_MOST_NAMED = 6


def advise_numbers(unbound: Sequence[str], disagreeing: Sequence[str]) -> tuple[Advice, ...]:
    """Numbers without a source, and such as do not say what their source says. Given in words."""
    found = [Advice(Weight.WARNING, f"{words}签发前须改为一致。", NUMBERS) for words in disagreeing]
    if unbound:
        named = "、".join(f"「{words}」" for words in unbound[:_MOST_NAMED])
        more = "等" if len(unbound) > _MOST_NAMED else ""
        words = f"{len(unbound)} 个数字没有注明来源，送审前须注明：{named}{more}。"
        found.append(Advice(Weight.WARNING, words, NUMBERS))
    return tuple(found)


def _ended(last_day: date, today: date) -> Iterable[Advice]:
    if last_day >= today:
        yield Advice(Weight.WARNING, f"统计期 {day_zh(last_day)} 日终才结束，次日起可以签发。")


def _falls(totals: Mapping[tuple[str, str], int], former: Former | None, last_day: date) -> Iterable[Advice]:
    """A running total of a year never falls: one of the two issues would be wrong."""
    if former is None or former.last_day.year != last_day.year or former.last_day > last_day:
        return
    for (kind, measure), before in former.totals.items():
        now = totals.get((kind, measure))
        if now is not None and now < before:
            words = f"{kind}{measure}今年累计 {now} 件，少于{former.name}的 {before} 件。请核对承前数。"
            yield Advice(Weight.ERROR, words, "figures")


def _period(first_day: date, former: Former | None) -> Iterable[Advice]:
    if former is None:
        return
    between = (first_day - former.last_day).days - 1
    if between < 0:
        yield Advice(
            Weight.WARNING, f"本期与{former.name}的统计期重叠，{former.name}截至{day_zh(former.last_day)}。"
        )
    elif between > 2:
        start, end = former.last_day + timedelta(days=1), first_day - timedelta(days=1)
        words = f"{former.name}截至{day_zh(former.last_day)}，{day_zh(start)}至{day_zh(end)}没有周报覆盖。"
        yield Advice(Weight.NOTE, words)


def _empty(form: FormSpec, content: Content, last_day: date) -> Iterable[Advice]:
    """Inspection headings without a result, and headings that would drop out."""
    for spec in form.of_kind(SectionKind.INSPECTION):
        asked = form.inspection_on(last_day)
        missing = [row.heading for row in asked if not content.inspection.get(row.key, "").strip()]
        if missing:
            yield Advice(Weight.WARNING, f"巡查结果未填：{'、'.join(missing)}。", spec.key)
    rows = [row for row in outline(form, content, last_day) if row.kind != SectionKind.INSPECTION]
    bare = [f"「{row.heading}」" for row in rows if not row.done]
    if bare:
        yield Advice(Weight.NOTE, f"{'、'.join(bare)}没有内容，印发时略去，后面的序号顺延。")


def _visits(content: Content, first_day: date, last_day: date) -> Iterable[Advice]:
    for visit in content.visits:
        if visit.on and not first_day <= visit.on <= last_day:
            words = f"{visit.person}的值守日期{day_zh(visit.on)}不在本期统计期内。"
            yield Advice(Weight.WARNING, words, "visits")


def suggested_period(
    today: date, workdays: Sequence[date], taken: Sequence[tuple[date, date]] = ()
) -> tuple[date, date]:
    """The last week that is over, from its first to its last working day; past the weeks that have a report.

    `workdays`: those of the weeks in question, this week's too: it is over when none of them is left today.
    `taken`: the periods that have a report.
    """
    this_monday = today - timedelta(days=today.weekday())
    this_week = _working_week(this_monday, workdays)
    over = bool(this_week) and this_week[-1] < today
    monday = this_monday if over else this_monday - timedelta(days=7)
    while _is_taken(monday, taken):
        monday += timedelta(days=7)
    within = _working_week(monday, workdays)
    return (within[0], within[-1]) if within else (monday, monday + timedelta(days=4))


def _working_week(monday: date, workdays: Sequence[date]) -> list[date]:
    return [day for day in workdays if monday <= day <= monday + timedelta(days=6)]


def _is_taken(monday: date, taken: Sequence[tuple[date, date]]) -> bool:
    return any(first <= monday + timedelta(days=6) and monday <= last for first, last in taken)
