"""Every write of the room: campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Missing
from yichuang.kernel.keys import uuid7
from yichuang.programmes.commands.common import (
    check_seen,
    department_of,
    insert,
    one_line,
    raise_for,
    sent_before,
    wrong_day,
)
from yichuang.programmes.commands.progress import hold_counts, recount_filers
from yichuang.programmes.flow.campaigns import MOST_MILESTONES, CampaignState
from yichuang.programmes.flow.events import Mark
from yichuang.programmes.models import Campaign, CampaignMilestone, CampaignVersion
from yichuang.programmes.rules.events import Amount, UnreadableNumberError, read_amount

LONGEST = 2000
LONGEST_NAME = 100
LONGEST_UNIT = 4
LARGEST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class CampaignForm:
    """A campaign as stated. `item_codes`: catalogue codes; `target` as typed: 120000, 约30万."""

    title: str
    source: str
    target: str
    starts_on: date | None
    deadline: date | None
    item_codes: Sequence[str]
    unit: str = "件"
    words: str = ""
    department_id: UUID | None = None
    milestones: Sequence[tuple[date, int]] = ()


@keyed("campaign")
@transaction.atomic
def open_campaign(form: CampaignForm, *, by: Actor, at: datetime, key: str) -> UUID:
    """Begin a campaign; its id. The same key never begins twice. Raises Invalid, Missing, Conflict."""
    by.require(Capability.PROGRAMME_MANAGE)
    done = sent_before(Campaign, key, department="department", reaches=by.reaches)
    if done is not None:
        return done
    row = Campaign(
        id=uuid7(at),
        department=department_of(form.department_id or by.department_id, reaches=by.reaches),
        key=key,
        edit=0,
    )
    _state(row, form, by, at)
    insert(row)
    _milestones(row, form, at)
    keep_campaign_version(row, "建立", by, at)
    record(campaign_fact(row, "opened", {"target": row.target, "deadline": row.deadline}), by=by, at=at)
    return row.pk


@transaction.atomic
def change_campaign(campaign_id: UUID, form: CampaignForm, *, seen: int, by: Actor, at: datetime) -> None:
    """Change what was stated, over the edit that was on the screen. Raises Missing, Conflict, Invalid."""
    by.require(Capability.PROGRAMME_MANAGE)
    hold_counts()
    row = running_campaign(campaign_id, by)
    check_seen(row.edit, seen)
    items = row.items
    before = {"target": row.target, "deadline": row.deadline}
    _state(row, form, by, at)
    row.save()
    if row.items != items:
        recount_filers([one.pk for one in row.filers.all()])
    row.milestones.all().delete()
    _milestones(row, form, at)
    keep_campaign_version(row, "修改", by, at)
    record(
        campaign_fact(row, "changed", {"before": before, "target": row.target, "deadline": row.deadline}),
        by=by,
        at=at,
    )


def _state(row: Campaign, form: CampaignForm, by: Actor, at: datetime) -> None:
    wrong, target = _checked(form)
    items = dict(Item.objects.filter(code__in=set(form.item_codes)).values_list("code", "id"))
    unknown = [code for code in dict.fromkeys(form.item_codes) if code not in items]
    if unknown:
        wrong["items"] = f"没有这个事项编码：{unknown[0][:40]}"
    elif not items:
        wrong["items"] = "请至少填一个事项编码"
    raise_for(wrong)
    assert target is not None
    assert form.starts_on is not None
    assert form.deadline is not None
    row.title, row.source, row.words = one_line(form.title), one_line(form.source), form.words.strip()
    row.short_title = row.title[:20]
    row.unit = one_line(form.unit) or "件"
    row.target, row.target_mark = int(target.value), target.mark.value
    row.starts_on, row.deadline = form.starts_on, form.deadline
    row.items = sorted(items.values())
    row.edit, row.changed_by_name, row.changed_at = row.edit + 1, by.name, at


def _checked(form: CampaignForm) -> tuple[dict[str, str], Amount | None]:
    wrong = {}
    for name, label in (("title", "名称"), ("source", "依据")):
        given = one_line(getattr(form, name))
        if not given or len(given) > LONGEST_NAME * 2:
            wrong[name] = f"请填写{label}，最多 {LONGEST_NAME * 2} 字"
    if len(form.words) > LONGEST:
        wrong["words"] = f"最多 {LONGEST} 字"
    if len(form.unit.strip()) > LONGEST_UNIT:
        wrong["unit"] = f"最多 {LONGEST_UNIT} 字，如：件、个"
    wrong |= wrong_period(form.starts_on, form.deadline)
    if any(not 0 < count <= LARGEST for _, count in form.milestones) or len(
        {on for on, _ in form.milestones}
    ) < len(form.milestones):
        wrong["milestones"] = "一天只写一个节点，数量须大于 0"
    elif len(form.milestones) > MOST_MILESTONES:
        wrong["milestones"] = f"最多 {MOST_MILESTONES} 个节点"
    elif odd := next((found for on, _ in form.milestones if (found := wrong_day(on))), ""):
        wrong["milestones"] = odd
    faults, target = read_target(form.target)
    return wrong | faults, target


def wrong_period(starts_on: date | None, deadline: date | None) -> dict[str, str]:
    """What is wrong with the days of a campaign or a filer."""
    wrong = {}
    if starts_on is None:
        wrong["starts_on"] = "请填开始日期"
    if deadline is None:
        wrong["deadline"] = "请填截止日期"
    elif starts_on is not None and deadline < starts_on:
        wrong["deadline"] = "不能早于开始日期"
    for name, day in (("starts_on", starts_on), ("deadline", deadline)):
        if day is not None and wrong_day(day):
            wrong[name] = wrong_day(day)
    return wrong


def read_target(typed: str) -> tuple[dict[str, str], Amount | None]:
    """What is wrong with a target as typed, or the target: exact or 约, more than 0."""
    try:
        found = read_amount(typed)
    except UnreadableNumberError as error:
        return {"target": str(error)}, None
    if found.mark is Mark.OVER or not 0 < found.value <= LARGEST:
        return {"target": "请填大于 0 的数，如 120000、约30万"}, None
    return {}, found


def _milestones(row: Campaign, form: CampaignForm, at: datetime) -> None:
    CampaignMilestone.objects.bulk_create(
        CampaignMilestone(id=uuid7(at), campaign=row, on=on, count=count) for on, count in form.milestones
    )


@transaction.atomic
def close_campaign(campaign_id: UUID, *, by: Actor, at: datetime) -> None:
    """End a campaign; closing it again changes nothing. Raises Missing."""
    by.require(Capability.PROGRAMME_MANAGE)
    row = locked_campaign(campaign_id, by)
    if row.state == CampaignState.CLOSED:
        return
    row.state, row.edit, row.changed_by_name, row.changed_at = (
        CampaignState.CLOSED.value,
        row.edit + 1,
        by.name,
        at,
    )
    row.save(update_fields=["state", "edit", "changed_by_name", "changed_at"])
    keep_campaign_version(row, "结束", by, at)
    record(campaign_fact(row, "closed", {}), by=by, at=at)


def locked_campaign(campaign_id: UUID, by: Actor) -> Campaign:
    """The campaign, locked, for its department and the centre. Raises Missing."""
    by.require(Capability.PROGRAMME_MANAGE)
    found = (
        Campaign.objects.select_for_update(of=("self",))
        .prefetch_related("department")
        .filter(pk=campaign_id)
        .first()
    )
    if found is None or not by.reaches(found.department_id):
        raise Missing
    return found


def running_campaign(campaign_id: UUID, by: Actor) -> Campaign:
    """The campaign, locked, where it has not ended. Raises Missing, Conflict."""
    found = locked_campaign(campaign_id, by)
    must_run(found)
    return found


def must_run(campaign: Campaign) -> None:
    """Raise Conflict where a campaign has ended."""
    if campaign.state != CampaignState.RUNNING:
        raise Conflict("这个专项已经结束，不能再修改。", how="请刷新页面。")


def keep_campaign_version(campaign: Campaign, act: str, by: Actor, at: datetime) -> None:
    """Keep the campaign and its filers as they stand now, with who and when."""
    by.require(Capability.PROGRAMME_MANAGE)
    CampaignVersion.objects.create(
        id=uuid7(at), campaign=campaign, number=campaign.versions.count() + 1, act=act, content=list(_content(campaign).items()),
        by_name=by.name, at=at,
    )  # fmt: skip


def _content(campaign: Campaign) -> dict[str, str]:
    """Everything that is stated, by label, as people read it: the filers too, one label each."""
    codes = Item.objects.filter(pk__in=campaign.items).order_by("code").values_list("code", flat=True)
    told = {
        "名称": campaign.title,
        "主管部门": campaign.department.short_name or campaign.department.name,
        "依据": campaign.source,
        "目标": _target(campaign.target, campaign.target_mark, campaign.unit),
        "开始日期": campaign.starts_on.isoformat(),
        "截止日期": campaign.deadline.isoformat(),
        "事项": "、".join(codes),
        "节点": "；".join(f"{one.on} {one.count}" for one in campaign.milestones.all()),
        "说明": campaign.words,
        "状态": CampaignState(campaign.state).label,
    }
    for filer in campaign.filers.select_related("department"):
        looked_after = f"，{filer.department.short_name}" if filer.department else ""
        gone = f"，{filer.removed_on} 移除：{filer.removed_why}" if filer.removed_on else ""
        goal = _target(filer.target, filer.target_mark, campaign.unit)
        days = f"{filer.starts_on} 至 {filer.deadline}"
        told[f"申报单位：{filer.name}"] = (
            f"{goal}，{days}，信用代码 {len(filer.applicants)} 个{looked_after}{gone}"
        )
    return {label: text for label, text in told.items() if text}


def _target(count: int, mark: str, unit: str) -> str:
    return f"{'约' if mark == Mark.ABOUT else ''}{count}{unit}"


def campaign_fact(campaign: Campaign, name: str, data: dict[str, object]) -> NewFact:
    """What is to be remembered about a campaign."""
    return NewFact(campaign.pk, "campaign", f"campaign.{name}", data, department_id=campaign.department_id)
