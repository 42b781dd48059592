"""Reads of the reviews of guides: the list with what is overdue, one review, how many are open."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from yichuang.catalogue.flow.lists import TaskState
from yichuang.catalogue.models import GuideVersion, ReviewTask
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.paging import PAGE, Page, cut, day_part, decode, id_part
from yichuang.kernel.scope import scope, within


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What the list of reviews is narrowed to; none or empty = everything."""

    text: str = ""
    state: str = ""
    overdue: bool = False
    department: UUID | None = None
    mine: bool = False
    listed_in: UUID | None = None
    law: UUID | None = None


def tasks(
    filters: TaskFilter, *, day: date, by: Actor, after: str = "", size: int = PAGE
) -> Page[ReviewTask]:
    """Reviews by due day; staff of a department see their own. One statement."""
    found = _filtered(filters, day, by)
    key = decode(after, parts=2)
    if key:
        day_before, last = day_part(key[0]), id_part(key[1])
        found = found.filter(Q(due_on__gt=day_before) | Q(due_on=day_before, pk__gt=last))
    return cut(
        list(found[: size + 1]), size=size, key=lambda row: (row.due_on.isoformat(), str(row.pk)), after=after
    )


def task_export(filters: TaskFilter, *, day: date, by: Actor) -> QuerySet[ReviewTask]:
    """Every review of a filter."""
    return _filtered(filters, day, by)


def task(task_id: UUID, *, by: Actor) -> ReviewTask:
    """One review with its item, cause and answer. Raises Missing also for another department's."""
    by.require(Capability.CATALOGUE_READ)
    found = _whole().filter(pk=task_id).first()
    if found is None or not by.reaches(found.department_id):
        raise Missing
    return found


def task_counts(*, day: date, by: Actor) -> dict[str, int]:
    """How many reviews are open, overdue, adjusted, not affected. One statement."""
    by.require(Capability.CATALOGUE_READ)
    row = sql.one(
        "select count(*) filter (where state = 'open'), "
        "count(*) filter (where state = 'open' and due_on < %(day)s), "
        "count(*) filter (where state = 'done'), count(*) filter (where state = 'not_affected') "
        "from catalogue_reviewtask where (%(scope)s::uuid[] is null or department_id = any(%(scope)s))",
        {"day": day, **scope(by)},
    )
    assert row is not None
    return dict(zip(("open", "overdue", "done", "not_affected"), row, strict=True))


def answers(one: ReviewTask) -> list[GuideVersion]:
    """The versions that may answer a review: published since it was opened, the newest first."""
    return list(
        GuideVersion.objects.filter(item_id=one.item_id, published_at__gte=one.at)
        .defer("elements")
        .order_by("-number")
    )


def possible_persons(one: ReviewTask) -> list[Account]:
    """Staff who may answer a review: editors of guides of its department, or of every department."""
    return list(
        Account.objects.filter(
            is_active=True, is_staff=True, post__is_active=True,
            post__capabilities__contains=[Capability.CATALOGUE_EDIT.value],
        )
        .filter(Q(post__department_id=one.department_id) | Q(post__everywhere=True))
        .select_related("post__department")
        .order_by("display_name", "id")
    )  # fmt: skip


def _whole() -> QuerySet[ReviewTask]:
    return ReviewTask.objects.select_related(
        "item", "department", "person", "listed_in", "law__text", "version"
    ).defer("item__search", "item__source", "version__elements")


def _filtered(filters: TaskFilter, day: date, by: Actor) -> QuerySet[ReviewTask]:
    by.require(Capability.CATALOGUE_READ)
    found = _whole().order_by("due_on", "id")
    found = found.filter(within(by))
    if filters.department is not None and by.reaches(filters.department):
        found = found.filter(department_id=filters.department)
    if filters.text.strip():
        words = filters.text.strip()
        found = found.filter(Q(item__name__icontains=words) | Q(why__icontains=words))
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.overdue:
        found = found.filter(state=TaskState.OPEN, due_on__lt=day)
    if filters.mine:
        found = found.filter(person_id=by.id)
    if filters.listed_in is not None:
        found = found.filter(listed_in_id=filters.listed_in)
    return found.filter(law_id=filters.law) if filters.law is not None else found
