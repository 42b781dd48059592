"""The numbers in the words of a report: where each stands, where it comes from, what the registers say of it now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.offers import Offer
from yichuang.reports.flow import State
from yichuang.reports.models import FigureField, Report
from yichuang.reports.queries.offers import offers_between
from yichuang.reports.rules.composition import Numbers, Span
from yichuang.reports.rules.content import Content
from yichuang.reports.rules.document import Cited, WrittenNumber
from yichuang.reports.rules.figure_fields import (
    Anchor,
    Binding,
    Number,
    agrees,
    anchored,
    decimal_text,
    numbers_in,
    sentence_of,
)
from yichuang.reports.rules.form import BY_DEPARTMENT
from yichuang.statistics.flow import LABELS_OF_GROUPS, SCOPE_LABELS, Scope, measure_of


@dataclass(frozen=True, slots=True)
class PlacedNumber:
    """A number of a report's words with its row, None while nobody has saved since it was typed.

    `position` counts through the whole report; `code` is its name in the document and on the page of numbers.
    """

    position: int
    item_id: str
    ordinal: int
    number: Number
    sentence: str
    field: FigureField | None

    @property
    def code(self) -> str:
        """Its name in the document."""
        return f"number.{self.position}"

    @property
    def binding(self) -> Binding:
        """Where it comes from."""
        return Binding(self.field.kind) if self.field else Binding.UNBOUND

    @property
    def words(self) -> str:
        """The number with its unit."""
        return f"{self.number.printed}{self.number.unit}"


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure as a register states it now, to which a number of the text can be bound.

    `address` is empty for the figures of the report's own period: those lead to their cases by their code.
    """

    code: str
    label: str
    value: Decimal
    unit: str
    as_of: date
    address: str
    register: str
    first_day: date
    last_day: date
    printed: str = ""
    department_id: UUID | None = None
    about: str = ""

    @property
    def ref(self) -> str:
        """By what a form names it."""
        return f"{self.code}|{self.address}|{self.label}"

    @property
    def words(self) -> str:
        """For a list to choose from."""
        about = f"（{self.about}）" if self.about else ""
        return f"{self.register}·{self.label}：{decimal_text(self.value)}{self.unit}{about}"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A number that does not say what its source says now; `now` None: the register states it no more."""

    placed: PlacedNumber
    now: Decimal | None

    @property
    def words(self) -> str:
        """In one sentence."""
        field = self.placed.field
        assert field is not None
        if self.now is None:
            return f"「{self.placed.words}」（{field.label}）在登记册中已经没有对应的数。"
        said = "报送的是" if self.placed.binding == Binding.CONTRIBUTION else "登记册现在是"
        return (
            f"文中写「{self.placed.words}」，{said} {decimal_text(self.now)}{field.unit}（{field.label}）。"
        )


_COLUMNS = tuple(field.attname for field in FigureField._meta.concrete_fields)
_FIELDS = f"select {', '.join(_COLUMNS)} from reports_figurefield where report_id = %(report)s order by item_id, ordinal"  # noqa: S608


def fields_of(report: Report) -> list[FigureField]:
    """The rows of the numbers of a report's words. One statement."""
    found = sql.rows(_FIELDS, {"report": report.pk})
    return [FigureField.from_db(DEFAULT_DB_ALIAS, _COLUMNS, row) for row in found]


def placed_numbers(
    report: Report, content: Content, fields: Iterable[FigureField] | None = None
) -> tuple[PlacedNumber, ...]:
    """Every number of the report's words in the order of the content, with its row (`fields` where they were read already)."""
    rows: dict[str, list[FigureField]] = defaultdict(list)
    for row in fields_of(report) if fields is None else fields:
        rows[row.item_id].append(row)
    found: list[PlacedNumber] = []
    for item_id, text in content.texts():
        numbers, known = numbers_in(text), rows.get(item_id, [])
        places = anchored(numbers, [Anchor(r.printed, r.unit, r.before, r.after) for r in known])
        for ordinal, (number, place) in enumerate(zip(numbers, places, strict=True)):
            field = None if place is None else known[place]
            found.append(PlacedNumber(len(found), item_id, ordinal, number, sentence_of(text, number), field))
    return tuple(found)


def written(placed: Iterable[PlacedNumber]) -> Numbers:
    """The numbers as the document takes them."""
    spans: dict[str, list[Span]] = defaultdict(list)
    stated = []
    for each in placed:
        spans[each.item_id].append(Span(each.number.start, each.number.end, each.code))
        stated.append(_written(each))
    return Numbers(spans, tuple(stated))


def _written(placed: PlacedNumber) -> WrittenNumber:
    number, field = placed.number, placed.field
    plain = WrittenNumber(
        placed.code, number.printed, decimal_text(number.value), number.unit, placed.binding.value
    )
    if field is None:
        return plain
    return WrittenNumber(
        plain.code, plain.printed, plain.value, plain.unit, plain.kind, field.label, field.as_of, field.source,
        field.code, field.address,
    )  # fmt: skip


def unbound(placed: Iterable[PlacedNumber]) -> list[PlacedNumber]:
    """The numbers that have neither register nor source."""
    return [each for each in placed if each.binding == Binding.UNBOUND]


def period_figures(figures: Mapping[str, Cited]) -> list[Stated]:
    """The counted figures of the report's own period as numbers of the text can cite them."""
    found = []
    for code, each in figures.items():
        # How a figure divides among departments is words, not a number that a text could cite.
        if each.value is None or code.endswith(BY_DEPARTMENT):
            continue
        measure = measure_of(each.group, each.measure)
        scope = SCOPE_LABELS[Scope(code.partition(".")[0])]
        label = f"{scope}{LABELS_OF_GROUPS[each.group]}{measure.label}"
        days = each.first_day, each.last_day
        found.append(
            Stated(code, label, Decimal(each.value), measure.unit, each.last_day, "", "办件统计", *days)
        )
    return found


def offered_figures(first: date, last: date) -> list[Stated]:
    """The figures of what the registers offer for some days."""
    return [stated for offer in offers_between(first, last) for stated in stated_of(offer, (first, last))]


ABOUT = 22
# Registers whose sentences are composed of counted rows alone.
WORDED = ("inspection", "visits")


def shortened(text: str) -> str:
    """The beginning of a sentence, so that figures of the same name are told apart."""
    return text if len(text) <= ABOUT else f"{text[:ABOUT]}…"


def stated_of(offer: Offer, days: tuple[date, date]) -> list[Stated]:
    """The figures of one offer, which was asked for some days; of inspection and visits also what their words count."""
    figures = [
        Stated(
            figure.code, figure.label, Decimal(figure.value), figure.unit, figure.as_of, figure.address,
            offer.register, *days, figure.printed, offer.department_id, shortened(offer.text),
        )
        for figure in offer.figures
    ]  # fmt: skip
    if offer.topic not in WORDED:
        return figures
    return figures + [
        Stated(
            f"words.{place}", "登记册原文", number.value, number.unit, offer.day or days[1], offer.address,
            offer.register, *days, number.printed, offer.department_id, shortened(offer.text),
        )
        for place, number in enumerate(_in_words_alone(offer))
    ]  # fmt: skip


def _in_words_alone(offer: Offer) -> list[Number]:
    """The numbers of an offered sentence that are none of its figures."""
    left = [(figure.printed, Decimal(figure.value)) for figure in offer.figures]
    found = []
    for number in numbers_in(offer.text):
        fits = [each for each in left if each[0] == number.printed or each[1] == number.value]
        if fits:
            left.remove(fits[0])
        else:
            found.append(number)
    return found


def disagreements(placed: Sequence[PlacedNumber], figures: Mapping[str, Cited]) -> list[Disagreement]:
    """The numbers that do not say what their register or their department says; registers are read now.

    A register is asked for the same days as when the number was bound. Without bound numbers nothing is read.
    """
    bound = [each for each in placed if each.binding == Binding.REGISTER]
    days = {
        (each.field.first_day, each.field.last_day)
        for each in bound
        if each.field and each.field.address and each.field.first_day and each.field.last_day
    }
    values: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for stated in (
        *period_figures(figures),
        *(each for span in sorted(days) for each in offered_figures(*span)),
    ):
        values[stated.code, stated.address].append(stated.value)
    found = [_against(each, values) for each in placed]
    return [each for each in found if each is not None]


def _against(placed: PlacedNumber, values: Mapping[tuple[str, str], list[Decimal]]) -> Disagreement | None:
    field = placed.field
    if field is None:
        return None
    if placed.binding == Binding.REGISTER:
        now = values.get((field.code, field.address), [])
        if any(agrees(placed.number, value) for value in now):
            return None
        return Disagreement(placed, now[0] if now else None)
    if placed.binding == Binding.CONTRIBUTION and field.stated is not None:
        return None if agrees(placed.number, field.stated) else Disagreement(placed, field.stated)
    return None


def citable_figures(report_id: UUID, *, by: Actor) -> dict[str, Stated]:
    """What the registers offer for a collecting report's days on the actor's own department, by reference."""
    report = Report.objects.filter(pk=report_id, state=State.COLLECTING).first()
    if report is None or report.first_day is None or report.last_day is None:
        return {}
    return {
        each.ref: each
        for each in offered_figures(report.first_day, report.last_day)
        if each.department_id is not None and each.department_id == by.department_id
    }
