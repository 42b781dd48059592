"""Drafts: begun, saved as they are typed, brought to a newer guide, thrown away. None of it leaves a fact."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.cases.flow import Channel
from yichuang.catalogue.queries import FilingGuide, filing_guide
from yichuang.directory.flow import Capability
from yichuang.directory.models import Applicant
from yichuang.directory.queries import applicant as find_applicant
from yichuang.intake.flow import ALL_SECTIONS, MOST_DRAFTS
from yichuang.intake.models import Draft
from yichuang.intake.queries import DraftRow, guide_of_version, open_draft, party_of
from yichuang.intake.rules import drafting
from yichuang.journal.commands import hash_of, once, standing
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day


@transaction.atomic
def begin_draft(
    item_code: str,
    *,
    by: Actor,
    at: datetime,
    channel: Channel,
    applicant_id: UUID | None = None,
    key: str = "",
) -> Draft:
    """Begin a filing for the actor's own applicant, or, at the window, for a walk-in.

    What the directory knows is filled in. The same key begins one draft only, and stands for item, applicant and
    channel. Raises Missing (no such item, no published guide, no such applicant; the key's draft was thrown away), Invalid
    (not for this kind of applicant, not online), Refused, Conflict (key used for something else, or by somebody else).
    """
    party = _applicant(by, channel, applicant_id)
    hashed = hash_of(item_code, channel, party.pk)
    known = standing("draft", key, body_hash=hashed, owner=by.signature) if key else None
    if known is not None:
        return _begun(known)
    found = filing_guide(item_code)
    check_offer(found, party, channel)
    draft_id = uuid7(at)
    values = {
        "owner_id": by.id,
        "version_id": found.version_id,
        "applicant_id": party.pk,
        "channel": str(channel),
        "answers": drafting.prefill(found.guide.form, party_of(party), local_day(at)),
        "begun_at": at,
        "changed_at": at,
    }
    _check_room(by)
    if key:
        first = once("draft", key, subject_id=draft_id, body_hash=hashed, owner=by.signature, at=at)
        if first is not None:
            return _begun(first)
    return Draft.objects.create(id=draft_id, **values)


def _begun(draft_id: UUID) -> Draft:
    """The draft that a key has begun; one that was thrown away does not come back."""
    found = Draft.objects.filter(pk=draft_id).first()
    if found is None:
        raise Missing("这份草稿已经删除。", how="请从办事指南重新开始申请。")
    return found


def _check_room(by: Actor) -> None:
    """Refuse one draft too many; corrections stand with their case."""
    if Draft.objects.filter(owner_id=by.id, case_id=None, mends=None).count() >= MOST_DRAFTS:
        raise Invalid(f"未提交的草稿已有 {MOST_DRAFTS} 份。", how="请先提交或者删除不用的草稿。")


def _applicant(by: Actor, channel: Channel, applicant_id: UUID | None) -> Applicant:
    if channel == Channel.WINDOW:
        by.require(Capability.CASE_FILE_FOR)
    else:
        by.require(Capability.CASE_APPLY)
        if by.applicant_id is None or applicant_id not in (None, by.applicant_id):
            raise Refused("只能为本账号登记的申请人申请。", how="请用申请人自己的账号登录，或者到窗口办理。")
        applicant_id = by.applicant_id
    found = find_applicant(applicant_id) if applicant_id else None
    if found is None:
        raise Missing("没有找到申请人。", how="请先登记申请人的名称和证件号码。")
    return found


def check_offer(found: FilingGuide, party: Applicant, channel: Channel) -> None:
    """Raise Invalid where an item is not offered by this channel or to this kind of applicant."""
    if channel != Channel.WINDOW and not found.online:
        raise Invalid("这个事项不能在网上申请。", how="请到政务服务大厅窗口办理，地址和时间见办事指南。")
    if not drafting.may_apply(found.guide, party.kind):
        who = drafting.audience_words(found.guide)
        raise Invalid(f"这个事项面向{who}。", how=f"“{party.name}”不在其中，请用符合条件的申请人账号办理。")


def save_section(
    draft_id: UUID,
    section: str,
    answers: Mapping[str, object],
    edit: int,
    *,
    by: Actor,
    at: datetime,
    tab: str = "",
) -> int:
    """Keep what was typed in one section, valid or not; the draft's new edit number. One statement writes.

    `edit` is the number that the page was drawn with, `tab` names the open page: it may save again and again. Raises
    Missing, or Conflict where another page saved the same section since.
    """
    draft = open_draft(draft_id, by=by)
    if not drafting.sections(draft.guide.form, section):
        raise Missing("表单中没有这一部分。", how="请返回草稿重新选择。")
    kept = drafting.typed(draft.guide.form, section, answers, draft.held)
    row = sql.one(
        "update intake_draft set answers = answers || %(answers)s::jsonb, edit = edit + 1, changed_at = %(at)s, "
        "marks = marks || jsonb_build_object(%(section)s::text, jsonb_build_object('edit', edit + 1, 'tab', %(tab)s::text)) "
        "where id = %(id)s and owner_id = %(owner)s and case_id is null and (coalesce((marks->%(section)s->>'edit')::int, 0) "
        "<= %(edit)s or (%(tab)s <> '' and marks->%(section)s->>'tab' = %(tab)s)) returning edit",
        {
            "answers": canonical.text(kept), "at": at, "section": section, "tab": tab, "id": draft_id,
            "owner": by.id, "edit": edit,
        },
    )  # fmt: skip
    if row is None:
        open_draft(draft_id, by=by)
        raise Conflict(
            "这一部分刚刚在另一个页面保存过。",
            how="您在本页填的内容仍在下面，核对后再保存一次，就以本页为准。",
        )
    return int(row[0])


def renew_draft(draft_id: UUID, *, by: Actor, at: datetime) -> bool:
    """Bring a draft to the guide now in force; answers that it still asks for stay. Whether anything moved.

    Raises Conflict where the item is not offered any more.
    """
    draft = open_draft(draft_id, by=by)
    if draft.is_current:
        return False
    if draft.current_version_id is None:
        raise Conflict(
            "这个事项已停办，不能再提交。",
            how="草稿仍然保留，可以查看和删除；要办这件事请到窗口或者打电话咨询。",
        )
    form = guide_of_version(draft.current_version_id).form
    answers = drafting.prefill(form, draft.party, local_day(at)) | drafting.carried(form, draft.answers)
    moved = Draft.objects.filter(pk=draft.id, edit=draft.edit, case_id=None).update(
        version_id=draft.current_version_id, answers=answers, marks={}, edit=draft.edit + 1, changed_at=at
    )
    return bool(moved)


def discard_draft(draft_id: UUID, *, by: Actor) -> None:
    """Throw a draft away with its list of files, in one statement: one that is filed meanwhile stays. Raises Missing."""
    gone = sql.one(
        "with gone as (delete from intake_draft where id = %(id)s and owner_id = %(owner)s and case_id is null returning id), "
        "files as (delete from intake_draftmaterial m using gone where m.draft_id = gone.id returning 1) "
        "select count(*) from gone, (select count(*) from files) counted",
        {"id": draft_id, "owner": by.id},
    )
    if gone != (1,):
        raise Missing("没有找到这份草稿，或者它已经提交。", how="请从「我的办件」查看。")


def draft_section(draft: DraftRow) -> str:
    """The section that a draft opens with: the whole form at the window, the first part online."""
    return ALL_SECTIONS if draft.channel == Channel.WINDOW else draft.guide.form.sections[0].code
