"""Writes of the pool of experts: take in, change, switch off; the relations that they declare."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.directory.models import Expert, ExpertRelation
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel import identifiers
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

LONGEST_NAME = 60
MOST_FIELDS = 8
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class ExpertForm:
    """What is stated about an expert."""

    name: str
    fields: tuple[str, ...]
    unit: str
    title: str
    unit_code: str = ""
    phone: str = ""
    is_active: bool = True


def plain_name(text: str) -> str:
    """A name as it is compared: one width of signs, no spaces, one case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


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
    _check(form)
    if expert_id is None:
        expert = Expert(id=uuid7(at), edit=0, key=key)
    else:
        expert = _held(expert_id)
        if expert.edit != seen:
            raise Conflict(
                "您打开之后，已有人修改过这位专家。", how="您填写的内容还在页面上，请核对后再保存。"
            )
    expert.name, expert.unit, expert.title = form.name.strip(), form.unit.strip(), form.title.strip()
    expert.fields = list(dict.fromkeys(one.strip() for one in form.fields if one.strip()))
    expert.unit_code, expert.phone = form.unit_code.strip().upper(), form.phone.strip()
    expert.is_active = form.is_active
    expert.edit += 1
    try:
        with transaction.atomic():
            expert.save(force_insert=expert_id is None)
    except IntegrityError as error:
        taken = {"name": "库中已有这个单位的同名专家"}
        raise Conflict("这位专家已经在库中。", how="请在列表中查找后修改。", fields=taken) from error
    kind = "expert.added" if expert_id is None else "expert.changed"
    data = {"fields": expert.fields, "is_active": expert.is_active}
    record(NewFact(expert.id, "expert", kind, data), by=by, at=at)
    return expert


def _held(expert_id: UUID) -> Expert:
    held = Expert.objects.select_for_update().filter(pk=expert_id).first()
    if held is None:
        raise Missing
    return held


def _check(form: ExpertForm) -> None:
    wrong = {
        name: f"请填写，不超过 {LONGEST_NAME} 字"
        for name, value in (("name", form.name), ("unit", form.unit), ("title", form.title))
        if not 0 < len(value.strip()) <= LONGEST_NAME
    }
    fields = [one.strip() for one in form.fields if one.strip()]
    if not 1 <= len(fields) <= MOST_FIELDS or any(len(one) > LONGEST_NAME for one in fields):
        wrong["fields"] = f"请写 1 至 {MOST_FIELDS} 个专业领域，用顿号隔开，例如：水文水资源、环境影响评价"
    if form.unit_code.strip():
        verdict = identifiers.check(form.unit_code.strip().upper(), "uscc")
        if verdict.verdict == "invalid":
            wrong["unit_code"] = "；".join(verdict.reasons)
    if form.phone.strip() and not (form.phone.strip().replace("-", "").isdigit() and len(form.phone) <= 20):
        wrong["phone"] = "请填写电话号码，例如：028-00000000"
    if wrong:
        raise Invalid("专家信息有误，请按提示修改。", fields=wrong)


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
