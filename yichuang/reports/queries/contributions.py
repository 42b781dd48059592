"""What departments have sent in: for the editor's suggestions, and a department's own list."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, prefetch_related_objects

from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.scope import within
from yichuang.reports.flow import PUBLISHED, ContributionState, SectionKind, State
from yichuang.reports.models import Contribution, ContributionDraft, Report
from yichuang.reports.queries.forms import form_named, forms_that_open
from yichuang.reports.rules.content import items_of
from yichuang.reports.rules.wording import number_line, period_text


@dataclass(frozen=True, slots=True)
class ContributionRow:
    """One contribution as lists show it; `figures` and `photos` are how many came with it."""

    id: UUID
    title: str
    body: str
    section: str
    department: str
    author: str
    at: datetime
    happened_on: date | None
    state: ContributionState
    note: str
    report_period: str
    figures: int = 0
    photos: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a contribution: its words in the report now, None where they do not stand there (any more).

    `issue` is the name of the issue that printed it, `slug` its address.
    """

    words: str | None
    issue: str
    slug: str | None
    period: str


def contributions_of(report: Report) -> list[ContributionRow]:
    """Contributions to one report, newest first."""
    return _rows(Contribution.objects.filter(report=report))


def waiting(report: Report) -> list[ContributionRow]:
    """Contributions not yet taken: those sent to this report, and those sent to no report in particular."""
    meant = Q(report=report) | Q(report__isnull=True)
    return _rows(Contribution.objects.filter(meant, state=ContributionState.SENT))


def department_contributions(*, by: Actor, limit: int = 50) -> list[ContributionRow]:
    """The newest contributions of the actor's own department (of all, for those who see every department)."""
    found = Contribution.objects.all()
    return _rows(found.filter(within(by)), limit)


def contribution_for(contribution_id: UUID, *, by: Actor) -> Contribution:
    """One contribution, for its department and for editors. Raises Missing."""
    found = Contribution.objects.select_related("department", "report").filter(pk=contribution_id).first()
    own = by.can(Capability.REPORT_CONTRIBUTE) and found is not None and by.reaches(found.department_id)
    if found is None or not (own or by.can(Capability.REPORT_EDIT)):
        raise Missing("没有找到这份素材，或者您无权查看。")
    prefetch_related_objects([found], "figures", "photos")
    return found


def outcome_of(contribution: Contribution) -> Outcome | None:
    """What became of a contribution that was taken; None for others."""
    report = contribution.report
    if contribution.state != ContributionState.TAKEN or report is None:
        return None
    items = [item for found in items_of(report.items).values() for item in found]
    wanted = str(contribution.id)
    words = next((item.text for item in items if item.contribution == wanted), None)
    published = report.state in PUBLISHED
    return Outcome(
        words,
        number_line(report.year, report.number, report.total_number) if published else "",
        report.slug if published else None,
        period_text(report.first_day, report.last_day),
    )


def own_drafts(*, by: Actor) -> list[ContributionDraft]:
    """The actor's drafts, the newest first."""
    if by.id is None:
        return []
    return list(ContributionDraft.objects.filter(author_id=by.id).order_by("-at", "-id"))


def own_draft(draft_id: UUID, *, by: Actor) -> ContributionDraft:
    """One draft of the actor's. Raises Missing."""
    found = ContributionDraft.objects.filter(pk=draft_id).first()
    if found is None or found.author_id != by.id:
        raise Missing("没有找到这份草稿，可能已经报送或删除。", how="请在列表中查看。")
    return found


def open_for_contributions() -> list[tuple[str, str]]:
    """(id, period) of the reports that are collecting, the nearest first."""
    found = Report.objects.filter(state=State.COLLECTING).order_by("last_day")
    return [(str(row.id), period_text(row.first_day, row.last_day).strip("（）")) for row in found]


def contribution_sections() -> list[tuple[str, str]]:
    """(key, heading) of the headings under which news may be put: those of the reports that collect, the nearest first.

    Where none collects, those of the form in which the next would be opened.
    """
    collecting = Report.objects.filter(state=State.COLLECTING).order_by("last_day")
    codes = list(collecting.values_list("form_id", flat=True)) or [code for code, _ in forms_that_open()[:1]]
    specs = [spec for code in dict.fromkeys(codes) for spec in form_named(code).of_kind(SectionKind.NEWS)]
    headings: dict[str, str] = {}
    for spec in specs:
        headings.setdefault(spec.key, spec.heading)
    return list(headings.items())


def _rows(found: QuerySet[Contribution], limit: int = 200) -> list[ContributionRow]:
    return [
        ContributionRow(
            id=row.id,
            title=row.title,
            body=row.body,
            section=row.section,
            department=row.department.short_name,
            author=row.author_name,
            at=row.at,
            happened_on=row.happened_on,
            state=ContributionState(row.state),
            note=row.note,
            report_period=period_text(row.report.first_day, row.report.last_day) if row.report else "",
            figures=row.figure_count,
            photos=row.photo_count,
        )
        for row in found.select_related("department", "report")
        .annotate(figure_count=Count("figures", distinct=True), photo_count=Count("photos", distinct=True))
        .order_by("-at", "-id")[:limit]
    ]
