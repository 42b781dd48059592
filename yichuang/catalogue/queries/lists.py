"""Reads of licence lists: the list in force, whether a licence stands in it, and which guides a list concerns."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse

from yichuang.catalogue.flow import ItemType
from yichuang.catalogue.flow.lists import ListState, TaskState
from yichuang.catalogue.models import GuideVersion, Item, LicenceList, ReviewTask
from yichuang.catalogue.rules.lists import Entry, Licence, affected_by_list, name_key
from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.offers import Offer, OfferedFigure


def list_in_force(region: str, day: date) -> LicenceList | None:
    """The registered list of a division that holds on a day: the one that took effect last. One statement."""
    return (
        LicenceList.objects.filter(region_id=region, state=ListState.REGISTERED, effective_on__lte=day)
        .filter(Q(expires_on__isnull=True) | Q(expires_on__gte=day))
        .order_by("-effective_on", "-registered_at", "-id")
        .first()
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """How a licence stands to the list in force: `entry` is its line there. Without a list nothing is checked."""

    kept: LicenceList | None
    entry: Entry | None

    @property
    def absent(self) -> bool:
        """Whether a list holds and the licence is not in it: its guide may not be published."""
        return self.kept is not None and self.entry is None


def listing(item: Item, elements: Mapping[str, object], day: date) -> Listing | None:
    """How an item stands to the list of its division; none for what is no licence. At most two statements."""
    if elements.get("item_type", item.item_type) != ItemType.LICENCE and item.item_type != ItemType.LICENCE:
        return None
    kept = list_in_force(item.region_id, day)
    if kept is None:
        return Listing(None, None)
    keys = [name_key(name) for name in names_of(item, elements) if name]
    found = {row.name_key: row for row in kept.entries.filter(name_key__in=keys)}
    entry = next((found[key] for key in keys if key in found), None)
    return Listing(kept, Entry(entry.name, entry.department_name, entry.legal_basis) if entry else None)


def names_of(item: Item, elements: Mapping[str, object]) -> tuple[str, ...]:
    """The names under which a list may call an item: its own, and its main item's as the list or its guide says."""
    given = (item.name, item.main_item, elements.get("main_item"))
    return tuple(dict.fromkeys(str(name) for name in given if name))


def licence_lists(*, by: Actor) -> list[LicenceList]:
    """Every list, the newest first, with `size` (entries) and `open_tasks`. One statement."""
    by.require(Capability.CATALOGUE_READ)
    opened = Count("tasks", filter=Q(tasks__state=TaskState.OPEN), distinct=True)
    return list(
        LicenceList.objects.select_related("region")
        .annotate(size=Count("entries", distinct=True), open_tasks=opened)
        .order_by("-effective_on", "-id")[:500]
    )


def licence_list(list_id: UUID, *, by: Actor) -> LicenceList:
    """One list. Raises Missing."""
    by.require(Capability.CATALOGUE_READ)
    found = LicenceList.objects.select_related("region").filter(pk=list_id).first()
    if found is None:
        raise Missing
    return found


def entries_of(one: LicenceList, text: str = "") -> list[Entry]:
    """The entries of a list in its order, narrowed to those that hold a text."""
    rows = one.entries.all()
    if text.strip():
        rows = rows.filter(
            Q(name__icontains=text.strip())
            | Q(department_name__icontains=text.strip())
            | Q(legal_basis__icontains=text.strip())
        )
    return [Entry(row.name, row.department_name, row.legal_basis) for row in rows]


def list_before(one: LicenceList) -> LicenceList | None:
    """The registered list that held before this one takes effect."""
    return (
        LicenceList.objects.filter(region_id=one.region_id, state=ListState.REGISTERED)
        .filter(effective_on__lte=one.effective_on)
        .exclude(pk=one.pk)
        .order_by("-effective_on", "-registered_at", "-id")
        .first()
    )


@dataclass(frozen=True, slots=True)
class Concerned:
    """A guide that must be looked at, and why."""

    item: Item
    why: str


def concerned_by(one: LicenceList) -> list[Concerned]:
    """The published guides of licences that a list concerns, by department and code. Four statements."""
    now = _keyed(entries_of(one))
    previous = list_before(one)
    before = _keyed(entries_of(previous)) if previous else None
    items = {item.pk: item for item in _licences(one.region_id)}
    licences = [Licence(pk, names_of(item, _elements(item))) for pk, item in items.items()]
    found = affected_by_list(licences, now, before)
    rows = [Concerned(items[pk], why) for pk, why in found]
    return sorted(rows, key=lambda row: (row.item.department.code, row.item.code))


def unused_entries(one: LicenceList) -> list[Entry]:
    """Entries of a list for which the division has no item: what is listed and cannot be found in the catalogue."""
    licences = Item.objects.filter(region_id=one.region_id, item_type=ItemType.LICENCE, is_active=True)
    known = {
        name_key(name)
        for row in licences.values_list("name", "main_item", "current__elements__main_item")
        for name in row
        if name
    }
    return [entry for entry in entries_of(one) if name_key(entry.name) not in known]


def _keyed(entries: list[Entry]) -> dict[str, Entry]:
    return {name_key(entry.name): entry for entry in entries}


def _licences(region: str) -> list[Item]:
    return list(
        Item.objects.filter(
            region_id=region, item_type=ItemType.LICENCE, is_active=True, current__isnull=False
        )
        .select_related("department", "current")
        .defer("search", "source")
        .order_by("code")
    )


def _elements(item: Item) -> dict[str, object]:
    version: GuideVersion | None = item.current
    return version.elements if version else {}


def offers(first: date, last: date) -> list[Offer]:
    """Guides adjusted in a period, a sentence for each list or legal text, and the items that were transferred."""
    closed = (
        ReviewTask.objects.filter(state=TaskState.DONE, closed_at__isnull=False)
        .select_related("listed_in", "law__text", "department")
        .order_by("id")
    )
    counts: Counter[tuple[str, UUID, str]] = Counter()
    for task in closed.filter(closed_at__date__gte=first, closed_at__date__lte=last):
        if task.listed_in is not None:
            cause = f"《{task.listed_in.title}》（{task.listed_in.document_number}）"
            counts[cause, task.department_id, task.department.short_name] += 1
        elif task.law is not None:
            cause = f"《{task.law.text.title}》（{task.law.document_number}）"
            counts[cause, task.department_id, task.department.short_name] += 1
    adjusted = [
        _offer(cause, department, name, count, last) for (cause, department, name), count in counts.items()
    ]
    return adjusted + _transferred(first, last)


def _transferred(first: date, last: date) -> list[Offer]:
    """Items that passed to another department, from the facts that their transfers left."""
    found = sql.rows(
        """select f.subject_id, f.day, i.name, d.id, d.short_name, o.short_name, (f.data::json ->> 'cases')::int
           from journal_fact f
           join catalogue_item i on i.id = f.subject_id
           join directory_department d on d.id = (f.data::json ->> 'to')::uuid
           join directory_department o on o.id = (f.data::json ->> 'from')::uuid
           where f.kind = 'item.transferred' and f.day between %(first)s and %(last)s
           order by f.day, f.subject_id""",
        {"first": first, "last": last},
    )
    address = reverse("transfers")
    offered = []
    for item_id, day, name, department_id, department, before, cases in found:
        text = f"“{name}”由{before}转隶至{department}，{cases}件在办件随同移交，编号和期限不变。"
        figure = OfferedFigure("transfers.cases", "随同移交在办件", cases, "件", day, str(cases), address)
        key = f"transfers:{item_id}:{day}"
        offered.append(
            Offer(key, "transfers", "work", text, address, day, department_id, department, (figure,))
        )
    return offered


def _offer(cause: str, department_id: UUID, department: str, count: int, last: date) -> Offer:
    address = f"{reverse('guide-tasks')}?state={TaskState.DONE}&department={department_id}"
    text = f"{department}根据{cause}，对照调整办理依据、申请材料等要素，更新办事指南{count}份。"
    figure = OfferedFigure("lists.adjusted", "更新办事指南", count, "份", last, str(count), address)
    key = f"lists:{department_id}:{name_key(cause)}:{last}:{count}"
    return Offer(key, "lists", "work", text, address, last, department_id, department, (figure,))
