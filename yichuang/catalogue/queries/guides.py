"""Reads of guides: the published one, that of a version, what intake needs to file under it."""

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from yichuang.catalogue.flow import VERSION_TRANSITIONS, VersionState, VersionTransition, item_type_label
from yichuang.catalogue.models import GuideVersion, Item
from yichuang.catalogue.rules.changes import Change, compare_guides
from yichuang.catalogue.rules.guide import Guide, read_guide
from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.keys import parse_uuid

MOST_READ = 2000


@dataclass(frozen=True, slots=True)
class FilingGuide:
    """What a case is filed under: one version of one item, with everything that filing needs. Days are of limits."""

    item_id: UUID
    item_code: str
    item_name: str
    item_type: str
    region: str
    department_id: UUID
    department_code: str
    department_number: str
    department_name: str
    department_short: str
    document_word: str
    version_id: UUID
    number: int
    state: VersionState
    published_at: datetime | None
    statutory_days: int
    promised_days: int
    handling_kind: str
    guide: Guide

    @property
    def type_label(self) -> str:
        return item_type_label(self.item_type)

    @property
    def online(self) -> bool:
        """Whether it can be applied for on the site."""
        return bool(self.guide.form.sections) and any(
            channel.value == "online" for channel in self.guide.channels
        )


# A row of the statement fits the class by its order; the type checker cannot count a list.
MAKE: Callable[..., FilingGuide] = FilingGuide


def item(code_or_id: str | UUID) -> Item | None:
    """An active item by its code or id, with department, region and current version. One statement."""
    found = code_or_id if isinstance(code_or_id, UUID) else parse_uuid(code_or_id)
    wanted = Q(code=str(code_or_id)) | Q(pk=found) if found else Q(code=str(code_or_id))
    return _items().filter(wanted, is_active=True).first()


def current_version(of: Item) -> GuideVersion | None:
    """The published version of an item."""
    return of.current


def filing_guide(code_or_id: str | UUID) -> FilingGuide:
    """The published guide of an item, for filing. One statement, and another where the process has not read this guide yet.

    Raises Missing where there is no such item, or no published guide.
    """
    known = code_or_id if isinstance(code_or_id, UUID) else parse_uuid(code_or_id)
    row = sql.one(sql.statement(__file__, "filing_guide"), {"code": str(code_or_id), "id": known})
    if row is None:
        raise Missing("没有找到这个事项。", how="请核对事项编码，或者返回重新查找。")
    if row[11] is None:
        raise Missing(
            "这个事项还没有发布办事指南，暂不能申办。", how="请到政务服务大厅窗口或者拨打电话咨询。"
        )
    return MAKE(*row[:13], VersionState(row[13]), *row[14:18], _kept_guide(row[11], row[18]))


def filed_guide(version_id: UUID) -> FilingGuide:
    """The guide as it stood in a version that was in force once, for cases filed under it. One statement.

    Raises Missing for a version that was never published: drafts are nobody's to file under.
    """
    version = _versions().filter(pk=version_id, published_at__isnull=False).first()
    if version is None:
        raise Missing
    return _filing(version.item, version)


def guide_of(version: GuideVersion) -> Guide:
    """The typed elements of a version."""
    return read_guide(version.elements)


def versions_of(of: Item, *, by: Actor) -> list[GuideVersion]:
    """Versions of an item that the actor may see, the newest first."""
    return list(visible_to(by).filter(item=of).order_by("-number"))


def version(version_id: UUID, *, by: Actor) -> GuideVersion:
    """One version that the actor may see. Raises Missing."""
    found = visible_to(by).filter(pk=version_id).first()
    if found is None:
        raise Missing
    return found


def visible_to(by: Actor) -> QuerySet[GuideVersion]:
    """Versions that an actor may see: staff of the catalogue all of them, everybody else those once published."""
    seen = _versions()
    return seen if by.can(Capability.CATALOGUE_READ) else seen.filter(published_at__isnull=False)


def version_diff(old: GuideVersion | None, new: GuideVersion) -> list[Change]:
    """Every element that differs, labelled in Chinese, in the order of the newer version."""
    return readable_diff(old.elements if old else {}, new.elements)


def readable_diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The same for elements; materials, fields and choices are called by their names instead of their codes."""
    names = {f"“{code}”": f"“{name}”" for elements in (old, new) for code, name in _names(elements)}
    return [
        replace(
            change,
            label=" · ".join(names.get(part, part) for part in change.label.split(" · ")),
            old=change.old and change.old.replace("。；", "。"),
            new=change.new and change.new.replace("。；", "。"),
        )
        for change in compare_guides(old, new)
    ]


def _names(elements: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((entry["code"], entry["name"]) for entry in elements.get("materials", ()))
    for section in elements.get("form", {}).get("sections", ()):
        yield section["code"], section["title"]
        yield from ((entry["code"], entry["label"]) for entry in section["fields"])


def versions_in_work(*, by: Actor, limit: int = 100) -> list[GuideVersion]:
    """Versions that wait for somebody: those to review first, the oldest first."""
    by.require(Capability.CATALOGUE_READ)
    found = _versions().filter(state__in=[VersionState.DRAFT, VersionState.IN_REVIEW])
    return list(found.order_by("-state", "created_at", "pk")[:limit])


def moves(of: GuideVersion, *, by: Actor) -> list[VersionTransition]:
    """The moves that the table allows out of a version's state and that the actor may make, four eyes aside."""
    return [
        row
        for row in VERSION_TRANSITIONS
        if row.source == of.state and row.name != "supersede" and by.can(row.capability)
    ]


def _items() -> QuerySet[Item]:
    return Item.objects.select_related("department", "region", "current").defer("search")


def _versions() -> QuerySet[GuideVersion]:
    related = ("item__department", "item__region", "written_by", "submitted_by", "published_by")
    return GuideVersion.objects.select_related(*related).defer("item__search")


_read: dict[UUID, tuple[object, Guide]] = {}


def _read_once(version: GuideVersion) -> Guide:
    """The typed elements of a version, made once a process: they cost a filing more than everything else it checks.

    What is kept counts only while the version holds the very same elements.
    """
    kept = _read.get(version.pk)
    if kept is None or kept[0] != version.elements:
        if len(_read) >= MOST_READ:
            _read.clear()
        kept = _read[version.pk] = (deepcopy(version.elements), read_guide(version.elements))
    return kept[1]


_kept: dict[UUID, tuple[str, Guide]] = {}


def _kept_guide(version_id: UUID, row_version: str) -> Guide:
    """The typed elements of a version, kept by the process for as long as its row is the one that was read.

    `row_version` is new with every change of the row, also within one transaction.
    """
    kept = _kept.get(version_id)
    if kept is None or kept[0] != row_version:
        if len(_kept) >= MOST_READ:
            _kept.clear()
        row = sql.one(
            "/*one plan*/ select elements::text from catalogue_guideversion where id = %(id)s",
            {"id": version_id},
        )
        assert row is not None
        kept = _kept[version_id] = (row_version, read_guide(json.loads(row[0])))
    return kept[1]


def _filing(of: Item, version: GuideVersion) -> FilingGuide:
    return FilingGuide(
        item_id=of.pk,
        item_code=of.code,
        item_name=of.name,
        item_type=of.item_type,
        region=of.region_id,
        department_id=of.department_id,
        department_code=of.department.code,
        department_number=of.department.number_code,
        department_name=of.department.name,
        department_short=of.department.short_name,
        document_word=of.department.document_word,
        version_id=version.pk,
        number=version.number,
        state=VersionState(version.state),
        published_at=version.published_at,
        statutory_days=version.statutory_days,
        promised_days=version.promised_days,
        handling_kind=version.handling_kind,
        guide=_read_once(version),
    )
