"""Authorisation of the one-stop window (事项授权): given from a day by a document, withdrawn from a day with a reason.

The register keeps every row; a fact on the item says who did it and when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from yichuang.catalogue.commands.guides import tell
from yichuang.catalogue.models import Authorisation, Item
from yichuang.catalogue.rules.authorisations import speaks_for
from yichuang.directory.flow import Capability
from yichuang.journal.commands import keyed
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

MOST_AT_ONCE = 500
LONGEST_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class AuthorisationForm:
    """What is typed of an authorisation. `basis`: the department's written word, asked of whoever is not of it."""

    from_day: date | None
    document_number: str
    basis: str = ""


@keyed("authorisation")
def authorise(
    item_ids: Sequence[UUID], form: AuthorisationForm, *, by: Actor, at: datetime, key: str
) -> list[Authorisation]:
    """Authorise the window to accept these items; all of them or none.

    Staff of the item's department act on their own; staff who reach every department must name the department's
    written word (`basis`). The same key again gives what it gave before. Raises Invalid (fields), Refused for another
    department's item, Conflict where an item is authorised already.
    """
    by.require(Capability.CATALOGUE_AUTHORISE)
    with transaction.atomic():
        items = _items(item_ids, by)
        earlier = list(Authorisation.objects.filter(key=key, item__in=items).order_by("item__code"))
        if earlier and len(earlier) == len(items):
            return earlier
        from_day = _checked(form, items, by, at)
        _not_authorised_yet(items, from_day)
        made = [
            Authorisation(
                id=uuid7(at), item=item, department_id=item.department_id, from_day=from_day,
                document_number=form.document_number.strip(), basis=form.basis.strip(), at=at, by_name=by.name,
                key=key,
            )
            for item in items
        ]  # fmt: skip
        Authorisation.objects.bulk_create(made)
        for row in made:
            data: dict[str, object] = {
                "authorisation": row.pk,
                "from_day": row.from_day,
                "document_number": row.document_number,
                "basis": row.basis,
            }
            tell(row.item, "item.authorised", data, by=by, at=at)
        return made


def withdraw_authorisation(
    authorisation_id: UUID, *, from_day: date | None, reason: str, by: Actor, at: datetime
) -> Authorisation:
    """Withdraw an authorisation from a day, with a reason; cases accepted before go on.

    Raises Missing (not there), Refused (another department's), Conflict (withdrawn already), Invalid (fields).
    """
    by.require(Capability.CATALOGUE_AUTHORISE)
    with transaction.atomic():
        row = (
            Authorisation.objects.select_for_update(of=("self",))
            .prefetch_related("item")
            .filter(pk=authorisation_id)
            .first()
        )
        if row is None:
            raise Missing
        may_register(row.item, by)
        if row.withdrawn_from is not None:
            raise Conflict(
                f"这项授权已由{row.withdrawn_by_name}撤回，自 {row.withdrawn_from} 起失效。",
                how="请刷新页面查看。",
            )
        wrong = {}
        if not reason.strip():
            wrong["reason"] = "请写明撤回理由"
        if from_day is None or from_day < max(row.from_day, local_day(at)):
            wrong["from_day"] = "请填写今天或者以后的日期，且不早于授权生效日"
        if wrong:
            raise Invalid("撤回授权的内容不完整。", fields=wrong)
        row.withdrawn_from, row.withdrawn_reason = from_day, reason.strip()
        row.withdrawn_at, row.withdrawn_by_name = at, by.name
        row.save()
        data: dict[str, object] = {"authorisation": row.pk, "from_day": from_day}
        tell(row.item, "item.authorisation_withdrawn", data, by=by, at=at, ground=reason.strip())
        return row


def may_register(item: Item, by: Actor) -> None:
    """Raises Refused unless the actor registers authorisations, and for the department of this item."""
    by.require(Capability.CATALOGUE_AUTHORISE)
    if not by.reaches(item.department_id):
        raise Refused(f"“{item.name}”是其他部门的事项。", how="请由该部门或者综窗协调岗办理。")


def _items(item_ids: Sequence[UUID], by: Actor) -> list[Item]:
    wanted = set(item_ids)
    if not wanted:
        raise Invalid("没有选择事项。", fields={"items": "请至少选择一个办理项"})
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid("选择的事项过多。", fields={"items": f"一次最多{MOST_AT_ONCE}个"})
    found = list(
        Item.objects.select_for_update(of=("self",))
        .prefetch_related("department")
        .defer("search")
        .filter(pk__in=wanted, is_active=True)
        .order_by("code")
    )
    if len(found) != len(wanted):
        raise Missing
    for item in found:
        may_register(item, by)
    return found


def _checked(form: AuthorisationForm, items: Sequence[Item], by: Actor, at: datetime) -> date:
    wrong = {}
    if form.from_day is None or form.from_day > local_day(at) + LONGEST_AHEAD:
        wrong["from_day"] = "请填写授权生效日，最远一年以内"
    if not form.document_number.strip():
        wrong["document_number"] = "请填写授权文件的文号，例如：川示函〔2022〕1号"
    if not form.basis.strip() and not all(speaks_for(by, item.department_id) for item in items):
        wrong["basis"] = "代部门登记须写明部门的书面依据"
    if wrong:
        raise Invalid("授权的内容不完整。", how="请按提示修改后再提交。", fields=wrong)
    assert form.from_day is not None
    return form.from_day


def _not_authorised_yet(items: Sequence[Item], from_day: date) -> None:
    """The rows of the items are locked, so nobody authorises the same item meanwhile."""
    standing = (
        Authorisation.objects.filter(item__in=items)
        .filter(Q(withdrawn_from__isnull=True) | Q(withdrawn_from__gt=from_day))
        .select_related("item")
        .order_by("item__code")
    )
    names = [f"{row.item.name}（{row.document_number}）" for row in standing[:5]]
    if names:
        raise Conflict("已经授权：" + "、".join(names) + "。", how="请刷新页面，从未授权的事项中选择。")
