"""What departments send in, and what editors make of it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import keyed
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.reports.commands.editing import LONGEST_TEXT, news_section
from yichuang.reports.commands.keeping import editable, keep_version
from yichuang.reports.commands.locking import refuse_where_held
from yichuang.reports.commands.numbers import LONGEST_SOURCE, Origin, carry_numbers
from yichuang.reports.flow import ContributionState, State
from yichuang.reports.models import (
    Contribution,
    ContributionDraft,
    ContributionFigure,
    ContributionPhoto,
    Report,
)
from yichuang.reports.queries.drafts import days_of
from yichuang.reports.queries.numbers import Stated
from yichuang.reports.rules.content import Item, items_json, items_of
from yichuang.reports.rules.figure_fields import Binding, Number, numbers_in

LONGEST_TITLE = 80
MOST_FIGURES = 20
MOST_PHOTOS = 6
LARGEST = Decimal(10) ** 18


@dataclass(frozen=True, slots=True)
class NewFigure:
    """A figure that a department states: what it counts, and a register's measure or words that name its source."""

    label: str
    value: Decimal
    unit: str
    as_of: date
    source: str = ""
    code: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo that the store holds already: its hash, kind by its content, bytes, and what it shows."""

    sha256: str
    kind: str
    name: str
    size: int
    caption: str = ""


@dataclass(frozen=True, slots=True)
class NewContribution:
    """What a department states: for which report (None: the next), under which heading, what happened when."""

    title: str
    body: str
    section: str = ""
    happened_on: date | None = None
    report_id: UUID | None = None
    figures: tuple[NewFigure, ...] = ()
    photos: tuple[NewPhoto, ...] = ()


@keyed("contribution")
@transaction.atomic
def contribute(
    new: NewContribution, *, by: Actor, at: datetime, key: str, draft_id: UUID | None = None
) -> UUID:
    """Send a contribution in, in the name of the actor's department; its id. The same key never sends twice.

    The actor's draft from which it was sent is gone then.

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
    _keep_parts(contribution, new, at)
    if draft_id is not None and by.id is not None:
        ContributionDraft.objects.filter(pk=draft_id, author_id=by.id).delete()
    return contribution.id


def _keep_parts(contribution: Contribution, new: NewContribution, at: datetime) -> None:
    ContributionFigure.objects.bulk_create(
        ContributionFigure(
            id=uuid7(at), contribution=contribution, position=place, label=each.label.strip(), value=each.value,
            unit=each.unit.strip(), as_of=each.as_of, source=each.source.strip(), code=each.code,
            address=each.address,
        )
        for place, each in enumerate(new.figures)
    )  # fmt: skip
    ContributionPhoto.objects.bulk_create(
        ContributionPhoto(
            id=uuid7(at), contribution=contribution, position=place, sha256=each.sha256, kind=each.kind,
            name=each.name, size=each.size, caption=each.caption.strip(),
        )
        for place, each in enumerate(new.photos)
    )  # fmt: skip


def _check(new: NewContribution, at: datetime) -> None:
    wrong = _word_faults(new) | _part_faults(new, at)
    if new.happened_on and new.happened_on > local_day(at):
        wrong["happened_on"] = "不能晚于今天"
    if wrong:
        raise Invalid("素材有误，请按提示修改。", fields=wrong)


def _word_faults(new: NewContribution) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not new.title.strip() or len(new.title.strip()) > LONGEST_TITLE:
        wrong["title"] = f"请用一句话概括，最多 {LONGEST_TITLE} 字"
    if not new.body.strip():
        wrong["body"] = "请写明什么时间、哪个单位、做了什么、有什么效果"
    elif len(new.body) > LONGEST_TEXT:
        wrong["body"] = f"有 {len(new.body)} 字，最多 {LONGEST_TEXT} 字"
    return wrong


def _part_faults(new: NewContribution, at: datetime) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if len(new.photos) > MOST_PHOTOS:
        wrong["photos"] = f"最多 {MOST_PHOTOS} 张照片，请删去一些"
    if len(new.figures) > MOST_FIGURES:
        wrong["figures"] = f"最多 {MOST_FIGURES} 个数字"
    for place, figure in enumerate(new.figures):
        wrong |= {f"figure-{name}-{place}": words for name, words in _figure_faults(figure, at).items()}
    return wrong


def _figure_faults(figure: NewFigure, at: datetime) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not figure.label.strip() or len(figure.label) > LONGEST_TITLE:
        wrong["label"] = f"请写明数的是什么，最多 {LONGEST_TITLE} 字，例如：上门指导企业"
    if abs(figure.value) >= LARGEST:
        wrong["value"] = "数字太大"
    if figure.as_of > local_day(at):
        wrong["as_of"] = "不能晚于今天"
    if not figure.source.strip() and not figure.code:
        wrong["source"] = "请写明数字从哪里来，或者选择登记册中的数"
    elif len(figure.source) > LONGEST_SOURCE:
        wrong["source"] = f"最多 {LONGEST_SOURCE} 字"
    return wrong


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
    refuse_where_held(report_id, section, by=by, at=at)
    found = _undecided(contribution_id, report)
    items = items_of(report.items)
    item = Item(str(found.id), found.body, str(found.id))
    items[section] = (*items.get(section, ()), item)
    report.items = items_json(items)
    found.state, found.report, found.section = ContributionState.TAKEN, report, section
    found.save(update_fields=["state", "report", "section"])
    report = keep_version(report, f"采用素材「{found.title}」到「{spec.heading}」", by=by, at=at)
    carry_numbers(report, item.id, _origins(found, report), by=by, at=at)
    return report


def _origins(found: Contribution, report: Report) -> list[tuple[Number, Origin]]:
    """The numbers of the text that the department stated as figures, each figure for its first number that fits."""
    left = list(found.figures.all())
    origins = []
    for number in numbers_in(found.body):
        fits = [each for each in left if each.value == number.value and each.unit in ("", number.unit)]
        if fits:
            left.remove(fits[0])
            origins.append((number, _origin(fits[0], found.department.short_name, report)))
    return origins


def _origin(figure: ContributionFigure, department: str, report: Report) -> Origin:
    """A register's figure stays one; other figures rest on what the department names as their source."""
    if not figure.code:
        words = f"{department}报送：{figure.source}"
        return Origin(Binding.CONTRIBUTION, figure.label, figure.as_of, words, value=figure.value)
    stated = Stated(
        figure.code, figure.label, figure.value, figure.unit, figure.as_of, figure.address, figure.source,
        *days_of(report),
    )  # fmt: skip
    return Origin(Binding.REGISTER, figure.label, figure.as_of, figure.source, stated)


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
