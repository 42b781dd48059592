"""Filing a draft: one transaction whose last statement opens the case, with all that stands beside it."""

import secrets
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from yichuang.cases import commands as cases
from yichuang.cases.commands import Beside, Filed, Opening
from yichuang.cases.flow import Channel
from yichuang.directory.commands import applicant_commitment
from yichuang.directory.flow import Capability
from yichuang.intake.commands.drafts import renew_draft
from yichuang.intake.queries import (
    DraftRow,
    Fixed,
    Receipt,
    known_receipt,
    make_receipt,
    own_draft,
    receipt_of,
    review_of,
)
from yichuang.intake.rules.receipts import (
    CHAIN,
    Attached,
    JournalHead,
    content_text,
    receipt_body,
    receipt_code,
)
from yichuang.journal.commands import ensure_partitions
from yichuang.journal.rules import GENESIS
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

BROWSERS = (Channel.ONLINE, Channel.MOBILE)


def file_draft(
    draft_id: UUID,
    *,
    key: str,
    by: Actor,
    at: datetime,
    seen: int | None = None,
    channel: Channel | None = None,
) -> Receipt:
    """File a draft: check all of it again, then application, materials and case in one transaction, all or nothing.

    The same key yields the same receipt for ever; it is signed when first shown. `seen` is the edit that was on the screen, `channel` what an
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
    entry = Entry(draft, found.answers, key, body_hash(draft, found.answers), came_by)
    return enter(entry, by=by, at=at).receipt


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
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of an entry: its receipt; as it was fixed (None where the key stood for it already)."""

    receipt: Receipt
    fixed: Fixed | None = None


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


def enter(entry: Entry, *, by: Actor, at: datetime) -> Entered:
    """Write a filing that passed every check. Raises Missing, Conflict. Whoever calls has asked for the capability."""
    case_id = uuid7(at)
    try:
        # What came whole is one statement, which writes nothing where the key was used: nothing is to be taken back.
        with nullcontext() if entry.direct else transaction.atomic():
            fixed, filed = _write(entry, case_id, by, at)
    except _KeyUsed:
        return Entered(known_receipt(entry.key, entry.body_hash, by) or _moved_on(entry.draft, by))
    return Entered(make_receipt(case_id, filed.number, filed.hash, at), fixed)


def _write(entry: Entry, case_id: UUID, by: Actor, at: datetime) -> tuple[Fixed, Filed]:
    """All that can be made before is made before: from the number to the commit there is one statement, the last.

    The draft is claimed first, under deferred foreign keys.
    """
    ensure_partitions(at)
    salt = secrets.token_hex(16)
    beside = _beside(entry, case_id, salt, by, at)
    opening = _opening(entry, case_id, salt)
    if not entry.direct:
        _claim(entry.draft, case_id, at)
    filed = cases.file(opening, by=by, at=at, key=entry.key, key_hash=entry.body_hash, beside=beside)
    if filed is None:
        raise _KeyUsed
    return Fixed(case_id, str(beside.parameters["content_sha256"]), filed.said, None), filed


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


def _beside(entry: Entry, case_id: UUID, salt: str, by: Actor, at: datetime) -> Beside:
    """Answers, materials and receipt, for the statement that opens the case."""
    receipt = _receipt(entry, case_id, salt, at)
    files = entry.draft.materials if entry.direct else ()
    columns = {
        "ids": "id", "codes": "code", "names": "name", "kinds": "kind", "sizes": "size", "digests": "sha256"
    }  # fmt: skip
    given = {f"file_{name}": [getattr(one, column) for one in files] for name, column in columns.items()}
    own = {
        "answers": canonical.text(entry.answers), "salt": salt, "filed_by": by.id,
        "draft": None if entry.direct else entry.draft.id,
    }  # fmt: skip
    return Beside(
        sql.statement(__file__, "beside"), "(select handed.body from handed)", own | given | receipt
    )


def _receipt(entry: Entry, case_id: UUID, salt: str, at: datetime) -> dict[str, Any]:
    """The receipt with marks, which nobody can have typed, where the statement puts number, hash and head."""
    files = entry.draft.materials
    materials = [Attached(one.id, one.code, one.kind, one.size, one.sha256) for one in files]
    content = canonical.digest(
        content_text(
            case_id=case_id, applicant_id=entry.draft.applicant.pk, version_id=entry.draft.version_id,
            answers=entry.answers, materials=materials, salt=salt,
        )
    )  # fmt: skip
    number, hash_, head = (secrets.token_hex(16) for _ in range(3))
    body = receipt_body(
        case_id=case_id, number=number, filed_at=at, content_sha256=content, materials=materials, fact_hash=hash_,
        head=JournalHead(0, GENESIS, None), code=receipt_code(settings.FOLLOW_SECRET, case_id),
    )  # fmt: skip
    return {
        "content_sha256": content, "receipt": canonical.text(body | {"head": head}), "mark_number": number,
        "mark_hash": hash_, "mark_head": f'"{head}"', "genesis": canonical.text(body["head"]), "chain": CHAIN,
    }  # fmt: skip


EXPIRIES = (date(2018, 3, 1), date(2099, 12, 31))


def expiry(answer: object) -> date | None:
    """The day on which the licence to be renewed runs out, as it was answered; None where that is no day to count by."""
    try:
        day = date.fromisoformat(str(answer))
    except ValueError:
        return None
    return day if EXPIRIES[0] <= day <= EXPIRIES[1] else None


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
