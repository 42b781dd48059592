"""The register of systems that report, and what their own codes mean here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Department
from yichuang.directory.queries import actor_of
from yichuang.exchange.models import Mapping, System
from yichuang.exchange.rules.lines import CODE as CODE_OF_LINE
from yichuang.journal.commands import NewFact, is_used, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7

CODE = re.compile(r"[a-z][a-z0-9-]{1,31}")
FOLDER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
MOST_ITEMS = 5_000


@dataclass(frozen=True, slots=True)
class SystemForm:
    """What is entered about a system. `items` are codes; none: all items of the departments."""

    code: str
    name: str
    departments: Sequence[UUID]
    contact: str
    account_id: UUID | None
    items: Sequence[str] = field(default_factory=list)
    folder: str = ""
    reports_limits: bool = False
    regional: bool = False
    is_active: bool = True


@keyed("exchange-system")
@transaction.atomic
def register_system(form: SystemForm, *, by: Actor, at: datetime, key: str) -> UUID:
    """Enter a system. Raises Refused, Invalid (fields), Conflict for a code, an account or a folder that another has."""
    _check(form, by)
    if is_used("exchange-system", key):
        return System.objects.values_list("pk", flat=True).get(code=form.code)
    made = System(id=uuid7(at), made_at=at)
    _fill(made, form, by, at)
    _save(made, new=True)
    _fact(made, "exchange_system.registered", by, at)
    return made.pk


@transaction.atomic
def change_system(system_id: UUID, form: SystemForm, *, seen: int, by: Actor, at: datetime) -> UUID:
    """Change a system: what it has reported stays. Raises Refused, Missing, Invalid, Conflict where somebody was faster."""
    _check(form, by)
    found = System.objects.select_for_update().filter(pk=system_id).first()
    if found is None or not _within(found.departments, by):
        raise Missing
    if found.code != form.code:
        raise Invalid("代号不能修改。", fields={"code": "已报送的内容以代号记账，不能修改"})
    before = _said(found)
    _fill(found, form, by, at)
    if _said(found) == before:
        return found.pk
    if seen != found.edit:
        raise Conflict("这个系统刚刚被别人修改。", how="请核对后再保存，您填写的内容没有丢失。")
    found.edit += 1
    _save(found, new=False)
    _fact(found, "exchange_system.changed", by, at)
    return found.pk


def _within(departments: Sequence[UUID], by: Actor) -> bool:
    return all(by.reaches(one) for one in departments)


def _check(form: SystemForm, by: Actor) -> None:
    by.require(Capability.EXCHANGE_MANAGE)
    wrong: dict[str, str] = {}
    if not CODE.fullmatch(form.code):
        wrong["code"] = "应为 2 至 32 个小写字母、数字、横线，以字母开头，例如：water-platform"
    if not form.name or len(form.name) > 100:
        wrong["name"] = "请填写系统名称，不超过 100 个字"
    if not form.contact or len(form.contact) > 200:
        wrong["contact"] = "请填写联系人和联系方式，不超过 200 个字"
    if form.folder and not FOLDER.fullmatch(form.folder):
        wrong["folder"] = "应为小写字母、数字、点、横线，不含斜线"
    wrong |= _check_reach(form, by)
    if wrong:
        raise Invalid("系统信息有误，请按提示修改。", fields=wrong)


def _check_reach(form: SystemForm, by: Actor) -> dict[str, str]:
    wrong: dict[str, str] = {}
    known = set(Department.objects.filter(pk__in=form.departments).values_list("pk", flat=True))
    if not form.departments or not known >= set(form.departments) or not _within(form.departments, by):
        wrong["departments"] = "请选择至少一个部门"
    if len(form.items) > MOST_ITEMS:
        wrong["items"] = f"最多 {MOST_ITEMS} 个事项；整个部门的事项都报送时请留空"
    else:
        wrong |= _check_items(form)
    found = Account.objects.filter(is_staff=True, is_active=True)
    account = found.filter(pk=form.account_id).first() if form.account_id else None
    if account is None or account.has_usable_password():
        wrong["account"] = "请选择一个不设密码的服务账号"
    elif not actor_of(account.pk).can(Capability.EXCHANGE_REPORT):
        wrong["account"] = f"这个账号的岗位没有“{Capability.EXCHANGE_REPORT.label}”的权限"
    return wrong


def _check_items(form: SystemForm) -> dict[str, str]:
    own = set(
        Item.objects.filter(code__in=form.items, department__in=form.departments).values_list(
            "code", flat=True
        )
    )
    strange = [code for code in form.items if code not in own]
    if not strange:
        return {}
    return {"items": f"不是这些部门的事项：{'、'.join(strange[:5])}{'等' if len(strange) > 5 else ''}"}


def _fill(system: System, form: SystemForm, by: Actor, at: datetime) -> None:
    system.code, system.name, system.contact = form.code, form.name, form.contact
    system.departments, system.items = sorted(set(form.departments)), sorted(set(form.items))
    assert form.account_id is not None
    system.account_id, system.folder = form.account_id, form.folder
    system.reports_limits, system.regional = form.reports_limits, form.regional
    system.is_active = form.is_active
    system.changed_at, system.changed_by_name = at, by.name


def _said(system: System) -> dict[str, object]:
    """What a fact tells of a system: no names of people."""
    return {
        "code": system.code, "name": system.name, "departments": list(system.departments), "items": list(system.items),
        "account": system.account_id, "folder": system.folder, "limits": system.reports_limits, "regional": system.regional,
        "active": system.is_active, "contact": system.contact,
    }  # fmt: skip


def _save(system: System, *, new: bool) -> None:
    try:
        with transaction.atomic():
            system.save(force_insert=new)
    except IntegrityError as error:
        raise Conflict(
            "代号、服务账号或者文件夹已被另一个系统使用。", how="请换一个；每个系统用各自的账号和文件夹。"
        ) from error


def _fact(system: System, kind: str, by: Actor, at: datetime) -> None:
    data = {name: value for name, value in _said(system).items() if name != "contact"}
    record(NewFact(system.pk, "exchange_system", kind, data), by=by, at=at)


@keyed("exchange-mapping")
@transaction.atomic
def add_mapping(
    system_id: UUID, sort: str, code: str, target: str, *, by: Actor, at: datetime, key: str
) -> UUID:  # fmt: skip
    """Say what a system's own code of an item or of a department means here. Raises Refused, Missing, Invalid, Conflict."""
    by.require(Capability.EXCHANGE_MANAGE)
    system = System.objects.filter(pk=system_id).first()
    if system is None or not _within(system.departments, by):
        raise Missing
    meant = _meant(system, sort, target)
    readable = CODE_OF_LINE.fullmatch(code) is not None
    if not readable or meant is None:
        wrong = {} if meant else {"target": "不是这个系统可以报送的事项或部门"}
        raise Invalid(
            "对照有误，请按提示修改。",
            fields=wrong
            | ({} if readable else {"code": "请填写系统自己的编码，1 至 64 个字母、数字、点、横线"}),
        )
    if is_used("exchange-mapping", key):
        return Mapping.objects.values_list("pk", flat=True).get(system=system, sort=sort, code=code)
    made = Mapping(id=uuid7(at), system=system, sort=sort, code=code, target=meant, at=at, by_name=by.name)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("这个编码已有对照。", how="请先在对照表中核对。") from error
    data = {"sort": sort, "code": code, "target": meant}
    record(NewFact(system.pk, "exchange_system", "exchange_system.mapped", data), by=by, at=at)
    return made.pk


def _meant(system: System, sort: str, target: str) -> UUID | None:
    if sort == "item":
        found = (
            Item.objects.filter(code=target, department__in=system.departments)
            .values_list("pk", "code")
            .first()
        )
        return found[0] if found and (not system.items or found[1] in system.items) else None
    if sort == "department":
        return (
            Department.objects.filter(code=target, pk__in=system.departments)
            .values_list("pk", flat=True)
            .first()
        )
    return None
