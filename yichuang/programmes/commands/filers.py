"""Every write of the room: filers of campaigns, what they report by hand, reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.directory.models import Applicant
from yichuang.journal.commands import keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.programmes.commands.campaigns import (
    LARGEST,
    LONGEST,
    LONGEST_NAME,
    campaign_fact,
    keep_campaign_version,
    must_run,
    read_target,
    running_campaign,
    wrong_period,
)
from yichuang.programmes.commands.common import department_of, insert, one_line, raise_for
from yichuang.programmes.commands.progress import hold_counts, recount_filers
from yichuang.programmes.commands.reminding import tell_department
from yichuang.programmes.flow.campaigns import MOST_FILERS, REMINDER_GAP
from yichuang.programmes.models import Campaign, Filer, FilerReminder, HandNumber
from yichuang.workdays.queries import calendar


@dataclass(frozen=True, slots=True)
class FilerForm:
    """Who has to file: `papers` are credit codes or identity numbers; empty days are the campaign's."""

    name: str
    target: str
    papers: Sequence[str] = ()
    starts_on: date | None = None
    deadline: date | None = None
    department_id: UUID | None = None


@transaction.atomic
def add_filer(campaign_id: UUID, form: FilerForm, *, by: Actor, at: datetime) -> UUID:
    """Put a filer into a campaign, or change the one of that name; its id. Raises Missing, Conflict, Invalid."""
    by.require(Capability.PROGRAMME_MANAGE)
    hold_counts()
    campaign = running_campaign(campaign_id, by)
    wrong, target = read_target(form.target)
    starts_on, deadline = form.starts_on or campaign.starts_on, form.deadline or campaign.deadline
    wrong |= wrong_period(starts_on, deadline)
    name = one_line(form.name)
    if not name or len(name) > LONGEST_NAME:
        wrong["name"] = f"请填写申报单位，最多 {LONGEST_NAME} 字"
    papers = list(dict.fromkeys(paper.strip().upper() for paper in form.papers if paper.strip()))
    known = dict(Applicant.objects.filter(paper_number__in=papers).values_list("paper_number", "id"))
    unknown = [paper for paper in papers if paper not in known]
    if unknown:
        wrong["papers"] = f"没有登记过这个信用代码：{unknown[0][:40]}；请核对，或者先留空"
    raise_for(wrong)
    assert target is not None
    row = campaign.filers.filter(name=name).first()
    if row is not None and row.removed_on is not None:
        raise Invalid("这个申报单位已移除。", fields={"name": "已移除的名称不能再用，请写成另一个名称"})
    _no_overlap(campaign, row, set(known.values()), starts_on)
    if row is None:
        if campaign.filers.count() >= MOST_FILERS:
            raise Conflict(f"一个专项最多 {MOST_FILERS} 个申报单位。", how="请合并后再登记。")
        place = (campaign.filers.order_by("-position").values_list("position", flat=True).first() or 0) + 1
        row = Filer(id=uuid7(at), campaign=campaign, name=name, position=place)
    applicants, row.applicants = row.applicants, sorted(known.values())
    row.target, row.target_mark = int(target.value), target.mark.value
    row.starts_on, row.deadline = starts_on, deadline
    row.department = (
        department_of(form.department_id or by.department_id, reaches=by.reaches)
        if form.department_id
        else None
    )
    row.save()
    if row.applicants != applicants:
        recount_filers([row.pk])
    keep_campaign_version(campaign, f"申报单位：{row.name}", by, at)
    stated: dict[str, object] = {"filer": row.pk, "target": row.target, "deadline": row.deadline}
    record(campaign_fact(campaign, "filer_set", stated), by=by, at=at)
    return row.pk


def _no_overlap(campaign: Campaign, own: Filer | None, applicants: set[UUID], starts_on: date) -> None:
    """On a day an applicant stands under one filer only, or cases would count twice."""
    for other in campaign.filers.all():
        gone = other.removed_on is not None and other.removed_on < starts_on
        if (own is None or other.pk != own.pk) and not gone and applicants & set(other.applicants):
            raise Invalid(
                "同一个信用代码不能算在两个申报单位下。",
                fields={"papers": f"已在“{other.name}”名下，请先从那里去掉"},
            )


@keyed("hand_number")
@transaction.atomic
def report_by_hand(
    campaign_id: UUID,
    filer_id: UUID,
    *,
    as_of: date | None,
    count: int | None,
    source: str,
    by: Actor,
    at: datetime,
    key: str,
) -> UUID:
    """How many a filer has filed elsewhere in all up to a day, with the source; its id. Never changed afterwards.

    Raises Missing out of reach, Conflict for a campaign that has ended, Invalid without source, day or number.
    """
    by.require(Capability.PROGRAMME_KEEP)
    filer = _filer(campaign_id, filer_id, by)
    done = HandNumber.objects.filter(key=key, filer=filer).values_list("id", flat=True).first()
    if done is not None:
        return done
    wrong = {}
    if not source.strip() or len(source) > LONGEST_NAME * 2:
        wrong["source"] = "请写明数字来源，如：示例公司 11 月 20 日报送表"
    if count is None or not 0 <= count <= LARGEST:
        wrong["count"] = "请填累计数，整数"
    if as_of is None or not filer.starts_on <= as_of <= local_day(at):
        wrong["as_of"] = f"请填 {filer.starts_on} 到今天之间的日期"
    raise_for(wrong)
    assert as_of is not None
    assert count is not None
    stated: dict[str, object] = {"filer": filer.pk, "as_of": as_of, "count": count}
    seq = record(campaign_fact(filer.campaign, "reported", stated), by=by, at=at).seq
    row = HandNumber(
        id=uuid7(at), filer=filer, as_of=as_of, count=count, source=one_line(source), by_name=by.name, at=at, seq=seq,
        key=key,
    )  # fmt: skip
    insert(row)
    return row.pk


@keyed("filer_reminder")
@transaction.atomic
def remind_filer(
    campaign_id: UUID, filer_id: UUID, words: str, *, by: Actor, at: datetime, key: str
) -> FilerReminder:
    """Remind the department that looks after a filer. Raises Missing, Invalid, Conflict where it is too soon."""
    by.require(Capability.PROGRAMME_MANAGE)
    filer = _filer(campaign_id, filer_id, by)
    done = FilerReminder.objects.filter(key=key, filer=filer).first()
    if done is not None:
        return done
    if not words.strip() or len(words) > LONGEST:
        raise Invalid("请写明催办要求。", fields={"reminder": f"不能为空，最多 {LONGEST} 字"})
    today, days = local_day(at), calendar()
    last = FilerReminder.objects.filter(filer=filer).order_by("-on").values_list("on", flat=True).first()
    if last is not None and days.between(last, today) < REMINDER_GAP:
        raise Conflict(f"{last} 已经催办过。", how=f"{days.add(last, REMINDER_GAP)} 起可以再次催办。")
    campaign = filer.campaign
    seq = record(campaign_fact(campaign, "reminded", {"filer": filer.pk}), by=by, at=at).seq
    title = f"专项催办：{campaign.short_title} {filer.name}"
    body = f"“{campaign.title}”：{filer.name}应于 {filer.deadline} 前完成 {filer.target}{campaign.unit}。{words.strip()}"
    told = tell_department(
        filer.department_id or campaign.department_id, campaign.pk, seq, "campaign.reminded", title, body,
        f"/desk/programmes/campaigns/{campaign.pk}", at=at,
    )  # fmt: skip
    row = FilerReminder(
        id=uuid7(at),
        filer=filer,
        on=today,
        words=words.strip(),
        by_name=by.name,
        at=at,
        receivers=told,
        key=key,
    )
    insert(row)
    return row


@transaction.atomic
def remove_filer(campaign_id: UUID, filer_id: UUID, reason: str, *, by: Actor, at: datetime) -> None:
    """Take a filer out of a campaign from tomorrow on: what was counted up to today stays in the figures.

    Removing it again changes nothing. Raises Missing, Conflict for a campaign that has ended, Invalid without reason.
    """
    by.require(Capability.PROGRAMME_MANAGE)
    campaign = running_campaign(campaign_id, by)
    filer = campaign.filers.filter(pk=filer_id).first()
    if filer is None:
        raise Missing
    if filer.removed_on is not None:
        return
    if not reason.strip() or len(reason) > LONGEST:
        raise Invalid("请写明移除理由。", fields={"removal": f"不能为空，最多 {LONGEST} 字"})
    filer.removed_on, filer.removed_why, filer.removed_by_name = local_day(at), reason.strip(), by.name
    filer.save(update_fields=["removed_on", "removed_why", "removed_by_name"])
    keep_campaign_version(campaign, f"移除：{filer.name}", by, at)
    record(campaign_fact(campaign, "filer_removed", {"filer": filer.pk}), by=by, at=at)


def _filer(campaign_id: UUID, filer_id: UUID, by: Actor) -> Filer:
    """The filer of a campaign that runs, for the campaign's department, the one that looks after it, and the centre.

    The campaign is locked, always before its filers: whoever ends it meanwhile waits, or has been first.
    """
    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    found = Filer.objects.select_related("campaign").filter(pk=filer_id, campaign_id=campaign_id).first()
    if campaign is None or found is None:
        raise Missing
    if not (by.reaches(campaign.department_id) or by.reaches(found.department_id)):
        raise Missing
    must_run(campaign)
    if found.removed_on is not None:
        raise Conflict(f"“{found.name}”已于 {found.removed_on} 移除。", how="请刷新页面。")
    return found
