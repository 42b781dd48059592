"""What of the catalogue moves with an item that passes to another department (转隶); the cases move in their own room."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from yichuang.catalogue.commands.guides import tell
from yichuang.catalogue.commands.indexing import index
from yichuang.catalogue.commands.lists_tasks import move_tasks_of, open_task_for_transfer
from yichuang.catalogue.models import Authorisation, Delegation, Item, Manual
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Missing
from yichuang.kernel.times import local_day

REVIEW_DAYS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ItemMove:
    """An item on its way: which transfer, whence, whither, on what basis."""

    transfer_id: UUID
    item_id: UUID
    from_department: UUID
    to_department: UUID
    legal_basis: str
    document_number: str


def locked_item(item_id: UUID, department_id: UUID) -> Item:
    """The item, locked for the rest of the transaction. Raises Missing, and Conflict where it is not there any more."""
    item = Item.objects.select_for_update(of=("self",)).defer("search").filter(pk=item_id).first()
    if item is None:
        raise Missing
    if item.department_id != department_id:
        raise Conflict(f"“{item.name}”已不属于原部门。", how="请取消这次转隶，按现在的部门重新登记。")
    return item


def move_item(
    item: Item, move: ItemMove, cases: Mapping[str, int], *, by: Actor, at: datetime
) -> dict[str, int]:
    """Give the item with its manual, guide, authorisations, delegations and reviews to the new department.

    Runs inside the transaction that moves the cases. Leaves one fact on the item, under the new department; what it
    had before stays counted for the old one. The guide becomes a review of the new department. How many of each moved.
    """
    by.require(Capability.CATALOGUE_LISTS)
    old = Department.objects.get(pk=move.from_department)
    new = Department.objects.get(pk=move.to_department)
    item.department = new
    item.save(update_fields=["department"])
    index([item.pk])
    moved = {
        "authorisations": Authorisation.objects.filter(item=item, withdrawn_from__isnull=True).update(
            department=new
        ),
        "delegations": Delegation.objects.filter(item=item, ended_at__isnull=True).update(department=new),
        "manuals": Manual.objects.filter(item=item).count(),
        "guides": int(item.current_id is not None),
        "reviews": move_tasks_of(item, new.pk),
    }
    if item.current_id is not None:
        why = f"事项由{old.short_name}转隶至{new.short_name}：核对实施机关、办理地点和咨询电话"
        due = local_day(at) + REVIEW_DAYS
        open_task_for_transfer(item, transfer_id=move.transfer_id, why=why, due_on=due, at=at)
    data: dict[str, object] = {
        "transfer": move.transfer_id, "from": old.pk, "to": new.pk, "document_number": move.document_number,
        "cases": sum(cases.values()), "states": dict(cases), **moved,
    }  # fmt: skip
    tell(item, "item.transferred", data, by=by, at=at, ground=move.legal_basis)
    return moved
