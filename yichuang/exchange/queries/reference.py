"""What a system may report, as the checks need it: read once a batch."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Department, Region
from yichuang.exchange.models import Mapping as Mapped
from yichuang.exchange.models import System
from yichuang.exchange.rules.checking import ItemRef, Reference
from yichuang.kernel import sql


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


def item_codes_of(numbers: Sequence[str], system_id: UUID) -> dict[str, str]:
    """The codes of the items of cases by the numbers that a system gave them, of those that are known."""
    return dict(
        sql.rows(
            "select n.source_number, c.item_code from exchange_number n join exchange_case c on c.id = n.case_id "
            "where n.system_id = %(system)s and n.source_number = any(%(numbers)s)",
            {"system": system_id, "numbers": sorted(set(numbers))},
        )
    )


def names_of_targets(system: System) -> Mapping[UUID, str]:
    """What the targets of a system's mappings are called, by their ids."""
    items = Item.objects.filter(pk__in=system.mappings.values("target")).values_list("pk", "name")
    departments = Department.objects.filter(pk__in=system.mappings.values("target")).values_list("pk", "name")
    return dict(items) | dict(departments)


def accounts_for_systems() -> list[tuple[str, str]]:
    """Service accounts that may report, by id, each with its department."""
    held = [Capability.EXCHANGE_REPORT.value]
    found = Account.objects.filter(is_staff=True, is_active=True, post__capabilities__contains=held)
    found = found.filter(password__startswith="!")  # noqa: S106 - the mark of an account without one
    rows = found.select_related("post__department").order_by("username")[:500]
    return [
        (str(one.pk), f"{one.post.department.short_name} {one.display_name}（{one.username}）") for one in rows if one.post
    ]  # fmt: skip
