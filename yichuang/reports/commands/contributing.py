"""What departments send in, and what editors make of it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.reports.commands.editing import LONGEST_TEXT, news_section
from yichuang.reports.commands.keeping import editable, keep_version
from yichuang.reports.flow import ContributionState, State
from yichuang.reports.models import Contribution, Report
from yichuang.reports.rules.content import Item, items_json, items_of

LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class NewContribution:
    """What a department states: for which report (None: the next), under which heading, what happened when."""

    title: str
    body: str
    section: str = ""
    happened_on: date | None = None
    report_id: UUID | None = None


@transaction.atomic
def contribute(new: NewContribution, *, by: Actor, at: datetime, key: str) -> UUID:
    """Send a contribution in, in the name of the actor's department; its id. The same key never sends twice.

    Raises Refused without a department, Invalid for missing words, Conflict where the report no longer collects.
    """
    by.require(Capability.REPORT_CONTRIBUTE)
    if by.department_id is None:
        raise Refused("您的账号没有所属部门，不能报送素材。", how="请联系管理员。")
    sent = Contribution.objects.filter(key=key).values_list("id", "author_id").first()
    if sent is not None:
        if sent[1] != by.id:
            raise Conflict("这份素材的提交标识已被使用。", how="请刷新页面后重新提交。")
        return sent[0]
    _check(new, at)
    contribution = Contribution(
        id=uuid7(at),
        report=_collecting(new.report_id) if new.report_id else None,
        department_id=by.department_id,
        section=new.section,
        title=new.title.strip(),
        body=new.body.strip(),
        happened_on=new.happened_on,
        author_id=by.id,
        author_name=by.name,
        at=at,
        key=key,
    )
    try:
        with transaction.atomic():
            contribution.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("这份素材正在提交。", how="请稍候刷新页面查看。") from error
    return contribution.id


def _check(new: NewContribution, at: datetime) -> None:
    wrong: dict[str, str] = {}
    if not new.title.strip() or len(new.title.strip()) > LONGEST_TITLE:
        wrong["title"] = f"请用一句话概括，最多 {LONGEST_TITLE} 字"
    if not new.body.strip():
        wrong["body"] = "请写明什么时间、哪个单位、做了什么、有什么效果"
    elif len(new.body) > LONGEST_TEXT:
        wrong["body"] = f"有 {len(new.body)} 字，最多 {LONGEST_TEXT} 字"
    if new.happened_on and new.happened_on > local_day(at):
        wrong["happened_on"] = "不能晚于今天"
    if wrong:
        raise Invalid("素材有误，请按提示修改。", fields=wrong)


def _collecting(report_id: UUID) -> Report:
    report = Report.objects.filter(pk=report_id).first()
    if report is None:
        raise Missing("没有找到这期周报。")
    if report.state != State.COLLECTING:
        raise Conflict("本期征集已经截止。", how="请改选「下一期」再报送。")
    return report


@transaction.atomic
def withdraw_contribution(contribution_id: UUID, *, by: Actor, at: datetime) -> None:  # noqa: ARG001
    """Take back what the own department sent. Raises Missing, Conflict where it was taken or declined already."""
    by.require(Capability.REPORT_CONTRIBUTE)
    found = Contribution.objects.select_for_update().filter(pk=contribution_id).first()
    if found is None or not by.reaches(found.department_id):
        raise Missing
    if found.state != ContributionState.SENT:
        label = ContributionState(found.state).label
        raise Conflict(f"这份素材{label}，不能撤回。", how="需要更正时，请联系周报编辑。")
    found.state = ContributionState.WITHDRAWN
    found.save(update_fields=["state"])


@transaction.atomic
def take_contribution(
    report_id: UUID, contribution_id: UUID, section: str, *, seen: int, by: Actor, at: datetime
) -> Report:
    """Take a contribution into a heading of the report, as its last item.

    Raises Missing, Conflict where it was dealt with already or belongs to another report, and what `editable` raises.
    """
    report = editable(report_id, seen=seen, by=by)
    spec = news_section(report, section)
    found = _undecided(contribution_id, report)
    items = items_of(report.items)
    item = Item(str(found.id), found.body, str(found.id))
    items[section] = (*items.get(section, ()), item)
    report.items = items_json(items)
    found.state, found.report, found.section = ContributionState.TAKEN, report, section
    found.save(update_fields=["state", "report", "section"])
    return keep_version(report, f"采用素材「{found.title}」到「{spec.heading}」", by=by, at=at)


@transaction.atomic
def decline_contribution(
    report_id: UUID,
    contribution_id: UUID,
    reason: str,
    *,
    by: Actor,
    at: datetime,  # noqa: ARG001
) -> None:
    """Say that a contribution will not be used, and why: its department reads the reason.

    Raises Invalid without a reason, Missing, Conflict where it was dealt with already.
    """
    by.require(Capability.REPORT_EDIT)
    if not reason.strip():
        raise Invalid("请写明不采用的理由，报送部门会看到。", fields={"reason": "不能为空"})
    report = Report.objects.filter(pk=report_id).first()
    if report is None:
        raise Missing("没有找到这期周报。")
    found = _undecided(contribution_id, report)
    found.state, found.note = ContributionState.DECLINED, reason.strip()[:LONGEST_TEXT]
    found.save(update_fields=["state", "note"])


def _undecided(contribution_id: UUID, report: Report) -> Contribution:
    found = Contribution.objects.select_for_update().filter(pk=contribution_id).first()
    if found is None:
        raise Missing("没有找到这份素材。")
    if found.state != ContributionState.SENT or found.report_id not in (None, report.id):
        label = ContributionState(found.state).label
        raise Conflict(f"这份素材{label}。", how="请刷新页面查看最新情况。")
    return found
