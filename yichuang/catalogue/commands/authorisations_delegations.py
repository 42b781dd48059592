"""Delegation of items to parks and districts (集成授权、下放、委托): given within a scope and dates, ended with a reason."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.catalogue.commands.authorisations import may_register
from yichuang.catalogue.commands.guides import tell
from yichuang.catalogue.flow import DelegationKind, DelegationLevel
from yichuang.catalogue.models import Delegation, Item
from yichuang.catalogue.rules.authorisations import faults, out_of_order, speaks_for
from yichuang.directory.flow import Capability
from yichuang.directory.models import Region
from yichuang.journal.commands import keyed
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day


@dataclass(frozen=True, slots=True)
class DelegationForm:
    """What is typed of a delegation. `region`: a division's code, or empty for a named park in `receiver`."""

    kind: str
    level: str
    region: str
    receiver: str
    scope: str
    from_day: date | None
    until_day: date | None
    document_number: str
    address: str = ""
    basis: str = ""


@keyed("delegation")
def delegate(item_id: UUID, form: DelegationForm, *, by: Actor, at: datetime, key: str) -> Delegation:
    """Register that somebody else handles an item; the same key again gives the same row.

    Raises Missing (item), Refused (another department's), Invalid (fields), Conflict where the same receiver already
    has the item on these days.
    """
    by.require(Capability.CATALOGUE_AUTHORISE)
    with transaction.atomic():
        item = (
            Item.objects.select_for_update(of=("self",))
            .prefetch_related("department")
            .defer("search")
            .filter(pk=item_id)
            .first()
        )
        if item is None:
            raise Missing
        may_register(item, by)
        earlier = Delegation.objects.filter(key=key, item=item).first()
        if earlier is not None:
            return earlier
        region = Region.objects.filter(pk=form.region).first() if form.region else None
        receiver = form.receiver.strip() or (region.name if region else "")
        from_day = _checked(form, region, receiver, item, by)
        _not_twice(item, receiver, from_day, form.until_day)
        made = Delegation.objects.create(
            id=uuid7(at), item=item, department_id=item.department_id, kind=form.kind, level=form.level,
            region=region, receiver=receiver, scope=form.scope.strip(), address=form.address.strip(),
            from_day=from_day, until_day=form.until_day, document_number=form.document_number.strip(),
            basis=form.basis.strip(), at=at, by_name=by.name, key=key,
        )  # fmt: skip
        data = {
            "delegation": made.pk, "kind": made.kind, "level": made.level, "receiver": receiver,
            "from_day": from_day, "until_day": made.until_day, "document_number": made.document_number,
        }  # fmt: skip
        tell(item, "item.delegated", data, by=by, at=at)
        return made


def end_delegation(
    delegation_id: UUID, *, until_day: date | None, reason: str, by: Actor, at: datetime
) -> Delegation:
    """End a delegation with a last day and a reason. Raises Missing, Refused, Conflict (ended), Invalid (fields)."""
    by.require(Capability.CATALOGUE_AUTHORISE)
    with transaction.atomic():
        row = (
            Delegation.objects.select_for_update(of=("self",))
            .prefetch_related("item")
            .filter(pk=delegation_id)
            .first()
        )
        if row is None:
            raise Missing
        may_register(row.item, by)
        today = local_day(at)
        if row.ended_at is not None or (row.until_day is not None and row.until_day < today):
            raise Conflict(f"这项授权已于 {row.until_day} 结束。", how="请刷新页面查看。")
        wrong = {} if reason.strip() else {"reason": "请写明结束的理由"}
        if until_day is None or until_day < max(row.from_day, today):
            wrong["until_day"] = "请填写今天或者以后的日期，且不早于生效日"
        elif row.until_day is not None and until_day > row.until_day:
            wrong["until_day"] = f"不能晚于原定的最后一日 {row.until_day}"
        if wrong:
            raise Invalid("结束授权的内容不完整。", fields=wrong)
        row.until_day, row.ended_reason = until_day, reason.strip()
        row.ended_at, row.ended_by_name = at, by.name
        row.save()
        data = {"delegation": row.pk, "receiver": row.receiver, "until_day": until_day}
        tell(row.item, "item.delegation_ended", data, by=by, at=at, ground=reason.strip())
        return row


def _checked(form: DelegationForm, region: Region | None, receiver: str, item: Item, by: Actor) -> date:
    wrong = faults(
        (form.kind not in set(DelegationKind), "kind", "请选择授权方式"),
        (form.level not in set(DelegationLevel), "level", "请选择授权层级"),
        (bool(form.region) and region is None, "region", "没有这个行政区划，请从列表中选择"),
        (not receiver, "receiver", "请选择行政区划，或者填写园区全称"),
        (not form.scope.strip(), "scope", "请写明授权范围，例如：本园区内企业的新办、变更"),
        (form.from_day is None, "from_day", "请填写生效日"),
        (out_of_order(form.from_day, form.until_day), "until_day", "最后一日不能早于生效日"),
        (not form.document_number.strip(), "document_number", "请填写授权文件的文号"),
        (
            not form.basis.strip() and not speaks_for(by, item.department_id),
            "basis",
            "代部门登记须写明部门的书面依据",
        ),
    )
    if wrong:
        raise Invalid("授权的内容不完整。", how="请按提示修改后再提交。", fields=wrong)
    assert form.from_day is not None
    return form.from_day


def _not_twice(item: Item, receiver: str, from_day: date, until_day: date | None) -> None:
    for row in Delegation.objects.filter(item=item, receiver=receiver):
        ends_before = row.until_day is not None and row.until_day < from_day
        begins_after = until_day is not None and until_day < row.from_day
        if not (ends_before or begins_after):
            raise Conflict(
                f"{receiver}已有此事项的授权（{row.document_number}，自 {row.from_day} 起）。",
                how="请先结束原有授权，或者改日期后再登记。",
            )
