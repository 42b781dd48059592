"""Writes of the directory. Every change of rights leaves a fact on the subject that it changes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability, DepartmentKind
from yichuang.directory.models import Account, Department, Post, Region
from yichuang.directory.queries import beyond
from yichuang.journal.commands import NewFact, record
from yichuang.kernel import identifiers
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7

LONGEST_CODE = 32
NUMBER_CODE = re.compile(r"[0-9]{3,4}")
USERNAME = re.compile(r"[A-Za-z0-9._-]{2,64}")
FIRST_FREE_NUMBER = 500


@dataclass(frozen=True, slots=True)
class DepartmentForm:
    """What an administrator states about a department."""

    code: str
    name: str
    short_name: str
    kind: DepartmentKind
    region: str
    credit_code: str = ""
    document_word: str = ""
    number_code: str = ""
    is_active: bool = True


@transaction.atomic
def save_department(
    form: DepartmentForm, *, by: Actor, at: datetime, department_id: UUID | None = None
) -> Department:
    """Create or change a department. Only who reaches every department may create one.

    Raises Invalid for an empty name, an unknown region or a bad credit code, Conflict for a code or a number in
    use, Missing for a department that is not there or not within reach.
    """
    by.require(Capability.DIRECTORY_MANAGE)
    if department_id is None and not by.everywhere:
        raise Refused("您只能管理本部门，不能新增部门。", how="请由中心的管理员新增。")
    if department_id is not None and not by.reaches(department_id):
        raise Missing
    _check_department(form)
    values = {
        "code": form.code.strip(),
        "name": form.name.strip(),
        "short_name": form.short_name.strip() or form.name.strip(),
        "kind": form.kind,
        "region_id": form.region,
        "credit_code": form.credit_code.strip(),
        "document_word": form.document_word.strip(),
        "number_code": form.number_code or _number_code(form.region, department_id),
        "is_active": form.is_active,
    }
    try:
        with transaction.atomic():
            if department_id is None:
                made = Department.objects.create(id=uuid7(at), **values)
            else:
                if not Department.objects.filter(pk=department_id).update(**values):
                    raise Missing
                made = Department.objects.get(pk=department_id)
    except IntegrityError as error:
        if "department_number_once_a_region" in str(error):
            used = {"number_code": "编号段已被使用，请换一个或留空由系统编排"}
            raise Conflict("同一区划内已有这个编号段。", fields=used) from error
        raise Conflict("同一区划内已有这个部门编码。", fields={"code": "编码已被使用，请换一个"}) from error
    kind = "department.added" if department_id is None else "department.changed"
    data = {**values, "kind": str(form.kind)}
    record(NewFact(made.id, "department", kind, data, department_id=made.id), by=by, at=at)
    return made


def _number_code(region: str, department_id: UUID | None) -> str:
    """The department's number, or the next free one from 500 for a department that brings none."""
    known = Department.objects.filter(region_id=region)
    kept = None if department_id is None else Department.objects.filter(pk=department_id).first()
    if kept is not None:
        return kept.number_code
    taken = {int(code) for code in known.values_list("number_code", flat=True)}
    return str(next(number for number in range(FIRST_FREE_NUMBER, 10_000) if number not in taken))


def _check_department(form: DepartmentForm) -> None:
    wrong = _wrong_codes(form)
    if not form.name.strip():
        wrong["name"] = "请填写部门全称，例如：水利厅"
    if form.kind not in set(DepartmentKind):
        wrong["kind"] = "请选择性质"
    if not Region.objects.filter(pk=form.region).exists():
        wrong["region"] = "没有这个区划代码，应为 12 位数字，例如：510000000000"
    if wrong:
        raise Invalid("部门信息有误，请按提示修改。", fields=wrong)


def _wrong_codes(form: DepartmentForm) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not 1 <= len(form.code.strip()) <= LONGEST_CODE:
        wrong["code"] = f"请填写部门编码，不超过 {LONGEST_CODE} 个字符，例如：water"
    if form.number_code and not NUMBER_CODE.fullmatch(form.number_code):
        wrong["number_code"] = "办件编号中的部门段应为 3 至 4 位数字，例如：119"
    if form.credit_code.strip():
        verdict = identifiers.check(form.credit_code.strip(), "uscc")
        if verdict.verdict == "invalid":
            wrong["credit_code"] = "；".join(verdict.reasons)
    return wrong


@transaction.atomic
def save_post(
    *,
    department_id: UUID,
    name: str,
    capabilities: Iterable[str],
    everywhere: bool,
    reach_region: bool = False,
    clearance: int = 0,
    is_active: bool = True,
    by: Actor,
    at: datetime,
    post_id: UUID | None = None,
) -> Post:
    """Create or change a post and its capabilities. A post stays in its department.

    Nobody changes the own post, and nobody gives a reach or a clearance beyond the own one (who reaches every
    department gives any clearance). Raises Invalid, Refused, Missing or Conflict.
    """
    by.require(Capability.DIRECTORY_MANAGE)
    before = None if post_id is None else Post.objects.filter(pk=post_id, department_id=department_id).first()
    if not by.reaches(department_id) or (post_id is not None and before is None):
        raise Missing
    if before is not None and by.id and Account.objects.filter(pk=by.id, post_id=before.pk).exists():
        raise Refused("不能修改自己所在岗位的权限。", how="请由另一位管理员修改。")
    chosen = _check_post(department_id, name, capabilities)
    post = before or Post(id=uuid7(at), department_id=department_id)
    values = {
        "name": name.strip(), "capabilities": chosen, "everywhere": everywhere,
        "reach_region": reach_region and not everywhere, "clearance": clearance, "is_active": is_active,
    }  # fmt: skip
    if beyond(before, by=by):
        raise Refused("这个岗位的范围或涉密级别超过您的权限，您不能修改。", how="请由中心的管理员修改。")
    for field, value in values.items():
        setattr(post, field, value)
    if beyond(post, by=by):
        raise Refused("您不能授予超过自己范围或涉密级别的权限。", how="请由中心的管理员授予。")
    try:
        with transaction.atomic():
            post.save(force_insert=before is None)
    except IntegrityError as error:
        raise Conflict("本部门已有同名岗位。", fields={"name": "岗位名称已被使用"}) from error
    kind = "post.added" if post_id is None else "post.changed"
    record(NewFact(post.id, "post", kind, dict(values), department_id=department_id), by=by, at=at)
    return post


def _check_post(department_id: UUID, name: str, capabilities: Iterable[str]) -> list[str]:
    if not Department.objects.filter(pk=department_id).exists():
        raise Missing
    chosen = sorted(set(capabilities))
    wrong: dict[str, str] = {}
    if not name.strip():
        wrong["name"] = "请填写岗位名称，例如：审查岗"
    if set(chosen) - {str(capability) for capability in Capability}:
        wrong["capabilities"] = "权限只能从列表中选择"
    if wrong:
        raise Invalid("岗位信息有误，请按提示修改。", fields=wrong)
    return chosen


@transaction.atomic
def save_staff(
    *,
    username: str,
    display_name: str,
    post_id: UUID,
    password: str | None,
    is_active: bool = True,
    by: Actor,
    at: datetime,
    account_id: UUID | None = None,
) -> Account:
    """Create or change a member of staff; a user name never changes. Raises Invalid, Refused, Missing or Conflict.

    Nobody changes the own post or password here, or switches off the own account: rights need a second person. Both the
    post that is left and the one that is taken must be within the actor's reach.
    """
    by.require(Capability.DIRECTORY_MANAGE)
    if account_id is not None and account_id == by.id:
        raise Refused("不能修改自己的岗位或停用自己的账号。", how="请由另一位管理员修改。")
    account = _staff_account(account_id, username.strip(), at, by)
    post = Post.objects.filter(pk=post_id).first()
    if post is None or not by.reaches(post.department_id) or beyond(post, by=by):
        raise Missing("没有这个岗位，或者您无权安排人员到这个岗位。", how="请重新选择岗位。")
    account.display_name, account.post_id, account.is_active = display_name.strip(), post_id, is_active
    _check_staff(account, password)
    if password:
        account.set_password(password)
    elif account_id is None:
        account.set_unusable_password()
    try:
        with transaction.atomic():
            account.save(force_insert=account_id is None)
    except IntegrityError as error:
        raise Conflict("这个账号名已被使用。", fields={"username": "账号名已被使用，请换一个"}) from error
    kind = "staff.added" if account_id is None else "staff.changed"
    data = {"post": str(post_id), "is_active": is_active, "password_set": bool(password)}
    record(NewFact(account.id, "staff", kind, data, department_id=post.department_id), by=by, at=at)
    return account


def _staff_account(account_id: UUID | None, username: str, at: datetime, by: Actor) -> Account:
    if account_id is None:
        return Account(id=uuid7(at), username=username, is_staff=True)
    account = Account.objects.filter(pk=account_id, is_staff=True).select_related("post").first()
    if account is None or account.post is None or not by.reaches(account.post.department_id):
        raise Missing
    if beyond(account.post, by=by):
        raise Refused("您无权修改岗位范围或涉密级别超过您的人员。", how="请由中心的管理员修改。")
    return account


def _check_staff(account: Account, password: str | None) -> None:
    wrong: dict[str, str] = {}
    if not USERNAME.fullmatch(account.username):
        wrong["username"] = "账号为 2 至 64 个字母、数字、点、横线或下划线，例如：shuili.shencha1"
    if not account.display_name:
        wrong["display_name"] = "请填写姓名"
    if password:
        try:
            validate_password(password, account)
        except ValidationError as error:
            wrong["password"] = "".join(str(message) for message in error.messages)
    if wrong:
        raise Invalid("人员信息有误，请按提示修改。", fields=wrong)
