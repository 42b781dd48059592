"""Comments on a heading or an item of a report, by those who edit, review or issue it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.reports.commands.keeping import locked
from yichuang.reports.flow import COMMENT_REOPENED, COMMENT_RESOLVED, COMMENTED, PUBLISHED, State
from yichuang.reports.models import Comment, Report
from yichuang.reports.queries.forms import form_named
from yichuang.reports.rules.content import items_of

LONGEST_COMMENT = 1000
LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class NewComment:
    """A remark. `item` empty: on the whole heading; `parent`: an answer to that comment, on what it is on."""

    section: str
    body: str
    item: str = ""
    quote: str = ""
    parent: UUID | None = None


def require_reader(by: Actor) -> None:
    """Who edits, reviews or issues may comment. Raises Refused."""
    if not (by.can(Capability.REPORT_REVIEW) or by.can(Capability.REPORT_ISSUE)):
        by.require(Capability.REPORT_EDIT)


@keyed("report_comment")
@transaction.atomic
def comment(report_id: UUID, new: NewComment, *, by: Actor, at: datetime, key: str) -> UUID:
    """Write a comment or an answer; the same key twice makes one. Leaves a fact on the report.

    Raises Refused, Missing (report, heading, item, comment), Invalid (no words, too many, a quote that is not in the
    text), Conflict (issued, or the key was used for something else).
    """
    require_reader(by)
    report = _open_report(report_id)
    known = Comment.objects.filter(key=key).first()
    if known:
        if (known.report_id, known.by_id, known.body) != (report.id, by.id, new.body.strip()):
            raise Conflict("这个页面已经提交过别的批注。", how="请刷新页面后再写。")
        return known.id
    _check_words(new)
    parent = _parent(report, new)
    section, item = (parent.section, parent.item) if parent else _place(report, new)
    row = Comment(
        id=uuid7(at), report=report, parent=parent, section=section, item=item, quote=new.quote.strip(),
        body=new.body.strip(), at=at, by_id=by.id, by_name=by.name, key=key,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("这条批注正在提交。", how="请稍候刷新页面查看。") from error
    _tell(report, COMMENTED, row, by=by, at=at)
    return row.id


def _open_report(report_id: UUID) -> Report:
    report = locked(report_id)
    if report.state in PUBLISHED or report.imported:
        label = State(report.state).label
        raise Conflict(f"本期已「{label}」，不能再批注。", how="需要更正时，请在下一期登记更正。")
    return report


def _check_words(new: NewComment) -> None:
    wrong: dict[str, str] = {}
    if not new.body.strip():
        wrong["body"] = "请写明意见，例如：请核对受理数"
    elif len(new.body.strip()) > LONGEST_COMMENT:
        wrong["body"] = f"有 {len(new.body.strip())} 字，最多 {LONGEST_COMMENT} 字"
    if len(new.quote.strip()) > LONGEST_QUOTE:
        wrong["quote"] = f"引用最多 {LONGEST_QUOTE} 字"
    if wrong:
        raise Invalid("批注有误，没有保存。", fields=wrong)


def _parent(report: Report, new: NewComment) -> Comment | None:
    if new.parent is None:
        return None
    found = report.comments.filter(pk=new.parent, parent__isnull=True).first()
    if found is None:
        raise Missing("没有找到要回复的批注。", how="请刷新页面后重试。")
    return found


def _place(report: Report, new: NewComment) -> tuple[str, str]:
    if form_named(report.form_id).section(new.section) is None:
        raise Missing("没有这个栏目。", how="请从页面上的栏目中选择。")
    if not new.item:
        return new.section, ""
    texts = {item.id: item.text for item in items_of(report.items).get(new.section, ())}
    if new.item not in texts:
        raise Missing("这一条已被删除或移走。", how="请刷新页面查看最新内容。")
    if new.quote.strip() not in texts[new.item]:
        raise Invalid("批注有误，没有保存。", fields={"quote": "这段文字不在原文中，请从原文复制"})
    return new.section, new.item


@transaction.atomic
def resolve_comment(report_id: UUID, comment_id: UUID, *, by: Actor, at: datetime) -> None:
    """Mark a thread as dealt with. Twice is once. Raises Refused, Missing, Conflict where the report is issued."""
    require_reader(by)
    _settle(report_id, comment_id, by=by, at=at, resolved=True)


@transaction.atomic
def reopen_comment(report_id: UUID, comment_id: UUID, *, by: Actor, at: datetime) -> None:
    """Take the mark away again. Raises as `resolve_comment`."""
    require_reader(by)
    _settle(report_id, comment_id, by=by, at=at, resolved=False)


def _settle(report_id: UUID, comment_id: UUID, *, by: Actor, at: datetime, resolved: bool) -> None:
    report = _open_report(report_id)
    found = report.comments.filter(pk=comment_id, parent__isnull=True).first()
    if found is None:
        raise Missing("没有找到这条批注。", how="请刷新页面后重试。")
    if (found.resolved_at is not None) == resolved:
        return
    found.resolved_at, found.resolved_by_name = (at, by.name) if resolved else (None, "")
    found.save(update_fields=["resolved_at", "resolved_by_name"])
    _tell(report, COMMENT_RESOLVED if resolved else COMMENT_REOPENED, found, by=by, at=at)


def _tell(report: Report, kind: str, row: Comment, *, by: Actor, at: datetime) -> None:
    data = {"comment": str(row.id), "section": row.section, "item": row.item}
    record(NewFact(report.id, "report", kind, data, ground=row.body[:100]), by=by, at=at)
