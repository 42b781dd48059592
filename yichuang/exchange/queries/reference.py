"""What a system may report, as the checks need it: read once a batch."""

from collections.abc import Mapping
from uuid import UUID

from yichuang.catalogue.models import Item
from yichuang.directory.models import Department, Region
from yichuang.exchange.models import Mapping as Mapped
from yichuang.exchange.models import System
from yichuang.exchange.rules.checking import ItemRef, Reference


def reference_of(system: System) -> Reference:
    """Everything that the lines of a system are checked against."""
    own, other_items = _items(system)
    departments, other_departments = _departments(system)
    mapped = {"item": {}, "department": {}}  # type: dict[str, dict[str, UUID]]
    for sort, code, target in Mapped.objects.filter(system=system).values_list("sort", "code", "target"):
        mapped[sort][code] = target
    by_id = {item.id: item for item in own.values()}
    items = {**own, **{code: by_id[target] for code, target in mapped["item"].items() if target in by_id}}
    reached = set(departments.values())
    departments |= {code: target for code, target in mapped["department"].items() if target in reached}
    regions = frozenset(Region.objects.values_list("code", flat=True)) if system.regional else frozenset()
    return Reference(
        system.pk,
        system.code,
        system.reports_limits,
        items,
        departments,
        other_items,
        other_departments,
        regions,
        own,
    )


def _items(system: System) -> tuple[dict[str, ItemRef], frozenset[str]]:
    own: dict[str, ItemRef] = {}
    others: set[str] = set()
    reached, named = set(system.departments), frozenset(system.items)
    rows = Item.objects.values_list("id", "code", "item_type", "department_id", "region_id")
    for item_id, code, item_type, department_id, region in rows.iterator(chunk_size=2000):
        if department_id in reached and (not named or code in named):
            own[code] = ItemRef(item_id, code, item_type, department_id, region)
        else:
            others.add(code)
    return own, frozenset(others)


def _departments(system: System) -> tuple[dict[str, UUID], frozenset[str]]:
    reached, own, others = set(system.departments), {}, set()
    for department_id, code in Department.objects.values_list("id", "code"):
        if department_id in reached:
            own[code] = department_id
        else:
            others.add(code)
    return own, frozenset(others - set(own))


def names_of_targets(system: System) -> Mapping[UUID, str]:
    """What the targets of a system's mappings are called, by their ids."""
    items = Item.objects.filter(pk__in=system.mappings.values("target")).values_list("pk", "name")
    departments = Department.objects.filter(pk__in=system.mappings.values("target")).values_list("pk", "name")
    return dict(items) | dict(departments)
