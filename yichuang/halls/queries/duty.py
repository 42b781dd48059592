"""Reads of duty visits, always within the actor's reach: visits, requirements, the year against its plan, the report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from yichuang.directory.models import Department
from yichuang.halls.flow.duty import DUTY_READERS, UNDONE, RequirementRow, RequirementState, requirement_moves
from yichuang.halls.models import DutyPlan, DutyVisit, Requirement
from yichuang.halls.queries.cursors import after_day
from yichuang.halls.rules.duty import Done, PlanState, body_sentence
from yichuang.journal.queries import FactRow, facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing, Refused
from yichuang.kernel.offers import Offer
from yichuang.kernel.paging import PAGE, Page, cut
from yichuang.kernel.scope import within


def may_read_duty(by: Actor) -> bool:
    """Whether the actor has anything to do with duty visits."""
    return any(by.can(each) for each in DUTY_READERS)


def _require_reader(by: Actor) -> None:
    if not may_read_duty(by):
        raise Refused("您的岗位不能查看厅（局）长进大厅登记。", how="请联系本部门管理员核对岗位权限。")


def visible_visits(by: Actor) -> QuerySet[DutyVisit]:
    """The visits in the actor's reach. Raises Refused."""
    _require_reader(by)
    found = DutyVisit.objects.select_related("department")
    return found.filter(within(by))


def visible_requirements(by: Actor) -> QuerySet[Requirement]:
    """The requirements that the actor's department answers for or laid down. Raises Refused."""
    _require_reader(by)
    found = Requirement.objects.select_related("department", "visit__department")
    if by.scope_departments is None:
        return found
    return found.filter(within(by) | within(by, "visit__department_id"))


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """What a list of visits is narrowed to."""

    year: int | None = None
    department: UUID | None = None
    text: str = ""


def visits(asked: VisitFilter, *, by: Actor) -> QuerySet[DutyVisit]:
    """Visits in reach, newest first, narrowed, with the number of requirements and of those not closed."""
    found = visible_visits(by).annotate(
        asked=Count("requirements", filter=~Q(requirements__state=RequirementState.WITHDRAWN)),
        open=Count("requirements", filter=Q(requirements__state__in=[*UNDONE, RequirementState.DONE])),
    )
    if asked.year is not None:
        found = found.filter(day__year=asked.year)
    if asked.department is not None:
        found = found.filter(department_id=asked.department)
    if asked.text:
        found = found.filter(Q(person__icontains=asked.text) | Q(post__icontains=asked.text))
    return found.order_by("-day", "-id")


def counted(row: DutyVisit) -> tuple[int, int]:
    """What `visits` has counted of a visit: requirements laid down, those not closed yet."""
    return vars(row)["asked"], vars(row)["open"]


def visits_page(asked: VisitFilter, *, by: Actor, after: str = "", size: int = PAGE) -> Page[DutyVisit]:
    """Visits a page at a time. One statement."""
    found = visits(asked, by=by)
    cursor = after_day(after)
    if cursor:
        found = found.filter(Q(day__lt=cursor[0]) | Q(day=cursor[0], id__lt=cursor[1]))
    rows = list(found[: size + 1])
    return cut(rows, size=size, key=lambda row: (row.day.isoformat(), str(row.id)), after=after)


def visit_for(visit_id: UUID, *, by: Actor) -> DutyVisit:
    """A visit in reach with its requirements. Raises Missing. Two statements."""
    requirements = Requirement.objects.select_related("department").order_by("position")
    found = (
        visible_visits(by).prefetch_related(Prefetch("requirements", requirements)).filter(pk=visit_id).first()
    )  # fmt: skip
    if found is None:
        raise Missing
    return found


def requirement_for(requirement_id: UUID, *, by: Actor) -> Requirement:
    """A requirement in reach with its notes. Raises Missing. Two statements."""
    found = visible_requirements(by).prefetch_related("notes").filter(pk=requirement_id).first()
    if found is None:
        raise Missing
    return found


def requirement_moves_of(found: Requirement, *, by: Actor) -> list[RequirementRow]:
    """The steps that the actor may take now."""
    return [
        row
        for row in requirement_moves(RequirementState(found.state))
        if by.can(row.capability)
        and by.reaches(found.department_id)
        and not (row.four_eyes and by.id == found.reported_by_id)
    ]


def _requirements(today: date, by: Actor, state: str, overdue: bool) -> QuerySet[Requirement]:
    found = visible_requirements(by)
    if state:
        found = found.filter(state=state)
    if overdue:
        found = found.filter(state__in=UNDONE, due_on__lt=today)
    return found.order_by("due_on", "id")


def export_requirements(today: date, *, by: Actor, state: str, overdue: bool) -> Iterator[Requirement]:
    """All requirements of a list, read piece by piece."""
    return _requirements(today, by, state, overdue).iterator(chunk_size=500)


def requirements_page(
    today: date, *, by: Actor, state: str = "", overdue: bool = False, after: str = "", size: int = PAGE
) -> Page[Requirement]:
    """Requirements, the next due first, a page at a time. One statement."""
    found = _requirements(today, by, state, overdue)
    cursor = after_day(after)
    if cursor:
        found = found.filter(Q(due_on__gt=cursor[0]) | Q(due_on=cursor[0], id__gt=cursor[1]))
    rows = list(found[: size + 1])
    return cut(rows, size=size, key=lambda row: (row.due_on.isoformat(), str(row.id)), after=after)


def requirement_counts(today: date, *, by: Actor) -> dict[str, int]:
    """Requirements in reach by state, and under "overdue" those past their day. One statement."""
    late = Q(state__in=UNDONE, due_on__lt=today)
    made = {"overdue": 0}
    rows = visible_requirements(by).order_by().values_list("state")
    for state, count, overdue in rows.annotate(number=Count("pk"), late=Count("pk", filter=late)):
        made[state] = count
        made["overdue"] += overdue
    return made


def is_requirement_overdue(found: Requirement, today: date) -> bool:
    """Whether the responsible department should have reported by now."""
    return found.state in UNDONE and found.due_on < today


@dataclass(frozen=True, slots=True)
class DepartmentYear:
    """A department's year: the plan where there is one, the visits made."""

    department: Department
    plan: DutyPlan | None
    state: PlanState


def year_by_department(year: int, *, by: Actor) -> list[DepartmentYear]:
    """Departments in reach with a plan or a visit in the year, those furthest behind first. Three statements."""
    _require_reader(by)
    plans = {plan.department_id: plan for plan in DutyPlan.objects.filter(year=year)}
    counted = DutyVisit.objects.filter(day__year=year, cancelled_reason="").order_by()
    done = dict(counted.values_list("department_id").annotate(Count("pk")))
    known = Department.objects.filter(pk__in=set(plans) | set(done)).order_by("code")
    rows = [
        DepartmentYear(each, plans.get(each.pk), _state(plans.get(each.pk), done.get(each.pk, 0)))
        for each in known
        if by.reaches(each.pk)
    ]
    return sorted(rows, key=lambda row: -row.state.missing)


def _state(plan: DutyPlan | None, done: int) -> PlanState:
    return PlanState(plan.visits if plan else None, done)


def plan_history(plan: DutyPlan) -> list[FactRow]:
    """What a plan was, and who changed it when, newest first."""
    return facts_of(plan.pk)[::-1]


@dataclass(frozen=True, slots=True)
class VisitForReport:
    """A visit as a report writes it. `on_text` is empty where there is a day."""

    id: UUID
    on: date | None
    on_text: str
    person: str
    post: str
    department: str
    body: str
    address: str
    department_id: UUID


def visits_between(first: date, last: date) -> list[VisitForReport]:
    """The visits of a period in their order, with the sentence on what was done and asked for. Two statements.

    A visit whose day only words tell counts on the day on which it was entered.
    """
    standing = Requirement.objects.exclude(state=RequirementState.WITHDRAWN).order_by("position")
    found = (
        DutyVisit.objects.filter(day__range=(first, last), cancelled_reason="").select_related("department")
        .prefetch_related(Prefetch("requirements", standing)).order_by("day", "id")
    )  # fmt: skip
    return [_for_report(row) for row in found]


def _for_report(row: DutyVisit) -> VisitForReport:
    done = Done(len(row.cases), row.certificates, row.consultations)
    body = body_sentence(done, row.note, [each.words for each in row.requirements.all()])
    return VisitForReport(
        row.id, row.on, row.on_text, row.person, row.post, row.department.short_name, body,
        f"/desk/hall/duty/visits/{row.id}", row.department_id,
    )  # fmt: skip


def offers(first: date, last: date) -> list[Offer]:
    """A sentence for every visit of the period."""
    return [
        Offer(
            key=f"duty.{visit.id}", register="厅（局）长进大厅", topic="visits", text=_sentence(visit),
            address=visit.address, day=visit.on, department_id=visit.department_id, department=visit.department,
        )
        for visit in visits_between(first, last)
    ]  # fmt: skip


def _sentence(visit: VisitForReport) -> str:
    when = f"{visit.on.month}月{visit.on.day}日" if visit.on else visit.on_text
    return f"{when}，{visit.department}{visit.post}{visit.person}到大厅窗口值守。{visit.body}"
