"""Writes of the pool of experts: take in, change, switch off; the relations that they declare."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.directory.models import Expert, ExpertRelation
from yichuang.directory.rules.experts import LONGEST_NAME, ExpertForm, expert_faults, tidy
from yichuang.journal.commands import NewFact, is_used, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

LONGEST_REASON = 300


@keyed("expert")
@transaction.atomic
def save_expert(
    form: ExpertForm, *, by: Actor, at: datetime, key: str | None = None, expert_id: UUID | None = None, seen: int = 0
) -> Expert:  # fmt: skip
    """Take somebody into the pool, or change what is known over the edit that was seen; the same key, the same expert.

    The fact names fields and whether the expert is drawn from, no person. Raises Invalid, Missing, Conflict.
    """
    by.require(Capability.EXPERT_MANAGE)
    known = Expert.objects.filter(key=key).first() if key and expert_id is None else None
    if known is not None:
        return known
    if wrong := expert_faults(form):
        raise Invalid("专家信息有误，请按提示修改。", fields=wrong)
    if expert_id is None:
        return put(Expert(id=uuid7(at), edit=0, key=key), form, by=by, at=at)
    expert = _held(expert_id)
    if expert.edit != seen:
        if is_used("expert", key):
            return expert
        raise Conflict("您打开之后，已有人修改过这位专家。", how="您填写的内容还在页面上，请核对后再保存。")
    return put(expert, form, by=by, at=at)


def put(expert: Expert, form: ExpertForm, *, by: Actor, at: datetime) -> Expert:
    """Write what was checked into the pool with its fact, inside the caller's transaction. Raises Conflict."""
    by.require(Capability.EXPERT_MANAGE)
    form, is_new = tidy(form), expert.edit == 0
    expert.name, expert.unit, expert.title, expert.fields = (
        form.name,
        form.unit,
        form.title,
        list(form.fields),
    )
    expert.unit_code, expert.phone, expert.is_active = form.unit_code, form.phone, form.is_active
    expert.edit += 1
    try:
        with transaction.atomic():
            expert.save(force_insert=is_new)
    except IntegrityError as error:
        taken = {"name": "库中已有这个单位的同名专家"}
        raise Conflict("这位专家已经在库中。", how="请在列表中查找后修改。", fields=taken) from error
    data = {"fields": expert.fields, "is_active": expert.is_active}
    record(NewFact(expert.id, "expert", "expert.added" if is_new else "expert.changed", data), by=by, at=at)
    return expert


def _held(expert_id: UUID) -> Expert:
    held = Expert.objects.select_for_update().filter(pk=expert_id).first()
    if held is None:
        raise Missing
    return held


@keyed("expert_relation")
@transaction.atomic
def declare_relation(
    expert_id: UUID, to: str, reason: str, *, by: Actor, at: datetime, key: str
) -> ExpertRelation:
    """Note whom an expert declares to be related to: never drawn for that applicant. Raises Invalid, Missing, Conflict."""
    by.require(Capability.EXPERT_MANAGE)
    known = ExpertRelation.objects.filter(key=key).first()
    if known is not None:
        return known
    expert = _held(expert_id)
    wrong: dict[str, str] = {}
    if not 0 < len(to.strip()) <= 2 * LONGEST_NAME:
        wrong["to"] = "请填写单位或者个人的全称"
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        wrong["reason"] = "请写明是什么关系，例如：担任独立董事"
    if wrong:
        raise Invalid("申报的关系不完整。", fields=wrong)
    try:
        with transaction.atomic():
            made = ExpertRelation.objects.create(
                id=uuid7(at), expert=expert, to=to.strip(), reason=reason.strip(), declared_on=local_day(at), key=key
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict("这一关系已经申报过。", fields={"to": "列表中已有，且没有解除"}) from error
    record(NewFact(expert.id, "expert", "expert.related", {"relation": str(made.id)}), by=by, at=at)
    return made


@transaction.atomic
def end_relation(relation_id: UUID, *, by: Actor, at: datetime) -> ExpertRelation:
    """A declared relation has ended; it stays on the list. Doing it twice changes nothing. Raises Missing."""
    by.require(Capability.EXPERT_MANAGE)
    held = ExpertRelation.objects.select_for_update().filter(pk=relation_id).first()
    if held is None:
        raise Missing
    if held.ended_on is None:
        held.ended_on = local_day(at)
        held.save(update_fields=["ended_on"])
        data = {"relation": str(held.id)}
        record(NewFact(held.expert_id, "expert", "expert.relation_ended", data), by=by, at=at)
    return held
