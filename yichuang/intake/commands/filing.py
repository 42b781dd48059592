"""Filing a draft: one transaction whose last statement opens the case."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from yichuang.cases import commands as cases
from yichuang.cases.commands import Filed, Opening
from yichuang.cases.flow import Channel
from yichuang.directory.commands import applicant_commitment
from yichuang.directory.flow import Capability
from yichuang.intake.commands.drafts import renew_draft
from yichuang.intake.queries import DraftRow, Receipt, make_receipt, own_draft, receipt_of, review_of
from yichuang.journal.commands import ensure_partitions
from yichuang.journal.queries import client_key
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

BROWSERS = (Channel.ONLINE, Channel.MOBILE)


def file_draft(
    draft_id: UUID, *, key: str, by: Actor, at: datetime, seen: int | None = None, channel: Channel | None = None
) -> Receipt:  # fmt: skip
    """File a draft: check all of it again, then application, materials and case in one transaction, all or nothing.

    The same key yields the same receipt for ever. `seen` is the edit that was on the screen, `channel` what an
    applicant files with (网上 or 移动端) where it is not what the draft was begun with. Raises Missing (not one's own), Invalid with every field that is wrong, Conflict (key used for another body, draft changed or filed
    meanwhile, guide replaced: the draft is then brought to the new version and keeps its answers).
    """
    draft = own_draft(draft_id, by=by)
    by.require(Capability.CASE_FILE_FOR if draft.channel == Channel.WINDOW else Capability.CASE_APPLY)
    if draft.mends is not None:
        raise Missing("这是补正的草稿。", how="请从办件页提交补正。")
    if draft.case_id is not None:
        return _known(key, body_hash(draft, _as_filed(draft, at)), by) or _filed_already(draft.case_id)
    _check_version(draft, by, at)
    found = review_of(draft, today=local_day(at))
    if not found.is_complete:
        raise Invalid(
            "还有内容需要改正，暂时不能提交。", how="请按下面的提示修改，已填内容都在。", fields=found.fields
        )
    if seen is not None and seen != draft.edit:
        raise Conflict("草稿刚刚在另一个页面改动过。", how="请重新核对后再提交。")
    entry = Entry(draft, found.answers, key, body_hash(draft, found.answers), _came_by(draft, channel))
    return _enter(entry, by=by, at=at)


@dataclass(frozen=True, slots=True)
class Entry:
    """A draft that passed every check, with the key it is filed under and the hash of what is filed."""

    draft: DraftRow
    answers: Mapping[str, object]
    key: str
    body_hash: str
    channel: Channel


def _came_by(draft: DraftRow, given: Channel | None) -> Channel:
    """What the window receives stays the window's; a browser may say only whether it is a phone."""
    begun = Channel(draft.channel)
    return given if begun in BROWSERS and given in BROWSERS else begun


def body_hash(draft: DraftRow, answers: Mapping[str, object]) -> str:
    """What a key stands for: the draft with its applicant, version, answers and files."""
    files = [[file.code, file.sha256, file.kind] for file in draft.materials]
    body = [draft.id, draft.applicant.pk, draft.version_id, draft.channel, answers, files]
    return canonical.digest(canonical.text(body))


def _as_filed(draft: DraftRow, at: datetime) -> Mapping[str, object]:
    return review_of(draft, today=local_day(at)).answers


def _check_version(draft: DraftRow, by: Actor, at: datetime) -> None:
    if not draft.is_current and renew_draft(draft.id, by=by, at=at):
        raise Conflict(
            f"「{draft.item_name}」的办事指南已经更新，草稿已转到新版。",
            how="原来填的内容已保留，请补填新增加的内容，重新核对后提交。",
        )


class _KeyUsed(Exception):
    """The key, or the draft, was used by another transaction: ours is rolled back."""


def _enter(entry: Entry, *, by: Actor, at: datetime) -> Receipt:
    case_id = uuid7(at)
    try:
        with transaction.atomic():
            filed = _write(entry, case_id, by, at)
    except _KeyUsed:
        return _known(entry.key, entry.body_hash, by) or _moved_on(entry.draft, by)
    return make_receipt(case_id, filed.number, filed.hash, at)


def _write(entry: Entry, case_id: UUID, by: Actor, at: datetime) -> Filed:
    """Rows of this room first, under deferred foreign keys; the case, with its number, last."""
    ensure_partitions(at)
    draft, salt = entry.draft, secrets.token_hex(16)
    # The draft keeps the answers that are filed, who applies included: a repeated key is compared with them for ever.
    claimed = sql.execute(
        "update intake_draft set case_id = %(case)s, answers = %(answers)s::jsonb, changed_at = %(at)s "
        "where id = %(id)s and edit = %(edit)s and case_id is null",
        {
            "case": case_id, "answers": canonical.text(draft.answers), "at": at, "id": draft.id, "edit": draft.edit,
        },
    )  # fmt: skip
    if not claimed:
        raise _KeyUsed
    sql.execute(
        "insert into intake_application (case_id, version_id, answers, salt, filed_by_id) "
        "values (%(case)s, %(version)s, %(answers)s, %(salt)s, %(by)s)",
        {
            "case": case_id, "version": draft.version_id, "answers": canonical.text(entry.answers), "salt": salt,
            "by": by.id,
        },
    )  # fmt: skip
    if draft.materials:
        insert_materials(case_id, draft.id, 0)
    filed = cases.file(_opening(entry, case_id, salt), by=by, at=at, key=entry.key, key_hash=entry.body_hash)
    if filed is None:
        raise _KeyUsed
    return filed


def insert_materials(case_id: UUID, draft_id: UUID, round_: int) -> None:
    """Give a draft's materials to a case. The draft's row is locked by its claim, so they are those that were read."""
    sql.execute(
        "insert into intake_material (case_id, id, round, code, name, kind, size, sha256, added_at) "
        "select %(case)s, id, %(round)s, code, name, kind, size, sha256, added_at from intake_draftmaterial "
        "where draft_id = %(draft)s",
        {"case": case_id, "round": round_, "draft": draft_id},
    )


def _opening(entry: Entry, case_id: UUID, salt: str) -> Opening:
    draft = entry.draft
    content: dict[str, Any] = {
        "answers": canonical.commitment(salt, entry.answers),
        "materials": [{"code": file.code, "sha256": file.sha256} for file in draft.materials],
        "applicant": applicant_commitment(draft.applicant, salt),
        "version": draft.version_id,
    }
    return Opening(
        id=case_id,
        item_id=draft.item_id,
        item_version_id=draft.version_id,
        item_name=draft.item_name,
        item_type=draft.item_type,
        handling_kind=draft.handling_kind,
        department_id=draft.department_id,
        department_code=draft.department_code,
        region=draft.region,
        channel=entry.channel,
        applicant_id=draft.applicant.pk,
        applicant_name=draft.applicant.name,
        statutory_days=draft.statutory_days,
        promised_days=draft.promised_days,
        content=content,
    )


def _known(key: str, hash_: str, by: Actor) -> Receipt | None:
    """What a key stands for already; None for a fresh key. Raises Missing (somebody else's), Conflict (other body)."""
    used = client_key(key)
    if used is None:
        return None
    if used[2] != by.signature:
        raise Missing
    if used[1] != hash_:
        raise Conflict("同一提交标识已用于另一份申请。", how="请刷新核对页面后重新提交，已填内容会保留。")
    return receipt_of(used[0])


def _filed_already(case_id: UUID) -> Receipt:
    receipt = receipt_of(case_id)
    number = receipt.number if receipt else ""
    raise Conflict(f"这份申请已经提交过，编号 {number}。", how="不需要再次提交，请到「我的办件」查看。")


def _moved_on(draft: DraftRow, by: Actor) -> Receipt:
    latest = own_draft(draft.id, by=by)
    if latest.case_id is not None:
        return _filed_already(latest.case_id)
    raise Conflict("草稿刚刚在另一个页面改动过。", how="请重新核对后再提交。")
