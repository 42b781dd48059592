"""Filing a draft: one transaction whose last statement opens the case."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from yichuang.cases import commands as cases
from yichuang.cases.commands import Filed, Opening
from yichuang.cases.flow import Channel
from yichuang.directory.commands import applicant_commitment
from yichuang.directory.flow import Capability
from yichuang.intake.commands.drafts import renew_draft
from yichuang.intake.commands.receipts import Signer, fix_receipt
from yichuang.intake.queries import (
    DraftRow,
    Receipt,
    known_receipt,
    make_receipt,
    own_draft,
    receipt_of,
    review_of,
)
from yichuang.intake.rules.receipts import Attached, JournalHead, content_text, receipt_body, receipt_code
from yichuang.journal.commands import ensure_partitions
from yichuang.journal.rules import GENESIS
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

BROWSERS = (Channel.ONLINE, Channel.MOBILE)


def file_draft(
    draft_id: UUID, *, key: str, by: Actor, at: datetime, seen: int | None = None, channel: Channel | None = None,
    sign: Signer | None = None,
) -> Receipt:  # fmt: skip
    """File a draft: check all of it again, then application, materials and case in one transaction, all or nothing.

    The same key yields the same receipt for ever; `sign` signs it with the filing, else it is signed when first shown. `seen` is the edit that was on the screen, `channel` what an
    applicant files with (网上 or 移动端) where it is not what the draft was begun with. Raises Missing (not one's own), Invalid with every field that is wrong, Conflict (key used for another body, draft changed or filed
    meanwhile, guide replaced: the draft is then brought to the new version and keeps its answers).
    """
    draft = own_draft(draft_id, by=by)
    by.require(Capability.CASE_FILE_FOR if draft.channel == Channel.WINDOW else Capability.CASE_APPLY)
    if draft.mends is not None:
        raise Missing("这是补正的草稿。", how="请从办件页提交补正。")
    if draft.case_id is not None:
        return known_receipt(key, body_hash(draft, _as_filed(draft, at)), by) or _filed_already(draft.case_id)
    _check_version(draft, by, at)
    found = review_of(draft, today=local_day(at))
    if not found.is_complete:
        raise Invalid(
            "还有内容需要改正，暂时不能提交。", how="请按下面的提示修改，已填内容都在。", fields=found.fields
        )
    if seen is not None and seen != draft.edit:
        raise Conflict("草稿刚刚在另一个页面改动过。", how="请重新核对后再提交。")
    came_by = _came_by(draft, channel)
    return enter(
        Entry(draft, found.answers, key, body_hash(draft, found.answers), came_by, sign), by=by, at=at
    )[0]


@dataclass(frozen=True, slots=True)
class Entry:
    """A draft that passed every check, with the key it is filed under and the hash of what is filed.

    `direct`: it was never kept as a draft, but came whole.
    """

    draft: DraftRow
    answers: Mapping[str, object]
    key: str
    body_hash: str
    channel: Channel
    sign: Signer | None = None
    direct: bool = False


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


def enter(entry: Entry, *, by: Actor, at: datetime) -> tuple[Receipt, bool]:
    """Write a filing that passed every check: its receipt, and whether the key stood for it already. Raises Missing, Conflict.

    Whoever calls has asked for the capability.
    """
    case_id = uuid7(at)
    try:
        with transaction.atomic():
            filed = _write(entry, case_id, by, at)
    except _KeyUsed:
        return known_receipt(entry.key, entry.body_hash, by) or _moved_on(entry.draft, by), True
    return make_receipt(case_id, filed.number, filed.hash, at), False


def _write(entry: Entry, case_id: UUID, by: Actor, at: datetime) -> Filed:
    """Rows of this room first, under deferred foreign keys; the case, with its number, last."""
    ensure_partitions(at)
    salt = secrets.token_hex(16)
    if not entry.direct:
        _claim(entry.draft, case_id, at)
    head = _apply(entry, case_id, salt, by)
    _give_materials(entry, case_id, at)
    filed = cases.file(_opening(entry, case_id, salt), by=by, at=at, key=entry.key, key_hash=entry.body_hash)
    if filed is None:
        raise _KeyUsed
    fix_receipt(case_id, _receipt(entry, case_id, salt, head, filed, at), sign=entry.sign)
    return filed


def _claim(draft: DraftRow, case_id: UUID, at: datetime) -> None:
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


def _apply(entry: Entry, case_id: UUID, salt: str, by: Actor) -> JournalHead:
    """Keep the answers; in the same statement, the newest head of the journal, which the receipt will name."""
    row = sql.one(
        "/*one plan*/ insert into intake_application (case_id, version_id, answers, salt, filed_by_id) "
        "values (%(case)s, %(version)s, %(answers)s, %(salt)s, %(by)s) returning "
        "(select json_build_array(number, chain, at) from journal_seal order by number desc limit 1)::text",
        {
            "case": case_id, "version": entry.draft.version_id, "answers": canonical.text(entry.answers),
            "salt": salt, "by": by.id,
        },
    )  # fmt: skip
    if row is None or row[0] is None:
        return JournalHead(0, GENESIS, None)
    number, hash_, at = json.loads(row[0])
    return JournalHead(number, hash_, datetime.fromisoformat(at))


def _give_materials(entry: Entry, case_id: UUID, at: datetime) -> None:
    files = entry.draft.materials
    if files and not entry.direct:
        insert_materials(case_id, entry.draft.id, 0)
    elif files:
        columns = ("id", "code", "name", "kind", "size", "sha256")
        sql.execute(
            "/*one plan*/ insert into intake_material (case_id, id, round, code, name, kind, size, sha256, added_at) "
            "select %(case)s, id, 0, code, name, kind, size, sha256, %(at)s from unnest(%(id)s::uuid[], "
            "%(code)s::text[], %(name)s::text[], %(kind)s::text[], %(size)s::int[], %(sha256)s::text[]) "
            "as t(id, code, name, kind, size, sha256)",
            {"case": case_id, "at": at} | {one: [getattr(file, one) for file in files] for one in columns},
        )


def _receipt(
    entry: Entry, case_id: UUID, salt: str, head: JournalHead, filed: Filed, at: datetime
) -> dict[str, Any]:
    files = entry.draft.materials
    materials = [Attached(one.id, one.code, one.kind, one.size, one.sha256) for one in files]
    content = content_text(
        case_id=case_id, applicant_id=entry.draft.applicant.pk, version_id=entry.draft.version_id,
        answers=entry.answers, materials=materials, salt=salt,
    )  # fmt: skip
    return receipt_body(
        case_id=case_id, number=filed.number, filed_at=at, content_sha256=canonical.digest(content),
        materials=materials, fact_hash=filed.hash.hex(), head=head,
        code=receipt_code(settings.FOLLOW_SECRET, case_id),
    )  # fmt: skip


EXPIRIES = (date(2018, 3, 1), date(2099, 12, 31))


def expiry(answer: object) -> date | None:
    """The day on which the licence to be renewed runs out, as it was answered; None where that is no day to count by."""
    try:
        day = date.fromisoformat(str(answer))
    except ValueError:
        return None
    return day if EXPIRIES[0] <= day <= EXPIRIES[1] else None


def insert_materials(case_id: UUID, draft_id: UUID, round_: int) -> None:
    """Give a draft's materials to a case. The draft's row is locked by its claim, so they are those that were read."""
    sql.execute(
        "/*one plan*/ insert into intake_material (case_id, id, round, code, name, kind, size, sha256, added_at) "
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
        confidentiality=draft.guide.handling.confidentiality,
        renews_expires_on=expiry(entry.answers.get(draft.guide.handling.renews_field)),
    )


def _filed_already(case_id: UUID) -> Receipt:
    receipt = receipt_of(case_id)
    number = receipt.number if receipt else ""
    raise Conflict(f"这份申请已经提交过，编号 {number}。", how="不需要再次提交，请到「我的办件」查看。")


def _moved_on(draft: DraftRow, by: Actor) -> Receipt:
    latest = own_draft(draft.id, by=by)
    if latest.case_id is not None:
        return _filed_already(latest.case_id)
    raise Conflict("草稿刚刚在另一个页面改动过。", how="请重新核对后再提交。")
