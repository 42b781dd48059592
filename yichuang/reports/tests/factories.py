"""Reports for tests: brought to any state by the real commands, with people who are plainly fictional."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from yichuang.cases.tests import factories as cases
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import SHANGHAI
from yichuang.reports import commands
from yichuang.reports.flow import Action, State
from yichuang.reports.models import Report
from yichuang.statistics.queries import brought_forward

__all__ = ["Capability", "brought_forward", "cases", "people", "timedelta"]

FIRST, LAST = date(2022, 5, 5), date(2022, 5, 13)
AT = datetime(2022, 5, 16, 9, 30, tzinfo=SHANGHAI)
ISSUE_AT = datetime(2022, 5, 20, 15, 0, tzinfo=SHANGHAI)

EDITOR = [
    Capability.REPORT_EDIT,
    Capability.REPORT_CONTRIBUTE,
    Capability.REPORT_IMPORT,
    Capability.FIGURES_READ,
]


def _of_centre(username: str, post: str, capabilities: list[Capability]) -> Actor:
    office = people.department("政务平台服务处", "902", "川政平")
    return people.staff(username, people.post(office, post, capabilities, everywhere=True))


def editor(username: str = "report-editor") -> Actor:
    """Edits reports."""
    return _of_centre(username, "周报编辑", EDITOR)


def reviewer() -> Actor:
    """Reviews reports."""
    return _of_centre("report-reviewer", "周报审核", [Capability.REPORT_REVIEW, Capability.FIGURES_READ])


def leader() -> Actor:
    """Issues reports."""
    return _of_centre("leader", "中心领导", [Capability.REPORT_ISSUE, Capability.FIGURES_READ])


def everything(username: str = "everything") -> Actor:
    """Holds every capability of reports: only the four eyes stop such a person."""
    held = [c for c in Capability if c.startswith("report.")] + [Capability.FIGURES_BRING_FORWARD]
    return _of_centre(username, "全权", held)


def contributor(username: str = "contributor") -> Actor:
    """Sends contributions in for a department."""
    post = people.post(people.department(), "联络员", [Capability.REPORT_CONTRIBUTE])
    return people.staff(username, post)


def opened(first: date = FIRST, last: date = LAST, *, at: datetime = AT, by: Actor | None = None) -> Report:
    """A report that collects."""
    found = commands.open_report(first, last, form="2022", by=by or editor(), at=at)
    return Report.objects.get(pk=found)


def fresh(report: Report) -> Report:
    """The report as the table holds it now."""
    return Report.objects.get(pk=report.pk)


def moved(report: Report, *actions: Action, at: datetime = AT) -> Report:
    """The report after some steps, each by who may take it."""
    actors = {
        Action.APPROVE: reviewer, Action.SEND_BACK: reviewer, Action.ISSUE: leader, Action.DECLINE: leader,
    }  # fmt: skip
    for action in actions:
        by = actors.get(action, editor)()
        if action == Action.ISSUE:
            commands.issue(report.pk, by=by, at=ISSUE_AT if at == AT else at)
        else:
            commands.step(report.pk, action, by=by, at=at, reason="请核对")
    return fresh(report)


TO_REVIEW = (Action.START_EDITING, Action.SUBMIT)
TO_ISSUE = (*TO_REVIEW, Action.APPROVE, Action.ISSUE)


def in_state(state: State, *, approved: bool = False) -> Report:
    """A report in a state."""
    ways: dict[State, tuple[Action, ...]] = {
        State.COLLECTING: (),
        State.EDITING: (Action.START_EDITING,),
        State.IN_REVIEW: TO_REVIEW,
        State.ISSUED: TO_ISSUE,
        State.PRINTED: (*TO_ISSUE, Action.MARK_PRINTED),
    }
    way = ways[state] + ((Action.APPROVE,) if approved and state == State.IN_REVIEW else ())
    return moved(opened(), *way)


def issued(first: date = FIRST, last: date = LAST, *, at: datetime = ISSUE_AT) -> Report:
    """An issued report for a period."""
    return moved(opened(first, last, at=at), *TO_ISSUE, at=at)


def written(report: Report, *texts: str, section: str = "efficiency") -> Report:
    """The report with items under a heading."""
    drafts = [commands.ItemDraft(text) for text in texts]
    commands.save_section(report.pk, section, drafts, seen=fresh(report).edit_version, by=editor(), at=AT)
    return fresh(report)


def visit(**changes: Any) -> commands.VisitForm:
    """A duty visit by somebody fictional."""
    values: dict[str, Any] = {
        "on": date(2022, 5, 11), "on_text": "", "person": "张示例", "post": "副厅长", "department": "水利厅",
        "body": "",
    }  # fmt: skip
    return commands.VisitForm(**(values | changes))


def contribution(report: Report | None = None, **changes: Any) -> UUID:
    """What a department has sent in."""
    values: dict[str, Any] = {
        "title": "水利厅优化取水许可流程", "body": "近日，水利厅把取水许可的现场核查改为预约办理。",
        "section": "efficiency", "report_id": report.pk if report else None,
    }  # fmt: skip
    return commands.contribute(
        commands.NewContribution(**(values | changes)), by=contributor(), at=AT, key=uuid4().hex
    )


def work() -> None:
    """Some cases in the week of the report."""
    cases.in_review(cases.day("2022-05-06"))
    cases.delivered()
