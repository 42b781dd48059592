"""Writes of acceptance manuals (受理手册)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.catalogue.flow import ManualState, manual_move
from yichuang.catalogue.models import Item, Manual
from yichuang.catalogue.rules.guide import Guide
from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.times import local_day

MAX_POINTS = 100
MAX_LENGTH = 500
_FACTS = {"publish": "published", "revise": "revised", "suspend": "suspended", "resume": "resumed"}


def prepare_manual(item: Item, guide: Guide, *, at: datetime) -> Manual:
    """The manual of an item whose guide was published: kept where there is one, else begun from the checklist."""
    points = [
        f"{material.name}：{material.acceptance_standard}"[:MAX_LENGTH]
        for material in guide.materials
        if material.acceptance_standard
    ]
    made, _ = Manual.objects.get_or_create(
        item=item, defaults={"points": points[:MAX_POINTS], "changed_at": at, "changed_by_name": "平台"}
    )
    return made


@transaction.atomic
def save_manual(item_id: UUID, points: Sequence[str], *, edit: int, by: Actor, at: datetime) -> Manual:
    """Save the points of a manual in compilation, over the edit that the writer had seen (0: there was none).

    Raises Conflict where somebody saved in between or the manual is not in compilation, Invalid for too much text.
    """
    by.require(Capability.CATALOGUE_EDIT)
    item = _item(item_id, by)
    wanted = [point.strip() for point in points if point.strip()]
    if len(wanted) > MAX_POINTS or any(len(point) > MAX_LENGTH for point in wanted):
        raise Invalid(
            "受理要点过长。", fields={"points": f"最多{MAX_POINTS}条，每条不超过{MAX_LENGTH}字，一行一条"}
        )
    found = Manual.objects.select_for_update().filter(item=item).first()
    if (found.edit if found else 0) != edit:
        raise Conflict("您打开页面之后，已有人保存过这份手册。", how="您填写的内容还在页面上，核对后再保存。")
    manual = found or Manual(item=item, edit=0)
    if manual.state != ManualState.COMPILING:
        raise Conflict(
            f"这份手册现在是“{ManualState(manual.state).label}”，不能修改。",
            how="请先按“修订手册”或者“恢复编制”。",
        )
    manual.points, manual.edit = wanted, manual.edit + 1
    manual.changed_at, manual.changed_by_name = at, by.name
    manual.save()
    return manual


@transaction.atomic
def move_manual(item_id: UUID, name: str, *, by: Actor, at: datetime) -> Manual:
    """One move of the table in `flow`: publish, revise, suspend, resume. Leaves a fact on the item.

    Raises Conflict where the state does not allow it, Invalid for publishing an empty manual.
    """
    manual = (
        Manual.objects.select_for_update(of=("self",)).prefetch_related("item").filter(pk=item_id).first()
    )
    if manual is None:
        raise Missing
    row = manual_move(ManualState(manual.state), name)
    if row is None:
        label = ManualState(manual.state).label
        raise Conflict(f"这份手册现在是“{label}”，不能这样操作。", how="请刷新页面，按最新状态办理。")
    by.require(row.capability)
    item = _item(item_id, by)
    if row.target == ManualState.PUBLISHED and not manual.points:
        raise Invalid("手册还没有内容，不能发布。", fields={"points": "请至少写一条受理要点"})
    manual.state = row.target
    manual.published_on = local_day(at) if row.target == ManualState.PUBLISHED else manual.published_on
    manual.edit, manual.changed_at, manual.changed_by_name = manual.edit + 1, at, by.name
    manual.save()
    data = {"points": len(manual.points), "state": manual.state}
    fact = NewFact(
        item.pk, "item", f"manual.{_FACTS[name]}", data, department_id=item.department_id, item_id=item.pk
    )
    record(fact, by=by, at=at)
    return manual


def publish_manual(item_id: UUID, *, by: Actor, at: datetime) -> Manual:
    """Put a manual in force."""
    return move_manual(item_id, "publish", by=by, at=at)


def _item(item_id: UUID, by: Actor) -> Item:
    item = Item.objects.filter(pk=item_id).first()
    if item is None:
        raise Missing
    if not by.reaches(item.department_id):
        raise Refused("这是其他部门的事项，您不能修改。", how="请由该部门的编辑人员办理。")
    return item
