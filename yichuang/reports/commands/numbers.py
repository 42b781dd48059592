"""The numbers in a report's words: kept in step with the words, bound to a register or to words that name a source."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.reports.flow import EDITABLE, NUMBER_REBOUND, NUMBER_UNBOUND, State
from yichuang.reports.models import FigureField, Report
from yichuang.reports.queries.drafts import content_of
from yichuang.reports.queries.numbers import PlacedNumber, Stated, placed_numbers
from yichuang.reports.rules.figure_fields import Binding, Number

LONGEST_SOURCE = 300
LONGEST_LABEL = 80


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a number comes from: a register's figure, or words that name the source with the day they hold for."""

    kind: Binding
    label: str
    as_of: date
    source: str = ""
    stated: Stated | None = None
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A number as the page showed it: in which text, the how manieth, how printed."""

    item_id: str
    ordinal: int
    printed: str


def keep_numbers(report: Report, *, at: datetime) -> tuple[PlacedNumber, ...]:
    """Bring the rows in step with the words as they are now: bindings follow their numbers, new numbers get rows.

    Part of every saving of a draft. Rows whose number is gone are gone too.
    """
    placed = placed_numbers(report, content_of(report))
    kept = {each.field.id for each in placed if each.field}
    FigureField.objects.filter(report=report).exclude(pk__in=kept).delete()
    fresh: list[FigureField] = []
    moved: list[FigureField] = []
    for each in placed:
        row = each.field or FigureField(id=uuid7(at), report=report, at=at)
        (fresh if each.field is None else moved).append(_anchor(row, each))
    FigureField.objects.bulk_create(fresh)
    FigureField.objects.bulk_update(moved, ANCHOR)
    return placed


ANCHOR = ["item_id", "ordinal", "printed", "before", "after", "value", "unit"]


def _anchor(row: FigureField, placed: PlacedNumber) -> FigureField:
    number = placed.number
    row.item_id, row.ordinal = placed.item_id, placed.ordinal
    row.printed, row.before, row.after = number.printed, number.before, number.after
    row.value, row.unit = number.value, number.unit
    return row


def carry_numbers(
    report: Report, item_id: str, origins: Sequence[tuple[Number, Origin]], *, by: Actor, at: datetime
) -> None:
    """Bind the numbers of a text that was just taken, each to the origin that came with it."""
    by.require(Capability.REPORT_EDIT)
    rows = {row.ordinal: row for row in FigureField.objects.filter(report=report, item_id=item_id)}
    by_start = {
        each.number.start: each.ordinal
        for each in placed_numbers(report, content_of(report))
        if each.item_id == item_id
    }
    for number, origin in origins:
        row = rows.get(by_start.get(number.start, -1))
        if row is not None:
            _bind(row, origin, by=by, at=at)


def _bind(row: FigureField, origin: Origin, *, by: Actor, at: datetime) -> None:
    stated = origin.stated
    row.kind, row.label, row.as_of, row.source = origin.kind, origin.label, origin.as_of, origin.source
    row.code, row.address = (stated.code, stated.address) if stated else ("", "")
    row.first_day, row.last_day = (stated.first_day, stated.last_day) if stated else (None, None)
    row.stated = stated.value if stated else origin.value
    row.at, row.by_id, row.by_name = at, by.id, by.name
    row.save()


@transaction.atomic
def bind_number(report_id: UUID, place: Place, origin: Origin, *, by: Actor, at: datetime) -> None:
    """Say where a number of a draft comes from. The words stay as they are, so no version is made.

    Another source than before leaves a fact that tells both.

    Raises Invalid without a source, with a day to come, or past editing; Missing, Conflict where the words have
    changed and the number stands elsewhere.
    """
    by.require(Capability.REPORT_EDIT)
    report = _open(report_id)
    _check(origin, at)
    placed = next((each for each in _placed(report) if (each.item_id, each.ordinal) == _key(place)), None)
    if placed is None or placed.number.printed != place.printed:
        raise Conflict("文字已被修改，这个数字不在原处。", how="请刷新页面，在最新的文字里重新选择。")
    row = _row(report, placed, at)
    before = _source_words(row)
    _bind(row, origin, by=by, at=at)
    if before and before != _source_words(row):
        words = f"「{place.printed}」由{before}改为{_source_words(row)}"
        _tell(report, NUMBER_REBOUND, row, words, by=by, at=at)


def _source_words(row: FigureField) -> str:
    """Where a number comes from, for the fact; empty where it has no source."""
    if row.kind == Binding.UNBOUND:
        return ""
    return f"{Binding(row.kind).label}（{row.source or row.label}，截至{row.as_of}）"


def _tell(report: Report, kind: str, row: FigureField, words: str, *, by: Actor, at: datetime) -> None:
    data = {"item": row.item_id, "ordinal": row.ordinal, "printed": row.printed, "code": row.code}
    record(NewFact(report.id, "report", kind, data, ground=words), by=by, at=at)


def name_source(
    report: Report, item_ids: Collection[str], origin: Origin, *, by: Actor, at: datetime
) -> None:
    """Name one source for the numbers of some texts that have none yet: part of taking texts over from a register."""
    by.require(Capability.REPORT_EDIT)
    for each in _placed(report):
        if each.item_id in item_ids and each.binding == Binding.UNBOUND:
            _bind(_row(report, each, at), origin, by=by, at=at)


@transaction.atomic
def source_of_text(report_id: UUID, item_id: str, origin: Origin, *, by: Actor, at: datetime) -> int:
    """Name one source for every number of a text that has none yet; how many. Raises as `bind_number`."""
    by.require(Capability.REPORT_EDIT)
    report = _open(report_id)
    _check(origin, at)
    left = [each for each in _placed(report) if each.item_id == item_id and each.binding == Binding.UNBOUND]
    if not left:
        raise Missing("这一条里没有需要注明来源的数字。", how="请刷新页面查看最新情况。")
    for each in left:
        _bind(_row(report, each, at), origin, by=by, at=at)
    return len(left)


@transaction.atomic
def unbind_number(report_id: UUID, place: Place, *, by: Actor, at: datetime) -> None:
    """Take the origin of a number away again: it needs another before 送审. Raises as `bind_number`."""
    by.require(Capability.REPORT_EDIT)
    report = _open(report_id)
    row = FigureField.objects.filter(report=report, item_id=place.item_id, ordinal=place.ordinal).first()
    if row is None or row.printed != place.printed:
        raise Conflict("文字已被修改，这个数字不在原处。", how="请刷新页面，在最新的文字里重新选择。")
    before = _source_words(row)
    row.kind, row.label, row.source, row.code, row.address = Binding.UNBOUND, "", "", "", ""
    row.as_of = row.stated = row.first_day = row.last_day = None
    row.at, row.by_id, row.by_name = at, by.id, by.name
    row.save()
    if before:
        _tell(report, NUMBER_UNBOUND, row, f"「{place.printed}」原为{before}", by=by, at=at)


def _key(place: Place) -> tuple[str, int]:
    return place.item_id, place.ordinal


def _placed(report: Report) -> tuple[PlacedNumber, ...]:
    return placed_numbers(report, content_of(report))


def _row(report: Report, placed: PlacedNumber, at: datetime) -> FigureField:
    return _anchor(placed.field or FigureField(id=uuid7(at), report=report, at=at), placed)


def _open(report_id: UUID) -> Report:
    report = Report.objects.select_for_update().filter(pk=report_id).first()
    if report is None:
        raise Missing("没有找到这期周报。")
    if report.state not in EDITABLE:
        label = State(report.state).label
        raise Invalid(
            f"本期已到「{label}」环节，数字来源不能修改。", how="需要修改时，请审核人或签发人退回编辑。"
        )
    return report


def _check(origin: Origin, at: datetime) -> None:
    wrong: Mapping[str, str] = {
        name: words
        for name, words, bad in (
            ("source", "请写明数字从哪里来，例如：省卫健委 5月12日报送的统计表", not _says(origin)),
            ("source", f"最多 {LONGEST_SOURCE} 字", len(origin.source) > LONGEST_SOURCE),
            ("label", f"最多 {LONGEST_LABEL} 字", len(origin.label) > LONGEST_LABEL),
            ("as_of", "截至日不能晚于今天", origin.as_of > local_day(at)),
        )
        if bad
    }
    if wrong:
        raise Invalid("数字来源有误，没有保存。", fields=wrong)


def _says(origin: Origin) -> bool:
    return origin.stated is not None if origin.kind == Binding.REGISTER else bool(origin.source.strip())
