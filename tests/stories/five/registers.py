"""The registers filled with the facts of a printed report, all by the commands that the house itself uses.

Nothing of a report stands here: whatever is entered comes from what was read.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from yichuang.catalogue import fixtures
from yichuang.catalogue.commands import publish_manual
from yichuang.catalogue.models import Item, Manual
from yichuang.directory.commands import DepartmentForm, save_department
from yichuang.directory.flow import DepartmentKind
from yichuang.directory.models import Department
from yichuang.directory.queries import actor_named
from yichuang.halls.commands.acts import NewAct, enter
from yichuang.halls.commands.duty import NewVisit, record_visit
from yichuang.halls.commands.rounds import finish_round, start_round
from yichuang.halls.commands.windows import WindowForm, save_window
from yichuang.halls.flow.rounds import Register
from yichuang.halls.flow.windows import ActKind, ConsultWay
from yichuang.halls.models import InspectionTerm
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI
from yichuang.reports.flow import INSPECTION_DEFAULT
from yichuang.reports.rules.reading import ReadReport
from yichuang.reports.rules.reading.report import Scope
from yichuang.statistics import rules
from yichuang.statistics.commands import bring_forward
from yichuang.statistics.flow import GROUPS, LABELS_OF_GROUPS, MANUALS, WINDOW, WINDOW_MEASURES

PROVINCE = "510000000000"
MEASURES = {"受理": "accepted", "办结": "concluded"}
ACTS = {measure.label: measure.code for measure in WINDOW_MEASURES}
# Up to here a printed visit tells who came; what was done and said there goes on behind it.
_CAME = re.compile("值守[^，,。；;]*[，,。；;]")
_COMPILED = re.compile(r"完成(?P<name>[^，。；\d]+?)(?P<count>\d+)个")


def moment(day: date, hour: int = 10) -> datetime:
    """An hour of a day in Shanghai."""
    return datetime.combine(day, time(hour), SHANGHAI)


def days(read: ReadReport) -> tuple[date, date]:
    """The printed period."""
    assert read.period.first is not None
    assert read.period.last is not None
    return read.period.first, read.period.last


def values(read: ReadReport, type_: str, scope: Scope) -> dict[str, Decimal]:
    """The printed figures of a type and scope by the label of their measure."""
    return {each.measure: each.value for each in read.figures if (each.type, each.scope) == (type_, scope)}


def listed_as(name: str) -> str | None:
    """The code of the packaged department that is known by a name."""
    for row in fixtures.departments()[1]:
        known = (row["name"], row["short_name"], *row["short_names"])
        if name in known or f"四川{name}" in known:
            return row["code"]
    return None


def department(name: str) -> Department:
    """The provincial department that a report calls so; made where the directory has none."""
    code = listed_as(name)
    found = Department.objects.filter(region_id=PROVINCE, code=code).first() if code else None
    found = found or Department.objects.filter(region_id=PROVINCE, short_name=name).first()
    if found is not None:
        return found
    number = str(700 + Department.objects.count())
    form = DepartmentForm(
        f"five-{number}", name, name, DepartmentKind.PROVINCIAL, PROVINCE, number_code=number
    )
    return save_department(form, by=actor_named("admin"), at=moment(date(2022, 4, 15)))


def called(name: str, at: datetime) -> Department:
    """The department under exactly this short name: a report of the time prints the name of the time."""
    found = department(name)
    if found.short_name == name:
        return found
    form = DepartmentForm(
        found.code, found.name, name, DepartmentKind.PROVINCIAL, PROVINCE, found.credit_code,
        found.document_word, found.number_code,
    )  # fmt: skip
    return save_department(form, by=actor_named("admin"), at=at, department_id=found.pk)


def fill(read: ReadReport, source: str) -> None:
    """Everything that a printed report states and a register keeps; `source` is named for what is only a total."""
    _totals(read, source)
    _window(read, source)
    _manuals(read)
    _visits(read)
    _round(read)


def _totals(read: ReadReport, source: str) -> None:
    """The totals of the year of the three groups, as published."""
    _, last = days(read)
    for group in GROUPS:
        printed = values(read, LABELS_OF_GROUPS[group], Scope.YEAR_TO_DATE)
        for label, value in printed.items():
            _bring(last, group, MEASURES[label], int(value), source)


def _bring(as_of: date, group: str, measure: str, value: int, source: str) -> None:
    by = actor_named("report.editor")
    bring_forward(
        as_of=as_of, group=group, measure=measure, value=value, is_total=True, source=source, by=by, at=moment(as_of, 20)
    )  # fmt: skip


def _window(read: ReadReport, source: str) -> None:
    """The window's year up to the eve of the period is brought forward; the period's acts are entered day by day."""
    first, last = days(read)
    week = values(read, LABELS_OF_GROUPS[WINDOW], Scope.WEEK)
    if not week:
        return
    year = values(read, LABELS_OF_GROUPS[WINDOW], Scope.YEAR_TO_DATE)
    coordinator = actor_named("coordinator")
    form = WindowForm("A01", "综合窗口", place="一楼综合服务区")
    window = save_window(form, by=coordinator, at=moment(first, 8), key="fivewindow01")
    where = Department.objects.get(region_id=PROVINCE, code="water").pk
    for label, value in week.items():
        kind = ActKind(ACTS[label])
        _bring(first - timedelta(days=1), WINDOW, ACTS[label], int(year[label] - value), source)
        way = ConsultWay.PRESENT if kind is ActKind.CONSULTED else ""
        for day, pieces in spread(int(value), first, last):
            new = NewAct(kind, where, pieces, window_id=window.pk, day=day, source=source, way=way)
            enter(new, by=coordinator, at=moment(last, 18), key=f"five-{kind}-{day}")


def spread(value: int, first: date, last: date) -> Iterator[tuple[date, int]]:
    """A count over the days of a period, unevenly, so that no day could stand for the whole."""
    length = (last - first).days + 1
    for place in range(length):
        pieces = value - value // length * (length - 1) if place == 0 else value // length
        if pieces:
            yield first + timedelta(days=place), pieces


def _manuals(read: ReadReport) -> None:
    """As many handling items as the printed share implies, as many manuals published before and in the period."""
    printed = values(read, LABELS_OF_GROUPS[MANUALS], Scope.TO_DATE)
    if not printed:
        return
    first, _ = days(read)
    in_force, share = int(printed["完成"]), printed["占比"]
    (wanted,) = [n for n in range(in_force, in_force * 4) if rules.share(in_force, n) == share]
    fresh = list(_new_in_the_week(read, moment(first)))
    assert sum(count for _, count in fresh) == int(
        values(read, LABELS_OF_GROUPS[MANUALS], Scope.WEEK)["完成"]
    )
    there = Item.objects.filter(is_active=True, department__kind=DepartmentKind.PROVINCIAL).count()
    water = Department.objects.get(region_id=PROVINCE, code="water").pk
    before = in_force - sum(count for _, count in fresh)
    _publish(_items("old", before, water), moment(first - timedelta(days=30)))
    for body, count in fresh:
        _publish(_items(f"new-{body}", count, body), moment(first, 11))
    _items("without", wanted - there - in_force, water)


def _new_in_the_week(read: ReadReport, at: datetime) -> Iterator[tuple[UUID, int]]:
    """Department and count of the manuals compiled in the period, from the printed sentence."""
    for section in read.sections:
        for text in section.items if "受理手册" in section.heading else ():
            for found in _COMPILED.finditer(text.split("截至")[0]):
                yield called(found["name"], at).pk, int(found["count"])


def _items(name: str, count: int, where: UUID) -> list[Item]:
    at = moment(date(2022, 4, 15))
    return Item.objects.bulk_create(
        Item(
            id=uuid7(at), code=f"five-{name}-{number}", name=f"示例办理项{number}", item_type="01",
            department_id=where, region_id=PROVINCE,
        )
        for number in range(count)
    )  # fmt: skip


def _publish(items: list[Item], at: datetime) -> None:
    by = actor_named("catalogue.publisher")
    Manual.objects.bulk_create(
        Manual(item=item, points=["申请书：签字"], changed_at=at, changed_by_name=by.name) for item in items
    )
    for item in items:
        publish_manual(item.pk, by=by, at=at)


def _visits(read: ReadReport) -> None:
    """Every printed visit with what was said there; one whose day only words tell is entered within the period."""
    first, _ = days(read)
    told = _told(read)
    for place, visit in enumerate(read.visits):
        assert visit.department is not None
        # One after the other: the register keeps the order in which they were entered.
        at = moment(visit.on or first, 16) + timedelta(minutes=place)
        form = NewVisit(
            called(visit.department, at).pk, visit.person, visit.post, on=visit.on,
            on_text="" if visit.on else visit.on_text or "", note=told[place],
        )  # fmt: skip
        record_visit(form, by=actor_named("inspector"), at=at, key=f"five-visit-{place}")


def _told(read: ReadReport) -> list[str]:
    """What the report goes on to tell of each visit: nothing where one sentence lists everybody."""
    items = [text for section in read.sections if "进大厅" in section.heading for text in section.items]
    if len(items) != len(read.visits):
        return [""] * len(read.visits)
    return [said_at(text) for text in items]


def said_at(text: str) -> str:
    """What the words of a visit go on to tell once it is clear who came, without the last full stop."""
    came = _CAME.search(text)
    return text[came.end() :].removesuffix("。") if came else text


def _round(read: ReadReport) -> None:
    """A round that found nothing under the headings for which the report says so."""
    good = {row.heading for row in read.inspection if row.result == INSPECTION_DEFAULT}
    if not good:
        return
    first, _ = days(read)
    terms = {(each.register, each.name): each for each in InspectionTerm.objects.all()}
    by, at = actor_named("inspector"), moment(first, 9)
    made = start_round(terms[Register.KIND, "日常巡查"].pk, by=by, at=at, key="five-round-1")
    codes = [terms[Register.HEADING, heading].code for heading in sorted(good)]
    finish_round(made.pk, codes, ["A01"], "", by=by, at=at + timedelta(minutes=20))
