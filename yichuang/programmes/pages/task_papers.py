"""Pages of the room: requests for a later day, and the evidence for a task's progress."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.web import Request, needs, post_key
from yichuang.programmes.commands import extensions as commands
from yichuang.programmes.commands import task_editing
from yichuang.programmes.flow.tasks import Verdict
from yichuang.programmes.pages.common import day, text
from yichuang.programmes.pages.files import put_files, sent
from yichuang.programmes.pages.task_page import task_page
from yichuang.programmes.queries import tasks as queries

VERDICTS = {"approve": Verdict.APPROVED, "decline": Verdict.DECLINED}


@needs(Capability.PROGRAMME_KEEP)
@require_POST
def ask(request: Request, programme_task_id: UUID) -> HttpResponse:
    """Ask the centre for a later day."""
    try:
        commands.ask_extension(
            programme_task_id, day(request, "until"), text(request, "words"), by=request.by, at=request.at,
            key=post_key(request),
        )  # fmt: skip
    except Problem as problem:
        if isinstance(problem, Missing):
            raise
        return task_page(request, programme_task_id, problem, "ask")
    messages.success(request, "延期申请已提交，等待中心审批。")
    return HttpResponseRedirect(reverse("programme-task", args=[programme_task_id]))


@needs(Capability.PROGRAMME_MANAGE)
@require_POST
def decide(
    request: Request, programme_task_id: UUID, extension_id: UUID, extension_verdict: str
) -> HttpResponse:
    """Approve or decline a request for a later day."""
    verdict = VERDICTS.get(extension_verdict)
    if verdict is None:
        raise Missing
    try:
        commands.decide_extension(
            programme_task_id, extension_id, verdict is Verdict.APPROVED, text(request, "decision"), by=request.by,
            at=request.at,
        )  # fmt: skip
    except Problem as problem:
        if isinstance(problem, Missing):
            raise
        return task_page(request, programme_task_id, problem, extension_verdict)
    messages.success(request, f"延期申请{verdict.label}，已告知牵头部门。")
    return HttpResponseRedirect(reverse("programme-task", args=[programme_task_id]))


@needs(Capability.PROGRAMME_KEEP)
@require_POST
def add_file(request: Request, programme_task_id: UUID) -> HttpResponse:
    """Put evidence to a task: every file that can be kept is kept."""
    by, at = request.by, request.at
    queries.task_for(programme_task_id, by=by)
    try:
        put_files(
            request, "evidence_files",
            lambda file, key: task_editing.attach_task_file(programme_task_id, file, by=by, at=at, key=key),
        )  # fmt: skip
    except Problem as problem:
        return task_page(request, programme_task_id, problem, "file")
    messages.success(request, "已添加。")
    return HttpResponseRedirect(reverse("programme-task", args=[programme_task_id]))


@needs(Capability.PROGRAMME_KEEP)
@require_POST
def remove_file(request: Request, programme_task_id: UUID, task_file_id: UUID) -> HttpResponse:
    """Take a piece of evidence off a task."""
    task_editing.remove_task_file(programme_task_id, task_file_id, by=request.by, at=request.at)
    messages.success(request, "已移除。")
    return HttpResponseRedirect(reverse("programme-task", args=[programme_task_id]))


@needs(Capability.FIGURES_READ)
@require_safe
def file(request: Request, programme_task_id: UUID, task_file_id: UUID) -> HttpResponse:
    """A piece of evidence, as it was uploaded."""
    found = queries.task_for(programme_task_id, by=request.by)
    for one in queries.task_files(found):
        if one.pk == task_file_id:
            return sent(one.name, one.kind, one.sha256)
    raise Missing("没有找到这个文件。", how="请从任务页面重新打开。")
