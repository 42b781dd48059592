"""Staff: the list, adding somebody, moving to another post, switching off, and setting a new password."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.directory import commands, queries
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Department
from yichuang.directory.pages.departments import within_reach
from yichuang.directory.pages.history import history
from yichuang.kernel.actor import Actor
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Invalid, Missing, Problem
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, posted_uuid

CSV_HEAD = ("账号", "姓名", "部门", "岗位", "状态")
CSV_PAGE = 500


@needs(Capability.DIRECTORY_MANAGE)
@require_safe
def listing(request: Request) -> HttpResponse:
    """Staff within reach by user name."""
    text = clean_text(request.GET.get("q", ""), limit=100)
    page = queries.staff_page(by=request.by, text=text, after=request.GET.get("after", ""))
    asked = {"q": text} if text else {}
    context = {
        "rows": page.rows,
        "q": text,
        "previous": "" if page.is_first else f"?{urlencode(asked)}",
        "following": f"?{urlencode({**asked, 'after': page.following})}" if page.following else "",
    }
    return render(request, "directory/staff.html", context)


@needs(Capability.DIRECTORY_MANAGE)
@require_safe
def listing_csv(request: Request) -> HttpResponseBase:
    """Every member of staff within reach."""
    return csv_response(f"人员-{local_day(request.at)}.csv", CSV_HEAD, _csv(request.by))


def _csv(by: Actor) -> Iterator[tuple[object, ...]]:
    after = ""
    while True:
        page = queries.staff_page(by=by, after=after, size=CSV_PAGE)
        for account in page.rows:
            post = account.post
            assert post is not None
            yield account.username, account.display_name, post.department.name, post.name, state(account)
        after = page.following
        if not after:
            return


def state(account: Account) -> str:
    """Whether somebody can sign in and act."""
    if not account.is_active:
        return "已停用"
    return "在用" if account.post and account.post.is_active else "岗位已停用"


@needs(Capability.DIRECTORY_MANAGE)
@require_http_methods(["GET", "POST"])
def new(request: Request, department_id: UUID) -> HttpResponse:
    """Add somebody to a department."""
    department = within_reach(request, department_id)
    if request.method == "POST":
        return _save(request, department, None)
    return _form(
        request, department, None, {"username": "", "display_name": "", "post": "", "is_active": True}
    )


@needs(Capability.DIRECTORY_MANAGE)
@require_http_methods(["GET", "POST"])
def edit(request: Request, account_id: UUID) -> HttpResponse:
    """Change name and post, or switch the account off."""
    account, department = _within_reach(request, account_id)
    if request.method == "POST":
        return _save(request, department, account)
    given = {
        "username": account.username,
        "display_name": account.display_name,
        "post": str(account.post_id),
        "is_active": account.is_active,
    }
    return _form(request, department, account, given)


def _within_reach(request: Request, account_id: UUID) -> tuple[Account, Department]:
    account = queries.staff_member(account_id)
    if account is None or account.post is None:
        raise Missing
    return account, within_reach(request, account.post.department_id)


def _form(
    request: Request,
    department: Department,
    account: Account | None,
    given: dict[str, Any],
    problem: Problem | None = None,
    *,
    on_password: bool = False,
) -> HttpResponse:
    posts = [each for each in queries.posts() if request.by.reaches(each.department_id)]
    if account is None:
        posts = [post for post in posts if post.department_id == department.pk]
    names = {str(post.pk): f"{post.department.short_name} {post.name}" for post in posts}
    held = given.get("post")
    context = {
        "department": department,
        "account": account,
        "given": given,
        "problem": problem,
        "errors": problem.fields if problem else {},
        "on_password": on_password,
        "posts": [
            (str(post.pk), names[str(post.pk)]) for post in posts if post.is_active or str(post.pk) == held
        ],
        "own": account is not None and account.pk == request.by.id,
        "state": state(account) if account else "",
        "history": history(account.pk, posts=names) if account else [],
    }
    return render(request, "directory/staff_form.html", context, status=problem.status if problem else 200)


def _save(request: Request, department: Department, account: Account | None) -> HttpResponse:
    given: dict[str, Any] = {
        "username": account.username if account else clean_text(request.POST.get("username", ""), limit=100),
        "display_name": clean_text(request.POST.get("display_name", ""), limit=100),
        "post": request.POST.get("post", ""),
        "is_active": account is None or request.POST.get("is_active") == "yes",
    }
    try:
        post_id = posted_uuid(request, "post")
        if post_id is None:
            raise Invalid("人员信息有误，请按提示修改。", fields={"post": "请选择岗位"})
        saved = commands.save_staff(
            username=given["username"], display_name=given["display_name"], post_id=post_id,
            password=request.POST.get("password") or None if account is None else None, is_active=given["is_active"],
            by=request.by, at=request.at, account_id=account.pk if account else None,
        )  # fmt: skip
    except Problem as problem:
        return _form(request, department, account, given, problem)
    messages.success(request, f"已保存人员「{saved.display_name}」。")
    return HttpResponseRedirect(f"/desk/directory/staff/{saved.pk}")


@needs(Capability.DIRECTORY_MANAGE)
@require_POST
def password(request: Request, account_id: UUID) -> HttpResponse:
    """Set a new password for a colleague; nothing else changes."""
    account, department = _within_reach(request, account_id)
    assert account.post_id is not None
    try:
        if not request.POST.get("password"):
            raise Invalid(
                "没有设置新密码。", fields={"password": "请填写新密码，至少 10 个字符，不能全是数字"}
            )
        commands.save_staff(
            username=account.username, display_name=account.display_name, post_id=account.post_id,
            password=request.POST["password"], is_active=account.is_active, by=request.by, at=request.at,
            account_id=account.pk,
        )  # fmt: skip
    except Problem as problem:
        given = {
            "username": account.username,
            "display_name": account.display_name,
            "post": str(account.post_id),
            "is_active": account.is_active,
        }
        return _form(request, department, account, given, problem, on_password=True)
    messages.success(request, f"已为「{account.display_name}」设置新密码，原来的登录全部失效。")
    return HttpResponseRedirect(f"/desk/directory/staff/{account.pk}")
