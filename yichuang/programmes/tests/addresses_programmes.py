"""Samples for the addresses of this room, from the demo: the water department's events and tasks, the radio campaign."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.programmes.flow.tasks import OPEN
from yichuang.programmes.models import (
    Campaign,
    Event,
    EventFile,
    ExtensionRequest,
    Filer,
    Milestone,
    Task,
    TaskFile,
    TaskList,
)

Answer = Callable[[Actor, Samples], int]


def _event() -> Event:
    return Event.objects.filter(department__code="water").order_by("id")[0]


def _task() -> Task:
    return Task.objects.filter(department__code="water", state__in=sorted(OPEN)).order_by("id")[0]


def _campaign() -> Campaign:
    return Campaign.objects.order_by("id")[0]


def _first(found: QuerySet[Filer] | QuerySet[Milestone] | QuerySet[EventFile]) -> UUID:
    """The first row's id; an id that nobody has where there is none."""
    return found.values_list("pk", flat=True).first() or UUID(int=0)


def _object(capability: Capability, department: Callable[[], UUID | None]) -> Answer:
    """404 for another department's people, else what the capability says."""

    def answer(by: Actor, _: Samples) -> int:
        if by.kind == "anonymous":
            return 302
        if not by.can(capability):
            return 403
        return 200 if by.reaches(department()) else 404

    return answer


def _of_event() -> UUID:
    return _event().department_id


def _of_task() -> UUID:
    return _task().department_id


def _campaign_answer(capability: Capability) -> Answer:
    """A campaign is seen by its department, by those that look after a filer, and by the centre."""

    def answer(by: Actor, _: Samples) -> int:
        if by.kind == "anonymous":
            return 302
        if not by.can(capability):
            return 403
        campaign = _campaign()
        reached = {campaign.department_id, *campaign.filers.values_list("department_id", flat=True)}
        return 200 if any(by.reaches(one) for one in reached) else 404

    return answer


def _missing_file(by: Actor, _: Samples) -> int:
    """The demo's events and tasks have no files."""
    return 302 if by.kind == "anonymous" else 404 if by.can(Capability.FIGURES_READ) else 403


READ, KEEP, MANAGE = Capability.FIGURES_READ, Capability.PROGRAMME_KEEP, Capability.PROGRAMME_MANAGE
TABLES = Tables(
    parameters={
        "event_id": lambda _: _event().pk,
        "event_file_id": lambda _: _first(EventFile.objects.all()),
        "programme_task_id": lambda _: _task().pk,
        "task_action": lambda _: "report",
        "task_milestone_id": lambda _: _first(Milestone.objects.filter(task=_task())),
        "task_list_id": lambda _: TaskList.objects.filter(department__code="water").values_list(
            "pk", flat=True
        )[0],
        "extension_id": lambda _: (
            ExtensionRequest.objects.filter(task=_task()).values_list("pk", flat=True).first() or UUID(int=0)
        ),
        "extension_verdict": lambda _: "approve",
        "task_file_id": lambda _: (
            TaskFile.objects.filter(task=_task()).values_list("pk", flat=True).first() or UUID(int=0)
        ),
        "campaign_id": lambda _: _campaign().pk,
        "filer_id": lambda _: _first(Filer.objects.filter(campaign=_campaign())),
    },
    queries={"programme-event-new": "?kind=training"},
    post_only=frozenset(
        {
            "programme-event-cancel",
            "programme-event-file-add",
            "programme-event-file-remove",
            "programme-task-act",
            "programme-task-remind",
            "programme-task-milestone",
            "programme-task-extension",
            "programme-task-extension-decide",
            "programme-task-file-add",
            "programme-task-file-remove",
            "programme-campaign-filer-remove",
            "programme-campaign-close",
            "programme-campaign-report",
            "programme-campaign-remind",
        }
    ),
    answers={
        "programme-event": _object(READ, _of_event),
        "programme-event-edit": _object(KEEP, _of_event),
        "programme-event-file": _missing_file,
        "programme-task": _object(READ, _of_task),
        "programme-task-edit": _object(KEEP, _of_task),
        "programme-task-file": _missing_file,
        "programme-task-new": _object(KEEP, _of_task),
        "programme-campaign": _campaign_answer(READ),
        "programme-campaign-csv": _campaign_answer(READ),
        "programme-campaign-cases": _campaign_answer(Capability.CASE_SEARCH),
        "programme-campaign-act": _campaign_answer(Capability.CASE_ACT_BULK),
        "programme-campaign-edit": _campaign_answer(MANAGE),
        "programme-campaign-filer": _campaign_answer(MANAGE),
    },
    axe={
        "coordinator": lambda _: {
            "events": "/desk/programmes/events",
            "event": f"/desk/programmes/events/{_event().pk}",
            "event form": "/desk/programmes/events/new?kind=training",
            "tasks": "/desk/programmes/tasks",
            "task": f"/desk/programmes/tasks/{_task().pk}",
            "task edit": f"/desk/programmes/tasks/{_task().pk}/edit",
            "campaigns": "/desk/programmes/campaigns",
            "campaign": f"/desk/programmes/campaigns/{_campaign().pk}",
            "campaign form": "/desk/programmes/campaigns/new",
        }
    },
)
