"""An author's drafts of contributions: kept as typed, sent when they are ready."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import hash_of, once, standing
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.reports.models import ContributionDraft

MOST_DRAFTS = 30


@transaction.atomic
def save_contribution_draft(
    data: Mapping[str, Any], *, by: Actor, at: datetime, key: str, draft_id: UUID | None = None
) -> UUID:
    """Keep what was typed, as it was typed; the draft's id. The same key saves once, and stands for what was typed.

    Raises Refused without a department, Missing for somebody else's draft, Invalid for too many drafts, Conflict for a key
    that was used for other words or by somebody else.
    """
    by.require(Capability.REPORT_CONTRIBUTE)
    if by.department_id is None or by.id is None:
        raise Refused("您的账号没有所属部门，不能报送素材。", how="请联系管理员。")
    hashed = hash_of(data, draft_id)
    saved = standing("contribution-draft", key, body_hash=hashed, owner=by.signature)
    if saved is not None:
        return saved
    made = _again(draft_id, data, by.id, at) if draft_id else _begin(data, by.id, by.department_id, at, key)
    used = once("contribution-draft", key, subject_id=made, body_hash=hashed, owner=by.signature, at=at)
    if used is not None:  # Somebody saved the same at the same moment: theirs stands, and ours is taken back.
        raise Conflict("草稿正在保存。", how="请稍候刷新页面查看。")
    return made


def _again(draft_id: UUID, data: Mapping[str, Any], author_id: UUID, at: datetime) -> UUID:
    known = ContributionDraft.objects.filter(author_id=author_id, pk=draft_id)
    if not known.update(data=dict(data), at=at):
        raise Missing("没有找到这份草稿，可能已经报送或删除。", how="请在列表中查看。")
    return draft_id


def _begin(data: Mapping[str, Any], author_id: UUID, department_id: UUID, at: datetime, key: str) -> UUID:
    mine = ContributionDraft.objects.filter(author_id=author_id)
    if mine.count() >= MOST_DRAFTS:
        raise Invalid(f"您的草稿已有 {MOST_DRAFTS} 份。", how="请先报送或删除不用的草稿。")
    draft = ContributionDraft(
        id=uuid7(at), author_id=author_id, department_id=department_id, data=dict(data), at=at, key=key
    )
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("草稿正在保存。", how="请稍候刷新页面查看。") from error
    return draft.id


@transaction.atomic
def discard_contribution_draft(draft_id: UUID, *, by: Actor, at: datetime) -> None:  # noqa: ARG001
    """Throw an own draft away. Raises Missing."""
    by.require(Capability.REPORT_CONTRIBUTE)
    found = ContributionDraft.objects.filter(pk=draft_id).first()
    if found is None or found.author_id != by.id:
        raise Missing("没有找到这份草稿，可能已经报送或删除。")
    found.delete()
