"""What is shown when something goes wrong before a page could answer."""

import logging
import secrets
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from yichuang.kernel.api import is_api, problem_answer
from yichuang.kernel.errors import Missing, Problem, Refused
from yichuang.kernel.web import Request
from yichuang.workdays.queries import real_now

log = logging.getLogger(__name__)


class Unforeseen(Problem):
    """Our fault: nobody foresaw it."""

    status = 500
    title = "系统出错"


TEMPLATES = {400, 403, 404, 409, 422, 503}


def problem_page(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The page of a problem: what, where, how to mend."""
    if is_api(request):
        return problem_answer(problem)
    status = problem.status if problem.status in TEMPLATES else 400
    return render(request, f"errors/{status}.html", {"problem": problem}, status=problem.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what was sent cannot be read."""
    if is_api(request):
        return problem_answer(Problem("请求无法读取。", how="请检查请求头和内容。"))
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404; the address may not have passed the front door, so the actor is taken as it is."""
    if is_api(request):
        return problem_answer(Missing("没有这个地址。", how="可用的地址见 /api/v1/openapi.json。"))
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. Told plainly, without details, under a number that stands in the log beside the traceback.

    No context processor runs and nothing is read: whatever broke, the database for one, must not break this page.
    """
    incident = secrets.token_hex(4)
    log.error("incident %s at %s", incident, request.path)
    if is_api(request):
        return problem_answer(
            Unforeseen(f"系统出错，编号 {incident}。", how="请用同一个标识稍后重试；没有收到回执就没有收件。")
        )
    shown = {"request": request, "incident": incident, "happened_at": real_now()}
    return HttpResponse(render_to_string("errors/500.html", shown), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is too old, or came from elsewhere."""
    stale = Refused(
        "页面已过期，内容没有提交。", how="请返回上一页刷新后重新提交；浏览器若禁用了 Cookie，请先启用。"
    )
    return problem_page(cast("Request", request), stale)
