"""Reports as staff see them: every state on the list, drafts only for those who work on them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, Value
from django.db.models.functions import Coalesce

from yichuang.directory.flow import Capability
from yichuang.kernel import paging
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid, Missing, Refused
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.paging import PAGE, Page
from yichuang.reports.flow import PUBLISHED, ContributionState, State, waits_for
from yichuang.reports.models import Report
from yichuang.reports.rules.wording import number_line

DRAFT_READERS = (Capability.REPORT_EDIT, Capability.REPORT_REVIEW, Capability.REPORT_ISSUE)
DESK_USERS = (*DRAFT_READERS, Capability.REPORT_CONTRIBUTE, Capability.REPORT_IMPORT)


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One report on the staff's list."""

    id: UUID
    state: State
    approved: bool
    first_day: date | None
    last_day: date | None
    issued_on: date | None
    name: str
    slug: str | None
    imported: bool
    waiting: int

    @property
    def next(self) -> str:
        """Who is next."""
        return "往期导入" if self.imported else waits_for(self.state, approved=self.approved)


def may_open(by: Actor) -> bool:
    """Whether the actor has anything to do with reports at the desk."""
    return any(by.can(capability) for capability in DESK_USERS)


def sees_drafts(by: Actor) -> bool:
    """Whether the actor may read what is not issued yet."""
    return any(by.can(capability) for capability in DRAFT_READERS)


def visible_to(by: Actor) -> Q:
    """Published reports for everybody; drafts for editors, reviewers and issuers."""
    return Q() if sees_drafts(by) else Q(state__in=[str(state) for state in PUBLISHED])


def desk_reports(*, by: Actor, after: str = "", size: int = PAGE) -> Page[DeskRow]:
    """Reports by their last day, newest first. One statement. Raises Refused for those with no part in reports."""
    if not may_open(by):
        raise Refused("您没有打开周报管理的权限。", how="如工作需要，请联系管理员。")
    cursor = _cursor(after)
    found = Report.objects.filter(visible_to(by)).annotate(
        sort_day=Coalesce("last_day", "issued_on", Value(date.min))
    )
    if cursor:
        day, last_id = cursor
        found = found.filter(Q(sort_day__lt=day) | Q(sort_day=day, id__lt=last_id))
    sent = Count("contributions", filter=Q(contributions__state=ContributionState.SENT))
    rows = found.annotate(sent=sent).order_by("-sort_day", "-id")[: size + 1]
    return paging.cut([_row(row, row.sent) for row in rows], size=size, key=_key, after=after)


def _cursor(after: str) -> tuple[date, UUID] | None:
    """Day and id of the row before; a link that was tampered with is Invalid, never a fault of ours."""
    found = paging.decode(after, parts=2)
    if found is None:
        return None
    last_id = parse_uuid(found[1])
    try:
        day = date.fromisoformat(found[0])
    except ValueError:
        last_id = None
    if last_id is None:
        raise Invalid("翻页链接已失效。", how="请回到列表第一页。")
    return day, last_id


def _key(row: DeskRow) -> tuple[str, str]:
    return (str(row.last_day or row.issued_on or date.min), str(row.id))


def _row(report: Report, waiting: int) -> DeskRow:
    return DeskRow(
        id=report.id,
        state=State(report.state),
        approved=report.approved_by_name != "",
        first_day=report.first_day,
        last_day=report.last_day,
        issued_on=report.issued_on,
        name=number_line(report.year, report.number, report.total_number),
        slug=report.slug,
        imported=report.imported,
        waiting=waiting,
    )


def report_for(report_id: UUID, *, by: Actor) -> Report:
    """One report in any state. Raises Missing for what the actor may not see."""
    found = Report.objects.filter(visible_to(by), pk=report_id).select_related("form", "snapshot").first()
    if found is None or not may_open(by):
        raise Missing("没有找到这期周报，或者您无权查看。")
    return found
