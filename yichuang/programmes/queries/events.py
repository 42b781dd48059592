"""Every read of the room: events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from yichuang.directory.flow import Capability
from yichuang.directory.models import Region
from yichuang.directory.queries import department_names
from yichuang.kernel import bigrams, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.offers import Offer, OfferedFigure
from yichuang.kernel.paging import PAGE, Page, cut, day_part, decode, id_part
from yichuang.programmes.flow.events import KIND_BY_CODE, MEASURE_BY_CODE, EventState, Mark, Measure, Topic
from yichuang.programmes.models import Event, EventFile, EventVersion
from yichuang.programmes.queries.common import own
from yichuang.programmes.rules.events import Amount, said, said_roundly, sentence, shown, when

PROVINCE = "510000000000"


@dataclass(frozen=True, slots=True)
class EventFilters:
    """What a list of events is narrowed to; empty means all."""

    kind: str = ""
    department_id: UUID | None = None
    text: str = ""
    first: date | None = None
    last: date | None = None
    with_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class EventTotal:
    """The sum of a measure over the events of a kind: in the week, and since the first of January."""

    kind: str
    measure: Measure
    week: Amount
    year: Amount


@dataclass(frozen=True, slots=True)
class EventCount:
    """How many events of a kind there were in the week and since the first of January."""

    kind: str
    week: int
    year: int


def visible_events(by: Actor) -> QuerySet[Event]:
    """The events that an actor may read: of the own department, everywhere all."""
    by.require(Capability.FIGURES_READ)
    return Event.objects.filter(own(by)).defer("search")


def _narrowed(by: Actor, filters: EventFilters) -> QuerySet[Event]:
    found = visible_events(by).select_related("department").order_by("-filed_under", "-id")
    if not filters.with_cancelled:
        found = found.filter(state=EventState.RECORDED)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.department_id:
        found = found.filter(department_id=filters.department_id)
    if filters.first:
        found = found.filter(filed_under__gte=filters.first)
    if filters.last:
        found = found.filter(filed_under__lte=filters.last)
    words = bigrams.query(filters.text)
    if filters.text.strip():
        found = found.annotate(
            hit=RawSQL("programmes_event.search @@ %s::tsquery", [words or "'\u0001'"])
        ).filter(hit=Value(True))
    return found


def events(*, by: Actor, filters: EventFilters, after: str = "", size: int = PAGE) -> Page[Event]:
    """Events, the latest first, a page at a time, with their figures. Two statements."""
    found = _narrowed(by, filters).prefetch_related("figures")
    cursor = decode(after, parts=2)
    if cursor:
        day, last = day_part(cursor[0]), id_part(cursor[1])
        found = found.filter(Q(filed_under__lt=day) | Q(filed_under=day, id__lt=last))
    rows = list(found[: size + 1])
    return cut(rows, size=size, key=lambda row: (row.filed_under.isoformat(), str(row.pk)), after=after)


def every_event(*, by: Actor, filters: EventFilters) -> Iterator[Event]:
    """All events of a list, for the file."""
    yield from _narrowed(by, filters).prefetch_related("figures").iterator(chunk_size=500)


def event_for(event_id: UUID, *, by: Actor) -> Event:
    """One event with its department. Raises Missing where it is not for this actor."""
    found = visible_events(by).select_related("department").filter(pk=event_id).first()
    if found is None:
        raise Missing
    return found


def event_files(event: Event) -> list[EventFile]:
    """The files that stand at an event now."""
    return list(event.files.filter(removed_at__isnull=True).order_by("at", "id"))


def event_versions(event: Event) -> list[EventVersion]:
    """Every version, the newest first."""
    return list(event.versions.order_by("-number"))


def amounts_of(event: Event) -> dict[str, Amount]:
    """The event's numbers by code."""
    return {row.code: Amount(row.value, Mark(row.mark)) for row in event.figures.all()}


def city_choices() -> list[tuple[str, str]]:
    """The cities and prefectures of the province by code."""
    return list(
        Region.objects.filter(parent_id=PROVINCE, level="prefecture")
        .order_by("code")
        .values_list("code", "name")
    )


def _mark(is_about: bool, is_over: bool) -> Mark:
    return Mark.ABOUT if is_about else Mark.OVER if is_over else Mark.EXACT


_TOTALS = """
select e.kind, f.code,
  coalesce(sum(f.value) filter (where e.filed_under between %(first)s and %(last)s), 0),
  coalesce(bool_or(f.mark = 'about') filter (where e.filed_under between %(first)s and %(last)s), false),
  coalesce(bool_or(f.mark = 'over') filter (where e.filed_under between %(first)s and %(last)s), false),
  sum(f.value), bool_or(f.mark = 'about'), bool_or(f.mark = 'over')
from programmes_event e join programmes_eventfigure f on f.event_id = e.id
where e.state = 'recorded' and e.filed_under between %(january)s and %(last)s
  and (%(scope)s::uuid[] is null or e.department_id = any(%(scope)s))
group by 1, 2
"""
_COUNTS = """
select e.kind, count(*) filter (where e.filed_under between %(first)s and %(last)s), count(*)
from programmes_event e
where e.state = 'recorded' and e.filed_under between %(january)s and %(last)s
  and (%(scope)s::uuid[] is null or e.department_id = any(%(scope)s))
group by 1
"""


def _period(first: date, last: date, scope: Sequence[UUID] | None) -> dict[str, object]:
    # A week over the turn of the year is still whole; the year is that of its last day.
    january = min(first, last.replace(month=1, day=1))
    return {"first": first, "last": last, "january": january, "scope": None if scope is None else list(scope)}


def _asked(by: Actor, department_id: UUID | None) -> Sequence[UUID] | None:
    """The department asked for where it is within reach, else all that is."""
    if department_id is not None and by.reaches(department_id):
        return (department_id,)
    return by.scope_departments


def event_totals(
    *, by: Actor, first: date, last: date, department_id: UUID | None = None
) -> list[EventTotal]:
    """Sums by kind and measure for a week and for the year up to its last day. One statement.

    A department sees its own sums only. Measures that do not add up (how many cities took part) are left out.
    """
    by.require(Capability.FIGURES_READ)
    found = sql.rows(_TOTALS, _period(first, last, _asked(by, department_id)))
    made = [
        EventTotal(
            kind, measure, Amount(week, _mark(week_about, week_over)), Amount(year, _mark(about, over))
        )
        for kind, code, week, week_about, week_over, year, about, over in found
        if (measure := MEASURE_BY_CODE.get(code)) is not None and measure.summed
    ]
    order = list(KIND_BY_CODE)
    return sorted(made, key=lambda row: (order.index(row.kind), row.measure.code))


def event_counts(
    *, by: Actor, first: date, last: date, department_id: UUID | None = None
) -> list[EventCount]:
    """How many events of each kind, week and year. One statement."""
    by.require(Capability.FIGURES_READ)
    found = sql.rows(_COUNTS, _period(first, last, _asked(by, department_id)))
    order = list(KIND_BY_CODE)
    return sorted((EventCount(*row) for row in found), key=lambda row: order.index(row.kind))


def offers(first: date, last: date, *, roundly: bool = False) -> list[Offer]:
    """One sentence for each event of a period, and for each department's year sums that the period added to.

    `roundly`: numbers said as 50余 where the register has 52; by default exactly as the register has them.
    """
    found = list(
        Event.objects.filter(state=EventState.RECORDED, filed_under__gte=first, filed_under__lte=last)
        .select_related("department")
        .prefetch_related("figures")
        .defer("search")
        .order_by("filed_under", "id")
    )
    return [_event_offer(event) for event in found] + _year_offers(first, last, roundly)


def _event_offer(event: Event) -> Offer:
    kind, amounts = KIND_BY_CODE[event.kind], amounts_of(event)
    address = f"/desk/programmes/events/{event.pk}"
    department = event.department.short_name
    extra = [_document(event), event.result]
    text = sentence(kind, when(event.on, event.until, event.near), department, event.title, amounts, extra)
    figures = tuple(
        OfferedFigure(
            f"events.{event.kind}.{code}", MEASURE_BY_CODE[code].label, _value(amount.value), MEASURE_BY_CODE[code].unit,
            event.filed_under, shown(amount.value), address,
        )
        for code, amount in amounts.items()
        if code in MEASURE_BY_CODE
    )  # fmt: skip
    return Offer(
        f"event:{event.pk}:{event.edit}", "events", kind.topic.value, text, address, event.filed_under,
        event.department_id, department, figures,
    )  # fmt: skip


def _document(event: Event) -> str:
    """The document that an event published, as a report cites it: 《…》（示例办发〔2026〕2号）."""
    name, number = event.texts.get("document", "").strip("《》"), event.texts.get("number", "")
    if not name or name in event.title:
        return ""
    return f"文件为《{name}》" + (f"（{number}）" if number else "")


_YEAR = """
select e.department_id, e.kind, f.code, sum(f.value), bool_or(f.mark = 'about'), bool_or(f.mark = 'over'), count(*)
from programmes_event e join programmes_eventfigure f on f.event_id = e.id
where e.state = 'recorded' and e.filed_under between %(january)s and %(last)s
group by 1, 2, 3
having count(*) > 1 and bool_or(e.filed_under between %(first)s and %(last)s)
order by 1, 2, 3
"""


def _year_offers(first: date, last: date, roundly: bool) -> list[Offer]:
    names = department_names()
    made = []
    for department, kind, code, value, about, over, count in sql.rows(_YEAR, _period(first, last, None)):
        measure = MEASURE_BY_CODE.get(code)
        if measure is None or not measure.summed:
            continue
        amount = Amount(value, _mark(about, over))
        told = (said_roundly if roundly else said)(amount, measure.unit)
        address = (
            f"/desk/programmes/events?kind={kind}&department={department}&first={last.year}-01-01&last={last}"
        )
        text = f"今年以来，{names[department]}开展{KIND_BY_CODE[kind].label}{count}次，{measure.verb}{told}。"
        figure = OfferedFigure(
            f"events.{kind}.{code}.year_to_date", measure.label, _value(value), measure.unit, last,
            told.removesuffix(measure.unit), address,
        )  # fmt: skip
        made.append(
            Offer(
                f"events:{department}:{kind}:{code}:{last}:{shown(value)}", "events", Topic(KIND_BY_CODE[kind].topic).value,
                text, address, last, department, names[department], (figure,),
            )
        )  # fmt: skip
    return made


def _value(value: Decimal) -> Decimal | int:
    return int(value) if value == int(value) else value
