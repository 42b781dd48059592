"""Pages of the room: one task with everything that may be done to it now, and what was done."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from yichuang.directory.flow import Capability
from yichuang.intake.pages.drafting import ACCEPT, MEGABYTES
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.web import Request
from yichuang.programmes.flow.tasks import (
    LEVELS,
    OPEN,
    TASK_TONES,
    UNFINISHED,
    TaskAction,
    TaskState,
    Verdict,
)
from yichuang.programmes.models import Task
from yichuang.programmes.pages.common import show, today_of, typed
from yichuang.programmes.pages.files import PICTURES
from yichuang.programmes.queries import tasks as queries
from yichuang.programmes.rules.events import with_changes


def task_page(
    request: Request, task_id: UUID, problem: Problem | None = None, acting: str = ""
) -> HttpResponse:
    """One task; with a problem, what was typed in the form `acting`."""
    found, today = queries.task_for(task_id, by=request.by), today_of(request)
    versions = queries.task_versions(found)
    context = {
        "task": found,
        "light": queries.row_of(found, today).light,
        "state": TaskState(found.state),
        "tone": TASK_TONES[TaskState(found.state)],
        "cooperating": queries.cooperating_names(found),
        "milestones": list(found.milestones.all()),
        "moves": queries.task_moves(found, by=request.by),
        "steps": [(step, TaskAction(step.action).label) for step in queries.task_steps(found)],
        "reminders": [(one, LEVELS[one.level - 1]) for one in found.reminders.order_by("-on")],
        "files": queries.task_files(found),
        "pictures": PICTURES,
        "accept": ACCEPT,
        "megabytes": MEGABYTES,
        "versions": with_changes(versions),
        **_extensions(request, found),
        **_rights(request, found),
        "acting": acting,
        "given": typed(request) if problem else {},
        "key": client_key(),
    }
    return show(request, "task", context, problem)


def _rights(request: Request, found: Task) -> dict[str, bool]:
    """What the actor may do to the task beside the moves of the table."""
    by, open_now = request.by, found.state in OPEN
    keeps = by.reaches(found.department_id) and by.can(Capability.PROGRAMME_KEEP)
    lists = by.reaches(found.list.department_id) and by.can(Capability.PROGRAMME_KEEP)
    return {
        "may_remind": open_now and by.reaches(found.department_id) and by.can(Capability.PROGRAMME_MANAGE),
        "may_reach": open_now and keeps,
        "may_attach": found.state in UNFINISHED and keeps,
        "may_edit": found.state in UNFINISHED and lists,
    }


def _extensions(request: Request, found: Task) -> dict[str, Any]:
    """The requests for a later day, the open one, and whether the actor may ask or decide."""
    by = request.by
    asked = queries.extension_requests(found)
    waiting = next((one for one in asked if one.verdict == Verdict.OPEN), None)
    reaches, open_now = by.reaches(found.department_id), found.state in OPEN
    return {
        "extensions": [(one, Verdict(one.verdict).label) for one in asked],
        "waiting": waiting,
        "may_ask": open_now and reaches and waiting is None and by.can(Capability.PROGRAMME_KEEP),
        "may_decide": open_now
        and reaches
        and waiting is not None
        and by.can(Capability.PROGRAMME_MANAGE)
        and (by.id is None or by.id != waiting.asked_by),
    }
