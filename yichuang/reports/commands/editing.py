"""Changes of a draft. Each names the edit version that was on the screen, and keeps the version that it makes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.reports.commands.keeping import begun, saved
from yichuang.reports.flow import ContributionState, SectionKind
from yichuang.reports.models import Contribution, DutyVisit, InspectionResult, Report
from yichuang.reports.queries.forms import form_named
from yichuang.reports.rules.content import Item, items_json, items_of
from yichuang.reports.rules.form import DISTRIBUTION, SectionSpec
from yichuang.reports.rules.wording import short_day

LONGEST_TEXT = 4000
MOST_ITEMS = 60
MOST_COPIES = 10_000
VISITS, INSPECTION, IMPRINT = "visits", "inspection", "imprint"


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One piece of news as the form sends it: `id` empty for a new one, `section` where it shall stand."""

    text: str
    id: str = ""
    section: str = ""


def news_section(report: Report, key: str) -> SectionSpec:
    """A heading under which news stands. Raises Missing."""
    spec = form_named(report.form_id).section(key)
    if spec is None or spec.kind != SectionKind.NEWS:
        raise Missing("没有这个栏目。", how="请从左侧大纲进入。")
    return spec


@transaction.atomic
def save_section(
    report_id: UUID,
    section: str,
    drafts: Sequence[ItemDraft],
    *,
    seen: int,
    by: Actor,
    at: datetime,
    why: str = "",
) -> Report:
    """Replace the items under a heading, in the order given; an item may move to another heading.

    Items without a word are removed; a contribution whose item is gone waits among the suggestions again.
    Raises Invalid for a text that is too long, Missing for an unknown heading, and what `begun` raises.
    """
    report = begun(report_id, section, seen=seen, why=why, by=by, at=at)
    spec = news_section(report, section)
    _check_items(drafts)
    items = items_of(report.items)
    before = {item.id: item for item in items.get(section, ())}
    items[section] = ()
    for place, draft in enumerate(draft for draft in drafts if draft.text.strip()):
        target = news_section(report, draft.section or section).key
        item = _item(draft, before, f"{at.timestamp():.6f}-{place}")
        items[target] = (*items.get(target, ()), item)
    _put_back(before.values(), {item.id for found in items.values() for item in found})
    report.items = items_json(items)
    return saved(report, section, f"编辑「{spec.heading}」", why=why, by=by, at=at)


def _check_items(drafts: Sequence[ItemDraft]) -> None:
    if len(drafts) > MOST_ITEMS:
        raise Invalid(f"一个栏目最多 {MOST_ITEMS} 条。", how="请合并或者移到别的栏目。")
    wrong = {
        f"text-{place}": f"第 {place + 1} 条有 {len(draft.text)} 字，最多 {LONGEST_TEXT} 字"
        for place, draft in enumerate(drafts)
        if len(draft.text) > LONGEST_TEXT
    }
    if wrong:
        raise Invalid("有的条目太长，没有保存。", fields=wrong)


def _item(draft: ItemDraft, before: Mapping[str, Item], fresh: str) -> Item:
    """The known item with its new words, or a new one under a fresh id."""
    known = before.get(draft.id)
    return replace(known, text=draft.text.strip()) if known else Item(fresh, draft.text.strip())


def _put_back(before: Iterable[Item], kept: set[str]) -> None:
    gone = [item.contribution for item in before if item.id not in kept and item.contribution]
    if gone:
        Contribution.objects.filter(pk__in=gone, state=ContributionState.TAKEN).update(
            state=ContributionState.SENT
        )


@dataclass(frozen=True, slots=True)
class VisitForm:
    """A duty visit as it is entered. Either a day or words for it (近日, 本周)."""

    on: date | None
    on_text: str
    person: str
    post: str
    department: str
    body: str = ""


@transaction.atomic
def save_visit(
    report_id: UUID,
    visit: VisitForm,
    *,
    seen: int,
    by: Actor,
    at: datetime,
    visit_id: UUID | None = None,
    why: str = "",
) -> Report:
    """Add a visit, or change one. Raises Invalid, Missing, and what `begun` raises."""
    report = begun(report_id, VISITS, seen=seen, why=why, by=by, at=at)
    _check_visit(visit)
    values = {
        "on": visit.on,
        "on_text": visit.on_text.strip() or (short_day(visit.on) if visit.on else ""),
        "person": visit.person.strip(),
        "post": visit.post.strip(),
        "department": visit.department.strip(),
        "body": visit.body.strip(),
    }
    if visit_id is None:
        last = report.visits.order_by("-position").values_list("position", flat=True).first() or 0
        DutyVisit.objects.create(id=uuid7(at), report=report, position=last + 1, **values)
    elif not report.visits.filter(pk=visit_id).update(**values):
        raise Missing("这次值守已被删除。", how="请返回周报查看最新内容。")
    what = "增加" if visit_id is None else "修改"
    return saved(report, VISITS, f"{what}值守：{values['person']}", why=why, by=by, at=at)


def _check_visit(visit: VisitForm) -> None:
    wrong: dict[str, str] = {}
    if not visit.person.strip():
        wrong["person"] = "请填写值守人姓名"
    if not visit.department.strip():
        wrong["department"] = "请填写部门，例如：水利厅"
    if visit.on is None and not visit.on_text.strip():
        wrong["on"] = "请填写日期；只知道大概时间时，请在下一栏写「近日」「本周」等"
    if len(visit.body) > LONGEST_TEXT:
        wrong["body"] = f"有 {len(visit.body)} 字，最多 {LONGEST_TEXT} 字"
    if wrong:
        raise Invalid("值守情况有误，请按提示修改。", fields=wrong)


@transaction.atomic
def remove_visit(
    report_id: UUID, visit_id: UUID, *, seen: int, by: Actor, at: datetime, why: str = ""
) -> Report:
    """Take a visit out; earlier versions keep it. Raises Missing, and what `begun` raises."""
    report = begun(report_id, VISITS, seen=seen, why=why, by=by, at=at)
    visit = report.visits.filter(pk=visit_id).first()
    if visit is None:
        raise Missing("这次值守已被删除。", how="请返回周报查看最新内容。")
    visit.delete()
    return saved(report, VISITS, f"删除值守：{visit.person}", why=why, by=by, at=at)


@transaction.atomic
def save_inspection(
    report_id: UUID, results: Mapping[str, str], *, seen: int, by: Actor, at: datetime, why: str = ""
) -> Report:
    """Set what the inspection found; a heading without words has no result and is not printed.

    Raises Invalid for a text that is too long, Missing for an unknown heading, and what `begun` raises.
    """
    report = begun(report_id, INSPECTION, seen=seen, why=why, by=by, at=at)
    assert report.last_day is not None
    asked = form_named(report.form_id).inspection_on(report.last_day)
    if not set(results) <= {row.key for row in asked}:
        raise Missing("没有这个巡查项目。", how="请刷新页面后重试。")
    wrong = {key: f"最多 {LONGEST_TEXT} 字" for key, text in results.items() if len(text) > LONGEST_TEXT}
    if wrong:
        raise Invalid("有的结果太长，没有保存。", fields=wrong)
    report.inspection.all().delete()
    InspectionResult.objects.bulk_create(
        InspectionResult(
            id=uuid7(at), report=report, position=place, key=row.key, heading=row.heading,
            result=results[row.key].strip().rstrip("。"),
        )
        for place, row in enumerate(asked)
        if results.get(row.key, "").strip().rstrip("。")
    )  # fmt: skip
    return saved(report, INSPECTION, "填写大厅巡查情况", why=why, by=by, at=at)


@transaction.atomic
def save_imprint(
    report_id: UUID,
    distribution: Mapping[str, str],
    copies: int,
    *,
    seen: int,
    by: Actor,
    at: datetime,
    why: str = "",
) -> Report:
    """Set who gets the report (报、送、发) and how many copies are printed. Raises Invalid and what `begun` raises."""
    report = begun(report_id, IMPRINT, seen=seen, why=why, by=by, at=at)
    if not 0 <= copies <= MOST_COPIES:
        raise Invalid("印发信息有误。", fields={"copies": f"应为 0 至 {MOST_COPIES} 的整数"})
    report.distribution = {
        label: distribution.get(label, "").strip().rstrip("。")[:LONGEST_TEXT] for label in DISTRIBUTION
    }
    report.copies = copies
    return saved(report, IMPRINT, "修改印发信息", why=why, by=by, at=at)
