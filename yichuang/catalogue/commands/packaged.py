"""Loading the guides that the platform brings along."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from yichuang.catalogue import fixtures
from yichuang.catalogue.commands.departments import PROVINCE, UNASSIGNED, load_departments
from yichuang.catalogue.commands.guides import enact, new_version, tell
from yichuang.catalogue.commands.indexing import index
from yichuang.catalogue.flow import VersionState
from yichuang.catalogue.models import GuideVersion, Item, ItemRevision
from yichuang.catalogue.queries.lists import listing
from yichuang.catalogue.rules.changes import compare_guides
from yichuang.catalogue.rules.completeness import errors
from yichuang.catalogue.rules.guide import Guide, guide_data, read_guide, with_statutory_limit
from yichuang.catalogue.rules.records import RecordProblem
from yichuang.directory.models import Department
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day


@dataclass(frozen=True, slots=True)
class LoadedGuides:
    """What loading the packaged guides did, by item code.

    `left`: people have written since, or the licence is absent from the list in force, so the file waits.
    """

    published: tuple[str, ...]
    renewed: tuple[str, ...]
    unchanged: tuple[str, ...]
    left: tuple[str, ...]


def load_guides(
    at: datetime, packaged: Iterable[tuple[str, Mapping[str, object]]] | None = None
) -> LoadedGuides:
    """Publish the packaged guides as the platform's own; run twice it changes nothing.

    A file that has changed since becomes the next version, but never over the head of people: an item for which
    anybody has written a version keeps it. Raises Invalid, naming the file, for a guide that may not be published.
    """
    done: dict[str, list[str]] = {"published": [], "renewed": [], "unchanged": [], "left": []}
    departments = load_departments(at)
    for name, data in fixtures.guides() if packaged is None else packaged:
        guide = _read(name, data, departments)
        done[_load(guide, departments[guide.department], at=at)].append(guide.item_code)
    return LoadedGuides(**{kind: tuple(codes) for kind, codes in done.items()})


def _read(name: str, data: Mapping[str, object], departments: Mapping[str, Department]) -> Guide:
    try:
        guide = with_statutory_limit(read_guide(data))
    except RecordProblem as problem:
        raise Invalid(f"指南文件 {name} 无法读取：{problem}。") from problem
    found = [f"{finding.path}：{finding.message}" for finding in errors(guide)]
    if guide.department not in departments:
        found.append(f"department：没有代码为“{guide.department}”的部门")
    if found:
        raise Invalid(f"指南文件 {name} 不能发布：{'；'.join(found)}。")
    return guide


@transaction.atomic
def _load(guide: Guide, department: Department, *, at: datetime) -> str:
    item = _item(guide, department, at)
    versions = list(GuideVersion.objects.filter(item=item).order_by("-number"))
    current = next((version for version in versions if version.state == VersionState.PUBLISHED), None)
    if current is not None and current.elements == guide_data(guide):
        return "unchanged"
    if any(version.writers for version in versions) or (versions and current is None):
        return "left"
    listed = listing(item, guide_data(guide), local_day(at))
    if listed is not None and listed.absent:
        return "left"
    note = "随平台提供的指南" if current is None else "随平台提供的指南有更新"
    # Born in review: the table knows no way to publish a draft, and one published version at a time.
    version = new_version(item, guide, at=at, state=VersionState.IN_REVIEW, note=note)
    changes = len(compare_guides(current.elements, guide_data(guide))) if current else 0
    facts = enact(version, guide, at=at, published_by_id=None)
    tell(item, "guide.published", {**facts, "packaged": True, "changes": changes}, by=SYSTEM, at=at)
    return "published" if current is None else "renewed"


def _item(guide: Guide, department: Department, at: datetime) -> Item:
    """The item of a guide: from a list where one has it, else made here as the province's own."""
    known = Item.objects.filter(Q(code=guide.item_code)).defer("search").first()
    if known is not None:
        if known.department.code == UNASSIGNED:
            known.department = department
            known.save(update_fields=["department"])
            index([known.pk])
        return known
    source: dict[str, Any] = {
        "name": guide.name,
        "item_type": guide.item_type.value,
        "department_label": department.short_name,
    }
    item = Item.objects.create(
        id=uuid7(at),
        code=guide.item_code,
        name=guide.name,
        main_item=guide.main_item,
        item_type=guide.item_type.value,
        department=department,
        region_id=PROVINCE,
        source=source,
        source_name="随平台提供的指南",
    )
    ItemRevision.objects.create(
        item=item, number=1, source=source, source_name=item.source_name, at=at, by_name=SYSTEM.name
    )
    return item
