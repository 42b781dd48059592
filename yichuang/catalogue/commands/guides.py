"""The life of a guide version: draft, save, hand in, publish with four eyes, retire.

Every move of the table in `flow` leaves one fact on the item; drafting and saving leave none.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from yichuang.catalogue.commands.blank import blank_guide
from yichuang.catalogue.commands.holding import require_listed
from yichuang.catalogue.commands.indexing import index
from yichuang.catalogue.commands.manuals import prepare_manual
from yichuang.catalogue.flow import VersionState, VersionTransition, version_move
from yichuang.catalogue.models import GuideVersion, Item
from yichuang.catalogue.rules.completeness import errors
from yichuang.catalogue.rules.guide import (
    Guide,
    guide_data,
    read_guide,
    statutory_limit,
    with_statutory_limit,
)
from yichuang.catalogue.rules.records import RecordProblem
from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, record
from yichuang.kernel import canonical
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7

IN_WORK = (VersionState.DRAFT, VersionState.IN_REVIEW)


@transaction.atomic
def start_draft(item: Item, *, by: Actor, at: datetime) -> GuideVersion:
    """A draft of the item's next version: the one in work, else a copy of the latest version, else a blank guide.

    Pressed twice it gives the same draft.
    """
    _may_write(item, by)
    in_work = GuideVersion.objects.filter(item=item, state__in=IN_WORK).first()
    if in_work is not None:
        return in_work
    latest = item.current or GuideVersion.objects.filter(item=item).order_by("-number").first()
    guide = _read(latest.elements if latest is not None else blank_guide(item))
    # An item may have passed to another department since its last version was written.
    guide = replace(guide, department=item.department.code)
    try:
        with transaction.atomic():
            return new_version(item, guide, at=at, writers=[by.id] if by.id else [], written_by_id=by.id)
    except IntegrityError as error:
        raise Conflict(
            "刚刚已有人开始编写这个事项的新版本。", how="请刷新页面，在该草稿上继续编写。"
        ) from error


def new_version(item: Item, guide: Guide, *, at: datetime, **further: Any) -> GuideVersion:
    """The next version of an item, as a draft unless `further` says otherwise."""
    last = GuideVersion.objects.filter(item=item).aggregate(last=Max("number"))["last"] or 0
    return GuideVersion.objects.create(
        id=uuid7(at), item=item, number=last + 1, created_at=at, **_columns(guide), **further
    )


@transaction.atomic
def save_draft(
    version_id: UUID, elements: Mapping[str, object], *, edit: int, by: Actor, at: datetime
) -> GuideVersion:
    """Save a draft over the edit that the writer had seen.

    Raises Invalid where the elements have not the shape of a guide (`fields` names the path), Conflict where somebody
    saved in between or the version is no draft any more.
    """
    version = _locked(version_id)
    _may_write(version.item, by)
    guide = _read(elements)
    if version.state != VersionState.DRAFT:
        raise Conflict(
            f"第{version.number}版现在是“{VersionState(version.state).label}”，不能修改。",
            how="请先撤回或者退回修改；您填写的内容还在页面上。",
        )
    if version.edit != edit:
        raise Conflict(
            "您打开页面之后，已有人保存过这份草稿。",
            how="您填写的内容还在页面上。请另开一页查看最新草稿，核对后再保存。",
        )
    for name, value in _columns(guide).items():
        setattr(version, name, value)
    version.edit += 1
    version.saved_at = at
    if by.id is not None:
        version.written_by_id = by.id
        version.writers = sorted({*version.writers, by.id})
    version.save()
    return version


def submit(version_id: UUID, *, by: Actor, at: datetime) -> GuideVersion:
    """Hand a draft in for review. Raises Invalid with the findings that must be mended first."""
    return _move(version_id, "submit", by=by, at=at)


def discard(version_id: UUID, *, by: Actor, at: datetime) -> GuideVersion:
    """Give a draft up."""
    return _move(version_id, "discard", by=by, at=at)


def recall(version_id: UUID, *, by: Actor, at: datetime) -> GuideVersion:
    """Take a version back from review, to go on writing."""
    return _move(version_id, "recall", by=by, at=at)


def return_(version_id: UUID, reason: str, *, by: Actor, at: datetime) -> GuideVersion:
    """Send a version back to its writers with a reason (four eyes)."""
    return _move(version_id, "return", by=by, at=at, reason=reason)


def publish(version_id: UUID, *, by: Actor, at: datetime) -> GuideVersion:
    """Publish a version in review (four eyes); the one before it is superseded.

    Raises Conflict for whoever wrote or handed it in, Invalid where the linter finds an error.
    """
    return _move(version_id, "publish", by=by, at=at)


def retire(version_id: UUID, reason: str, *, by: Actor, at: datetime) -> GuideVersion:
    """Take the published version out of force: the item can no longer be applied for."""
    return _move(version_id, "retire", by=by, at=at, reason=reason)


@transaction.atomic
def _move(version_id: UUID, name: str, *, by: Actor, at: datetime, reason: str = "") -> GuideVersion:
    version = _locked(version_id)
    row = _allowed(version, name, by, reason)
    guide = _read(version.elements)
    if row.without_findings:
        _without_errors(guide)
    data: dict[str, object] = {"version": version.pk, "number": version.number}
    before = version.state
    version.state = row.target
    version.note = reason.strip() if row.reason else version.note
    if name == "submit":
        version.submitted_by_id = by.id
    if name == "publish":
        data |= enact(version, with_statutory_limit(guide), at=at, published_by_id=by.id)
    else:
        version.save()
    if before == VersionState.PUBLISHED:
        Item.objects.filter(pk=version.item_id).update(current=None)
        index([version.item_id])
    tell(version.item, f"guide.{_FACTS[name]}", data, by=by, at=at, ground=reason.strip() or None)
    return version


_FACTS = {
    "submit": "submitted",
    "discard": "discarded",
    "recall": "recalled",
    "return": "returned",
    "publish": "published",
    "retire": "retired",
}


def enact(
    version: GuideVersion, guide: Guide, *, at: datetime, published_by_id: UUID | None
) -> dict[str, object]:
    """Put a version in force as the guide says: the older one leaves, the item, its search and its manual follow.

    Gives the data of the fact that its caller records. Raises Invalid for a licence that is absent from the list in
    force; where no list is kept, nothing is checked.
    """
    item = version.item
    require_listed(item, guide, at)
    superseded = (
        GuideVersion.objects.filter(item=item, state=VersionState.PUBLISHED).exclude(pk=version.pk).first()
    )
    if superseded is not None:
        superseded.state = VersionState.RETIRED
        superseded.save(update_fields=["state"])
    for name, value in _columns(guide).items():
        setattr(version, name, value)
    version.state, version.published_at, version.published_by_id = VersionState.PUBLISHED, at, published_by_id
    version.save()
    item.current = version
    item.save(update_fields=["current"])
    index([item.pk])
    prepare_manual(item, guide, at=at)
    return {
        "version": version.pk,
        "number": version.number,
        "supersedes": superseded.pk if superseded else None,
        "sha256": canonical.digest(canonical.text(version.elements)),
    }


def tell(
    item: Item, kind: str, data: dict[str, object], *, by: Actor, at: datetime, ground: str | None = None
) -> None:
    """Leave a fact on an item."""
    fact = NewFact(
        item.pk,
        "item",
        kind,
        data,
        ground=ground,
        department_id=item.department_id,
        item_id=item.pk,
        item_type=item.item_type,
        region=item.region_id,
    )
    record(fact, by=by, at=at)


def four_eyes_problem(version: GuideVersion, by: Actor) -> str:
    """Why this actor may not judge this version; empty where they may."""
    if by.id is not None and by.id in version.writers:
        return "您编写过这一版，须由另一人审核。"
    if by.id is not None and by.id == version.submitted_by_id:
        return "这一版由您提交审核，须由另一人审核。"
    return ""


def _allowed(version: GuideVersion, name: str, by: Actor, reason: str) -> VersionTransition:
    state = VersionState(version.state)
    row = version_move(state, name)
    if row is None:
        raise Conflict(
            f"第{version.number}版现在是“{state.label}”，不能这样操作。", how="请刷新页面，按最新状态办理。"
        )
    by.require(row.capability)
    _reaches(version.item, by)
    problem = four_eyes_problem(version, by) if row.four_eyes else ""
    if problem:
        raise Conflict(problem, how="请转交有发布权限的同事，从“待审”列表打开这一版办理。")
    if row.reason and not reason.strip():
        raise Invalid("请写明理由。", fields={"reason": f"{row.label}须写明理由，编写人会看到"})
    return row


def _without_errors(guide: Guide) -> None:
    found = errors(guide)
    if found:
        raise Invalid(
            f"还有{len(found)}处须先改正。",
            how="请按提示修改后再提交。",
            fields={finding.path: finding.message for finding in found},
        )


def _read(elements: Mapping[str, object]) -> Guide:
    try:
        return read_guide(elements)
    except RecordProblem as problem:
        raise Invalid(
            "指南内容的格式有误。", how="请按提示修改后再保存。", fields={problem.path: problem.message}
        ) from problem


def _columns(guide: Guide) -> dict[str, Any]:
    statutory = statutory_limit(guide)
    promised = guide.limits.promised.days
    return {
        "elements": guide_data(guide),
        # An item without any statutory limit is held to its own promise.
        "statutory_days": statutory.days if statutory else promised,
        "promised_days": promised,
        "handling_kind": guide.handling_kind.value,
    }


def _locked(version_id: UUID) -> GuideVersion:
    version = GuideVersion.objects.select_for_update(of=("self",)).filter(pk=version_id).first()
    if version is None:
        raise Missing
    return version


def _may_write(item: Item, by: Actor) -> None:
    by.require(Capability.CATALOGUE_EDIT)
    _reaches(item, by)


def _reaches(item: Item, by: Actor) -> None:
    if not by.reaches(item.department_id):
        raise Refused("这是其他部门的事项，您不能修改。", how="请由该部门的编辑人员办理。")
