"""Decisions on single changes and findings: take one back, agree or object, accept a correction, ignore it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import uuid7
from yichuang.reports.commands.editing import IMPRINT, INSPECTION, VISITS
from yichuang.reports.commands.keeping import begun, locked, saved
from yichuang.reports.flow import (
    CHANGE_JUDGED,
    CHANGE_REVERTED,
    FINDING_IGNORED,
    PUBLISHED,
    ContributionState,
    Opinion,
)
from yichuang.reports.models import ChangeOpinion, Contribution, IgnoredFinding, InspectionResult, Report
from yichuang.reports.queries.changes import ChangedPiece, ChangeRow, changed_since
from yichuang.reports.queries.forms import form_named
from yichuang.reports.queries.tracking import all_findings
from yichuang.reports.rules.comparison import COPY, ITEM, RESULT, VISIT, Piece
from yichuang.reports.rules.content import Item, items_json, items_of
from yichuang.reports.rules.style import RULES, Found, apply_fix
from yichuang.reports.rules.tracking import without

LONGEST_REASON = 200
_GONE = "这处修改已经不在了。"
_LOOK = "请刷新页面查看最新内容。"


@transaction.atomic
def revert_change(
    report_id: UUID, mark: str, *, basis: str, seen: int, reason: str, by: Actor, at: datetime
) -> Report:
    """Take one change back, as a new version with a reason; the other changes stay.

    Raises Invalid without a reason, Conflict where the change is gone, and what `begun` raises.
    """
    by.require(Capability.REPORT_EDIT)
    words = _reason(reason, "请写明为什么撤销这处修改")
    report = locked(report_id)
    changed, row = _change(report, mark, basis)
    section = _lock_name(changed.piece)
    report = begun(report_id, section, seen=seen, why=words, by=by, at=at)
    edit = row.change.edit
    text = without(changed.before or "", changed.after or "", edit)
    if text is None:
        raise Conflict(_GONE, how=_LOOK)
    _put(report, changed.piece, text, at=at)
    short = f"「{_short(edit.after) or '删除'}」改回「{_short(edit.before) or '空'}」"
    saved(report, section, f"撤销修改，{short}", why=words, by=by, at=at)
    data = {
        "item": changed.piece.key,
        "before": edit.before,
        "after": edit.after,
        "version": report.edit_version,
    }
    record(NewFact(report.id, "report", CHANGE_REVERTED, data, ground=words), by=by, at=at)
    return report


def _reason(reason: str, missing: str) -> str:
    words = reason.strip()
    if not words:
        raise Invalid("没有写理由，没有保存。", fields={"reason": missing})
    if len(words) > LONGEST_REASON:
        raise Invalid("理由太长，没有保存。", fields={"reason": f"最多 {LONGEST_REASON} 字"})
    return words


def _change(report: Report, mark: str, basis: str) -> tuple[ChangedPiece, ChangeRow]:
    for changed in changed_since(report, basis):
        for row in changed.rows:
            if row.change.mark == mark:
                return changed, row
    raise Conflict(_GONE, how=_LOOK)


def _short(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:19]}…"


def _lock_name(piece: Piece) -> str:
    kind = piece.key.partition(":")[0]
    return {VISIT: VISITS, RESULT: INSPECTION, COPY: IMPRINT}.get(kind, piece.section)


def _put(report: Report, piece: Piece, text: str, *, at: datetime) -> None:
    """Let a text of the report say something else; an item without a word is gone, one that was gone comes back."""
    kind, _, name = piece.key.partition(":")
    if kind == ITEM:
        _put_item(report, piece.section, name, text)
    elif kind == VISIT:
        if not report.visits.filter(pk=name).update(body=text):
            raise Conflict("这次值守已被删除。", how="请在值守页面重新登记。")
    elif kind == COPY:
        report.distribution = {**report.distribution, name: text}
    else:
        _put_result(report, name, text, at=at)


def _put_item(report: Report, section: str, name: str, text: str) -> None:
    items = items_of(report.items)
    found = items.get(section, ())
    if any(item.id == name for item in found):
        changed = tuple(replace(item, text=text) if item.id == name else item for item in found)
        items[section] = tuple(item for item in changed if item.text.strip())
    else:
        source = Contribution.objects.filter(pk=name).first() if _came_in(name) else None
        items[section] = (*found, Item(name, text, str(source.id) if source else ""))
    report.items = items_json(items)
    _settle_contribution(report, name, stands=bool(text.strip()))


def _came_in(name: str) -> bool:
    return len(name) == 36 and name.count("-") == 4


def _settle_contribution(report: Report, name: str, *, stands: bool) -> None:
    """What a department sent is taken while its item stands, and waits again when the item is gone."""
    if not _came_in(name):
        return
    was, becomes = ContributionState.SENT, ContributionState.TAKEN
    if not stands:
        was, becomes = becomes, was
    Contribution.objects.filter(pk=name, report=report, state=was).update(state=becomes)


def _put_result(report: Report, name: str, text: str, *, at: datetime) -> None:
    if not text:
        report.inspection.filter(key=name).delete()
    elif not report.inspection.filter(key=name).update(result=text):
        headings = {
            row.key: (place, row.heading) for place, row in enumerate(form_named(report.form_id).inspection)
        }
        place, heading = headings[name]
        InspectionResult.objects.create(
            id=uuid7(at), report=report, position=place, key=name, heading=heading, result=text
        )


@transaction.atomic
def judge_change(
    report_id: UUID, mark: str, opinion: Opinion, *, basis: str, words: str, by: Actor, at: datetime
) -> None:
    """A reviewer agrees with a change or objects to it; a new opinion takes the place of the old, facts keep both.

    Raises Refused, Missing, Invalid for an objection without words, Conflict where the change is gone or issued.
    """
    by.require(Capability.REPORT_REVIEW)
    said = words.strip()
    if opinion == Opinion.OBJECTED:
        said = _reason(said, "不同意的，请写明理由，编辑会看到")
    report = _unissued(report_id)
    _, row = _change(report, mark, basis)
    edit = row.change.edit
    values = {
        "opinion": opinion.value, "words": said[:LONGEST_REASON], "before": edit.before, "after": edit.after, "at": at,
        "by_id": by.id, "by_name": by.name,
    }  # fmt: skip
    if not ChangeOpinion.objects.filter(report=report, change=mark).update(**values):
        ChangeOpinion.objects.create(id=uuid7(at), report=report, change=mark, **values)
    data = {"change": mark, "item": row.change.item, "opinion": opinion.value, "after": edit.after}
    record(
        NewFact(report.id, "report", CHANGE_JUDGED, data, ground=f"{opinion.label}　{said}".strip()),
        by=by,
        at=at,
    )


def _unissued(report_id: UUID) -> Report:
    report = locked(report_id)
    if report.state in PUBLISHED or report.imported:
        raise Conflict("本期已经签发，内容不再变动。", how="需要更正时，请在下一期登记更正。")
    return report


@transaction.atomic
def accept_fix(
    report_id: UUID, mark: str, *, seen: int, by: Actor, at: datetime, alike: bool = False
) -> Report:
    """Write the checker's wording (reason 采纳校对); with `alike` wherever the same is found in the same text.

    Raises Conflict where the finding is gone or has no safe wording, and what `begun` raises.
    """
    by.require(Capability.REPORT_EDIT)
    report = locked(report_id)
    everything = all_findings(report)
    found = next((each for each in everything if each.mark == mark), None)
    if found is None or found.finding.replacement is None:
        raise Conflict("这条提示已经不在了，或者需要人工修改。", how=_LOOK)
    section = _lock_name(found.piece)
    report = begun(report_id, section, seen=seen, why="采纳校对", by=by, at=at)
    text = _fixed(found, everything if alike else [found])
    _put(report, found.piece, text, at=at)
    one = found.finding
    what = (
        f"采纳校对「{RULES[one.rule].title}」：{_short(one.found)}→{_short(one.replacement or '') or '删去'}"
    )
    return saved(report, section, what, why="", by=by, at=at)


def _fixed(found: Found, candidates: Sequence[Found]) -> str:
    """The text with the same finding mended, from the last place to the first so that places stay true."""
    one = found.finding
    same = [
        each.finding
        for each in candidates
        if each.piece.key == found.piece.key
        and (each.finding.rule, each.finding.found, each.finding.replacement)
        == (one.rule, one.found, one.replacement)
    ]
    text = found.piece.text
    for each in sorted(same, key=lambda finding: finding.start, reverse=True):
        mended = apply_fix(text, each)
        text = text if mended is None else mended
    return text


@transaction.atomic
def ignore_finding(report_id: UUID, mark: str, *, reason: str, by: Actor, at: datetime) -> None:
    """Keep a finding away while its text stays as it is. Twice is once.

    Raises Invalid without a reason, Conflict where the finding is gone or the report is issued.
    """
    by.require(Capability.REPORT_EDIT)
    words = _reason(reason, "请写明为什么忽略，例如：原文件即如此")
    report = _unissued(report_id)
    if report.ignored.filter(finding=mark).exists():
        return
    found = next((each for each in all_findings(report) if each.mark == mark), None)
    if found is None:
        raise Conflict("这条提示已经不在了。", how=_LOOK)
    IgnoredFinding.objects.create(
        id=uuid7(at), report=report, finding=mark, rule=found.finding.rule, found=found.finding.found, reason=words,
        at=at, by_id=by.id, by_name=by.name,
    )  # fmt: skip
    data = {"finding": mark, "rule": found.finding.rule, "found": found.finding.found}
    record(NewFact(report.id, "report", FINDING_IGNORED, data, ground=words), by=by, at=at)
