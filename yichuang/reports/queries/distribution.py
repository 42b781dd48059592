"""Who receives an issue, who has it, who has read it here; and the new issues that somebody asked to be told of."""

from dataclasses import dataclass
from uuid import UUID

from yichuang.directory.flow import Capability, DepartmentKind
from yichuang.directory.queries import departments
from yichuang.halls.flow.windows import WindowKind
from yichuang.halls.models import Window
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.reports.flow import PUBLISHED
from yichuang.reports.models import IssueSubscription, ReadReceipt, Report, ReportRecipient
from yichuang.reports.rules.distribution import Body, BodyKind

MOST_UNREAD = 50
# The catalogue's place for items of no known department: nobody works there.
UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """A line of the list with those of the body who have read the issue here."""

    recipient: ReportRecipient
    readers: tuple[ReadReceipt, ...]

    @property
    def state(self) -> str:
        """Where the issue is with this body."""
        if self.readers:
            return "已阅"
        return "已领" if self.recipient.handed_at else "未领未阅"


@dataclass(frozen=True, slots=True)
class Distributed:
    """The whole list of an issue with its sums."""

    rows: tuple[RecipientRow, ...]
    printed: int

    @property
    def copies(self) -> int:
        """How many copies are allotted."""
        return sum(row.recipient.copies for row in self.rows)

    @property
    def left(self) -> int:
        """Printed copies that nobody gets; below zero, more are allotted than printed."""
        return self.printed - self.copies

    @property
    def handed(self) -> int:
        """How many bodies have taken their copies."""
        return sum(row.recipient.handed_at is not None for row in self.rows)

    @property
    def read(self) -> int:
        """How many bodies have read the issue here."""
        return sum(bool(row.readers) for row in self.rows)


def distributed_issue(report_id: UUID, *, by: Actor) -> Report:
    """The issue for somebody who keeps its list. Raises Refused, Missing before 签发."""
    by.require(Capability.REPORT_EDIT)
    found = Report.objects.filter(pk=report_id, state__in=[str(state) for state in PUBLISHED]).first()
    if found is None:
        raise Missing("这期周报还没有签发，不能分送。", how="签发之后再登记分送。")
    return found


def distribution(report: Report, *, by: Actor) -> Distributed:
    """The list of an issue in its order. Two statements."""
    by.require(Capability.REPORT_EDIT)
    rows = list(report.recipients.select_related("department"))
    receipts: dict[UUID, list[ReadReceipt]] = {}
    for receipt in report.read_receipts.all():
        receipts.setdefault(receipt.department_id, []).append(receipt)
    return Distributed(tuple(_row(row, receipts) for row in rows), report.copies)


def _row(row: ReportRecipient, receipts: dict[UUID, list[ReadReceipt]]) -> RecipientRow:
    readers = receipts.get(row.department_id, []) if row.department_id else []
    return RecipientRow(row, tuple(readers))


def known_bodies() -> list[Body]:
    """Departments, offices and departmental windows that are in use. Two statements."""
    kinds = {
        DepartmentKind.PROVINCIAL: BodyKind.DEPARTMENT,
        DepartmentKind.CENTRE_OFFICE: BodyKind.OFFICE,
    }
    found = [
        Body(kinds[DepartmentKind(each.kind)], each.name, each.short_name, each.id)
        for each in departments()
        if each.kind in kinds and each.code != UNASSIGNED
    ]
    windows = Window.objects.filter(kind=WindowKind.DEPARTMENT, is_active=True)
    return found + [
        Body(BodyKind.WINDOW, f"{each.code} {each.name}", department_id=each.department_id)
        for each in windows
    ]


def must_receipt(report: Report, by: Actor) -> bool:
    """Whether this opening of the issue is to be kept: a reader of a receiving body who has not read it yet.

    One statement for staff, none for others.
    """
    if by.kind != "staff" or by.id is None or by.department_id is None:
        return False
    found = sql.rows(
        "select exists (select from reports_reportrecipient where report_id = %(report)s and department_id = %(body)s) "
        "and not exists (select from reports_readreceipt where report_id = %(report)s and account_id = %(who)s)",
        {"report": report.id, "body": by.department_id, "who": by.id},
    )
    return bool(found[0][0])


def subscribed_since(by: Actor) -> IssueSubscription | None:
    """What the account asked for; nobody is told anything without asking."""
    return IssueSubscription.objects.filter(account_id=by.id).first() if by.id else None


def unread_issues(by: Actor) -> list[Report]:
    """New issues since the account asked to be told that it has not opened yet, newest first; one statement or two."""
    asked = subscribed_since(by)
    if asked is None or by.id is None:
        return []
    found = Report.objects.filter(
        state__in=[str(state) for state in PUBLISHED], imported=False, issued_at__gte=asked.since
    )
    unread = found.exclude(read_receipts__account_id=by.id).defer(
        "document", "source_text", "reading", "text"
    )
    return list(unread.order_by("-year", "-number")[:MOST_UNREAD])
