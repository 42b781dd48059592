"""签发: freeze the figures, take the numbers, freeze the document, in one transaction."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q

from yichuang.journal.commands import NewFact, record
from yichuang.kernel import bigrams, canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.reports.commands.steps import ready
from yichuang.reports.flow import BY_ACTION, Action, ContributionState
from yichuang.reports.models import PrintedFigure, Report
from yichuang.reports.queries.drafts import cited_figures, content_of, days_of
from yichuang.reports.queries.forms import form_of
from yichuang.reports.rules.composition import Frame, compose
from yichuang.reports.rules.document import Document
from yichuang.reports.rules.numbering import PROVINCIAL_CENTRE
from yichuang.reports.rules.numbers import total_for
from yichuang.reports.rules.wording import day_zh, number_line
from yichuang.statistics.commands import freeze, frozen_figures
from yichuang.statistics.flow import BY_CODE, GROUPS
from yichuang.statistics.models import Snapshot

PREFIX, SUFFIX = "年第", "期"
SHOWN_DIGITS = 16


def series_of(year: int) -> str:
    """The gapless series from which the issues of a year take their numbers."""
    return f"report:{year}"


@transaction.atomic
def issue(report_id: UUID, *, by: Actor, at: datetime, seen: int | None = None) -> Report:
    """签发 a reviewed report: its figures and words never change afterwards.

    The year of the number is that of the day of issue. Raises Refused (capability, four eyes), Conflict (state,
    version), Invalid where the period has not ended: its figures could still change.
    """
    row = BY_ACTION[Action.ISSUE]
    report = ready(report_id, row, by=by, seen=seen)
    first, last = days_of(report)
    today = local_day(at)
    if last >= today:
        raise Invalid(
            f"统计期到{day_zh(last)}日终才结束，现在不能签发。", how=f"请在{day_zh(last)}之后签发。"
        )
    snapshot = freeze(first_day=first, last_day=last, by=by, at=at)
    report.snapshot, report.issued_on, report.year = snapshot, today, today.year
    body = _document(report, snapshot, "")
    # The numbers come last: their row is shared by all issues of the year.
    data = {
        "snapshot": snapshot.pk,
        "snapshot_sha256": snapshot.sha256,
        "seal": snapshot.seal,
        "version": report.edit_version,
        "body_sha256": canonical.digest(canonical.text(body.as_json())),
    }
    given = record(
        NewFact(
            report.id, "report", row.fact, data, series=series_of(today.year),
            number_prefix=f"{today.year}{PREFIX}", number_suffix=SUFFIX,
        ),
        by=by,
        at=at,
    )  # fmt: skip
    assert given.number is not None
    report.number = int(given.number.removeprefix(f"{today.year}{PREFIX}").removesuffix(SUFFIX))
    report.total_number = total_for(today.year, report.number, form_of(report).offsets, _highest_total())
    report.slug = f"{report.year}-{report.number}"
    report.state, report.issued_by_id, report.issued_by_name, report.issued_at = (
        row.target,
        by.id,
        by.name,
        at,
    )
    _freeze(
        report, _document(report, snapshot, number_line(report.year, report.number, report.total_number)), at
    )
    return report


def _document(report: Report, snapshot: Snapshot, line: str) -> Document:
    first, last = days_of(report)
    assert report.issued_on is not None
    frame = Frame(
        first_day=first,
        last_day=last,
        number_line=line,
        issuer=report.issuer,
        issued_on_text=day_zh(report.issued_on),
        dated=report.issued_on,
        small_print=f"统计数据截至{day_zh(last)}；数字封存于第{snapshot.seal}号封，校验值{snapshot.sha256[:SHOWN_DIGITS]}。",
    )
    figures = cited_figures(frozen_figures(snapshot))
    return compose(form_of(report), content_of(report), frame, figures)


def _highest_total() -> int | None:
    own = Q(imported=False) | Q(issuer=PROVINCIAL_CENTRE)
    found: int | None = Report.objects.filter(own).aggregate(highest=Max("total_number"))["highest"]
    return found


def _freeze(report: Report, document: Document, at: datetime) -> None:
    report.document = canonical.text(document.as_json())
    report.document_sha256 = canonical.digest(report.document)
    report.text = "\n".join(document.lines)
    # Before the report itself: from 签发 on the database takes no row below it any more.
    _print_figures(report, document, at)
    report.save()
    index(report, document)
    _leave_to_the_next(report)


def _leave_to_the_next(report: Report) -> None:
    """What departments sent to this issue and nobody took or declined waits for the next one."""
    report.contributions.filter(state=ContributionState.SENT).update(report=None)


def _print_figures(report: Report, document: Document, at: datetime) -> None:
    sentences = {
        run.figure: "".join(each.text for each in words)
        for part in document.parts
        for words in part.paragraphs
        for run in words
        if run.figure
    }
    PrintedFigure.objects.bulk_create(
        PrintedFigure(
            id=uuid7(at), report=report, position=place, scope=figure.code.partition(".")[0],
            type=GROUPS[figure.group], measure=BY_CODE[figure.measure].label, as_of=figure.last_day,
            value=figure.value, unit=BY_CODE[figure.measure].unit, sentence=sentences[figure.code],
        )
        for place, figure in enumerate(document.figures)
        if figure.value is not None
    )  # fmt: skip


def index(report: Report, document: Document) -> None:
    """Make a published report findable: number and title weigh most, headings next."""
    headings = " ".join(part.heading for part in document.parts if part.heading)
    fields = [
        (f"{document.title} {document.number_line} {report.slug}", "A"),
        (headings, "B"),
        (f"{document.period_text} {document.issuer} {report.text}", "D"),
    ]
    sql.execute(
        "update reports_report set search = %(words)s::tsvector where id = %(id)s",
        {"words": bigrams.weighted(fields), "id": report.id},  # type: ignore[arg-type]
    )
