"""Every write of the room: events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.directory.models import Department, Region
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel import bigrams, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.programmes.commands.common import (
    NewFile,
    check_seen,
    department_of,
    insert,
    one_line,
    raise_for,
    sent_before,
)
from yichuang.programmes.flow.events import (
    KIND_BY_CODE,
    LONGEST_TITLE,
    LONGEST_WORDS,
    MOST_PHOTOS,
    EventState,
    Kind,
)
from yichuang.programmes.models import Event, EventFigure, EventFile, EventVersion
from yichuang.programmes.rules.events import Amount, UnreadableNumberError, read_amount, said, when

LONGEST_NEAR = 20


@dataclass(frozen=True, slots=True)
class EventForm:
    """What is stated about an event. `figures` as typed (52, 6000余, 约300); `near` where no day is known."""

    kind: str
    title: str
    on: date | None = None
    until: date | None = None
    near: str = ""
    words: str = ""
    result: str = ""
    source: str = ""
    department_id: UUID | None = None
    figures: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    regions: Sequence[str] = ()


@keyed("event")
@transaction.atomic
def record_event(form: EventForm, *, by: Actor, at: datetime, key: str) -> UUID:
    """Enter an event in the name of a department; its id. The same key never enters twice.

    Raises Invalid for what is missing or wrong, Missing for a department out of reach.
    """
    by.require(Capability.PROGRAMME_KEEP)
    done = sent_before(Event, key, department="department", reaches=by.reaches)
    if done is not None:
        return done
    department = department_of(form.department_id or by.department_id, reaches=by.reaches)
    kind, amounts = _checked(form, at)
    event = Event(
        id=uuid7(at), department=department, recorded_by_name=by.name, recorded_at=at, key=key, edit=0,
        filed_under=local_day(at),
    )  # fmt: skip
    _state(event, form, kind, by, at)
    insert(event)
    _keep(event, kind, amounts, "登记", by, at)
    return event.pk


@transaction.atomic
def change_event(event_id: UUID, form: EventForm, *, seen: int, by: Actor, at: datetime) -> None:
    """Change an event, over the edit that was on the screen; the version before is kept.

    Raises Missing, Conflict where somebody saved in between or it is cancelled, Invalid.
    """
    by.require(Capability.PROGRAMME_KEEP)
    event = _own(event_id, by)
    _standing(event)
    check_seen(event.edit, seen)
    kind, amounts = _checked(form, at)
    if form.department_id and form.department_id != event.department_id:
        event.department = department_of(form.department_id or by.department_id, reaches=by.reaches)
    _state(event, form, kind, by, at)
    event.save()
    event.figures.all().delete()
    _keep(event, kind, amounts, "修改", by, at)


@transaction.atomic
def cancel_event(event_id: UUID, reason: str, *, by: Actor, at: datetime) -> None:
    """Take an event out of the figures, with the reason; it stays readable. Raises Missing, Conflict, Invalid."""
    by.require(Capability.PROGRAMME_KEEP)
    event = _own(event_id, by)
    _standing(event)
    if not reason.strip():
        raise Invalid("请写明撤销原因。", fields={"reason": "不能为空，如：与另一条重复"})
    event.state, event.reason = EventState.CANCELLED, reason.strip()[:LONGEST_WORDS]
    event.edit, event.changed_by_name, event.changed_at = event.edit + 1, by.name, at
    event.save(update_fields=["state", "reason", "edit", "changed_by_name", "changed_at"])
    before = event.versions.latest("number").stated
    _version(event, before | {"撤销原因": event.reason}, "撤销", by, at)
    _fact(event, "cancelled", by, at)


@keyed("event_file")
@transaction.atomic
def attach_event_file(event_id: UUID, file: NewFile, *, by: Actor, at: datetime, key: str) -> UUID:
    """Put a photo or document to an event; its id. The same key never adds twice. Raises Missing, Conflict."""
    by.require(Capability.PROGRAMME_KEEP)
    event = _own(event_id, by)
    done = sent_before(EventFile, key, department="event__department", reaches=by.reaches)
    if done is not None:
        return done
    _standing(event)
    if event.files.filter(removed_at__isnull=True).count() >= MOST_PHOTOS:
        raise Conflict(f"最多附 {MOST_PHOTOS} 个文件。", how="请先移除不需要的文件。")
    row = EventFile(
        id=uuid7(at), event=event, name=file.name, kind=file.kind, sha256=file.sha256, size=file.size,
        by_name=by.name, at=at, key=key,
    )  # fmt: skip
    insert(row)
    _fact(event, "file_added", by, at)
    return row.pk


@transaction.atomic
def remove_event_file(event_id: UUID, event_file_id: UUID, *, by: Actor, at: datetime) -> None:
    """Take a file off an event; that it was there stays known. Raises Missing, Conflict."""
    by.require(Capability.PROGRAMME_KEEP)
    event = _own(event_id, by)
    _standing(event)
    gone = event.files.filter(pk=event_file_id, removed_at__isnull=True).update(
        removed_at=at, removed_by_name=by.name
    )
    if not gone:
        raise Missing
    _fact(event, "file_removed", by, at)


def _own(event_id: UUID, by: Actor) -> Event:
    found = (
        Event.objects.select_for_update(of=("self",))
        .prefetch_related("department")
        .defer("search")
        .filter(pk=event_id)
        .first()
    )
    if found is None or not by.reaches(found.department_id):
        raise Missing
    return found


def _standing(event: Event) -> None:
    if event.state != EventState.RECORDED:
        raise Conflict("这条活动已撤销，不能再修改。", how="如需恢复，请重新登记。")


def _checked(form: EventForm, at: datetime) -> tuple[Kind, dict[str, Amount]]:
    kind = KIND_BY_CODE.get(form.kind)
    if kind is None:
        raise Invalid("请选择活动类别。", fields={"kind": "请从列表中选择"})
    wrong = _wrong_words(form, kind) | _wrong_days(form, local_day(at))
    amounts: dict[str, Amount] = {}
    for measure in kind.measures:
        typed = form.figures.get(measure.code, "").strip()
        if not typed:
            continue
        try:
            amounts[measure.code] = read_amount(typed, measure.places)
        except UnreadableNumberError as error:
            wrong[f"figure-{measure.code}"] = str(error)
    regions = set(form.regions)
    if regions and Region.objects.filter(pk__in=regions).count() != len(regions):
        wrong["regions"] = "有不认识的市（州），请重新勾选"
    raise_for(wrong)
    if kind.measure("cities") and regions and "cities" not in amounts:
        amounts["cities"] = read_amount(str(len(regions)))
    return kind, amounts


def _wrong_words(form: EventForm, kind: Kind) -> dict[str, str]:
    wrong = {}
    if not one_line(form.title) or len(one_line(form.title)) > LONGEST_TITLE:
        wrong["title"] = f"请用一句话写明做了什么，最多 {LONGEST_TITLE} 字"
    for name in ("words", "result", "source"):
        if len(getattr(form, name)) > LONGEST_WORDS:
            wrong[name] = f"最多 {LONGEST_WORDS} 字"
    for one in kind.texts:
        given = form.texts.get(one.code, "").strip()
        if one.required and not given:
            wrong[f"text-{one.code}"] = f"请填写{one.label}"
        if len(given) > LONGEST_WORDS:
            wrong[f"text-{one.code}"] = f"最多 {LONGEST_WORDS} 字"
    return wrong


def _wrong_days(form: EventForm, today: date) -> dict[str, str]:
    wrong = {}
    if form.on is None and form.until is not None:
        wrong["on"] = "填了结束日期，也请填开始日期"
    if form.on is not None and form.until is not None and form.until < form.on:
        wrong["until"] = "不能早于开始日期"
    last = form.until or form.on
    if last is not None and last > today:
        wrong["until" if form.until else "on"] = "活动还没有举行，请在举行之后登记"
    if form.on is not None and form.on.year < 2000:
        wrong["on"] = "年份有误，请核对"
    if len(form.near.strip()) > LONGEST_NEAR:
        wrong["near"] = f"最多 {LONGEST_NEAR} 字，如：近日"
    return wrong


def _state(event: Event, form: EventForm, kind: Kind, by: Actor, at: datetime) -> None:
    event.kind, event.title = kind.code, one_line(form.title)
    event.on, event.until = form.on, form.until if form.until != form.on else None
    event.near = "" if form.on else one_line(form.near) or "近日"
    event.filed_under = event.until or event.on or event.filed_under
    event.words, event.result, event.source = form.words.strip(), form.result.strip(), form.source.strip()
    given = {one.code: form.texts.get(one.code, "").strip() for one in kind.texts}
    event.texts = {code: text for code, text in given.items() if text}
    event.regions = sorted(set(form.regions)) if kind.with_regions else []
    event.edit, event.changed_by_name, event.changed_at = event.edit + 1, by.name, at


def _keep(event: Event, kind: Kind, amounts: Mapping[str, Amount], act: str, by: Actor, at: datetime) -> None:
    """The numbers, the version, the search document and the fact of one saving."""
    EventFigure.objects.bulk_create(
        EventFigure(id=uuid7(at), event=event, code=code, value=amount.value, mark=amount.mark.value)
        for code, amount in amounts.items()
    )
    content = _content(event, kind, amounts)
    _version(event, content, act, by, at)
    text = bigrams.weighted([(event.title, "A"), (f"{kind.label} {event.department.short_name}", "C"),
                             ("\n".join(content.values()), "D")])  # fmt: skip
    sql.execute(
        "update programmes_event set search = %(text)s::tsvector where id = %(id)s",
        {"text": text, "id": event.pk},
    )
    _fact(event, "recorded" if act == "登记" else "changed", by, at)


def _content(event: Event, kind: Kind, amounts: Mapping[str, Amount]) -> dict[str, str]:
    """Everything that was stated, by label, as people read it."""
    names = dict(Region.objects.filter(pk__in=event.regions).values_list("code", "name"))
    told = {
        "类别": kind.label,
        "部门": _name(event.department),
        "标题": event.title,
        "时间": when(event.on, event.until, event.near),
        **{each.label: said(amounts[each.code], each.unit) for each in kind.measures if each.code in amounts},
        **{each.label: event.texts[each.code] for each in kind.texts if each.code in event.texts},
        "市（州）": "、".join(names[code] for code in event.regions),
        "内容": event.words,
        "成效": event.result,
        "来源": event.source,
    }
    return {label: text for label, text in told.items() if text}


def _name(department: Department) -> str:
    return department.short_name or department.name


def _version(event: Event, content: Mapping[str, str], act: str, by: Actor, at: datetime) -> None:
    EventVersion.objects.create(
        id=uuid7(at),
        event=event,
        number=event.edit,
        act=act,
        content=list(content.items()),
        by_name=by.name,
        at=at,
    )


def _fact(event: Event, name: str, by: Actor, at: datetime) -> None:
    data = {"kind": event.kind, "version": event.edit, "state": event.state}
    record(NewFact(event.pk, "event", f"event.{name}", data, department_id=event.department_id), by=by, at=at)


__all__ = [
    "EventForm",
    "attach_event_file",
    "cancel_event",
    "change_event",
    "record_event",
    "remove_event_file",
]
