"""签发: freeze the figures, take the numbers, freeze the document, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q

from yichuang.journal.commands import NewFact, record
from yichuang.journal.queries import checked_seal
from yichuang.kernel import bigrams, canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.reports.commands.errata import held_errata, print_errata
from yichuang.reports.commands.steps import ready
from yichuang.reports.flow import BY_ACTION, Action, ContributionState
from yichuang.reports.models import Erratum, PrintedFigure, Report
from yichuang.reports.queries.charts import charts_for
from yichuang.reports.queries.checks import faults
from yichuang.reports.queries.drafts import cited_figures, content_of, days_of
from yichuang.reports.queries.errata import sentences_of
from yichuang.reports.queries.forms import form_of
from yichuang.reports.queries.numbers import placed_numbers, written
from yichuang.reports.rules.composition import Appended, Frame, compose
from yichuang.reports.rules.document import Document
from yichuang.reports.rules.numbering import PROVINCIAL_CENTRE
from yichuang.reports.rules.numbers import total_for
from yichuang.reports.rules.wording import day_zh, number_line
from yichuang.statistics.commands import freeze, frozen_figures
from yichuang.statistics.flow import LABELS_OF_GROUPS, measure_of
from yichuang.statistics.models import Snapshot

PREFIX, SUFFIX = "年第", "期"
SHOWN_DIGITS = 16
IN_WORDS = "words"
"""The scope of a printed figure that stands in the words of a news item, a visit or an inspection."""
LARGEST = Decimal(10) ** 16


def series_of(year: int) -> str:
    """The gapless series from which the issues of a year take their numbers."""
    return f"report:{year}"


@transaction.atomic
def issue(report_id: UUID, *, by: Actor, at: datetime, seen: int | None = None) -> Report:
    """签发 a reviewed report: its figures and words never change afterwards.

    The year of the number is that of the day of issue. Raises Refused (capability, four eyes), Conflict (state,
    version), Invalid where the period has not ended (its figures could still change) or something does
    not agree: a number with its source, the totals with each other, the inspection with its register.
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
    _refuse_faults(report, snapshot)
    # Read and held once: what is marked as printed is exactly what the document prints, whoever enters more meanwhile.
    errata = held_errata(report)
    body = _document(report, snapshot, "", errata)
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
    line = number_line(report.year, report.number, report.total_number)
    _freeze(report, _document(report, snapshot, line, errata), at)
    print_errata(report, errata)
    return report


def _refuse_faults(report: Report, snapshot: Snapshot) -> None:
    content = content_of(report)
    placed = placed_numbers(report, content)
    wrong = faults(report, content, placed, cited_figures(frozen_figures(snapshot)))
    if wrong:
        raise Invalid(
            f"有 {len(wrong)} 处不一致，不能签发。",
            how="文字有误的，请退回编辑修改；统计数字不平衡的，请管理员核对后再签发。",
            fields=wrong,
        )


def _document(report: Report, snapshot: Snapshot, line: str, errata: Sequence[Erratum]) -> Document:
    first, last = days_of(report)
    assert report.issued_on is not None
    frame = Frame(
        first_day=first,
        last_day=last,
        number_line=line,
        issuer=report.issuer,
        issued_on_text=day_zh(report.issued_on),
        dated=report.issued_on,
        small_print=(
            f"统计数据截至{day_zh(last)}；数字封存于第{snapshot.seal}号封，"
            f"{_root(snapshot.seal)}校验值{snapshot.sha256[:SHOWN_DIGITS]}。"
        ),
    )
    figures = cited_figures(frozen_figures(snapshot))
    content = content_of(report)
    numbers = written(placed_numbers(report, content))
    form = form_of(report)
    more = Appended(sentences_of(errata), charts_for(form, first, last, sealed_only=True))
    return compose(form, content, frame, figures, numbers, more)


def _root(seal: int) -> str:
    """The first digits of the root of the seal on which the figures rest; nothing before the first seal."""
    found = checked_seal(seal)
    return f"封根{found.root[:SHOWN_DIGITS]}，" if found else ""


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
    counted = [
        PrintedFigure(
            id=uuid7(at), report=report, position=place, scope=figure.code.partition(".")[0],
            type=LABELS_OF_GROUPS[figure.group], measure=measure_of(figure.group, figure.measure).label, as_of=figure.last_day,
            value=figure.value, unit=measure_of(figure.group, figure.measure).unit, sentence=sentences[figure.code],
        )
        for place, figure in enumerate(document.figures)
        if figure.value is not None
    ]  # fmt: skip
    told = [
        PrintedFigure(
            id=uuid7(at), report=report, position=place, scope=IN_WORDS, type="", measure=number.label,
            as_of=number.as_of, value=Decimal(number.value), unit=number.unit, sentence=sentences[number.code],
        )
        for place, number in enumerate(document.numbers, len(document.figures))
        if abs(Decimal(number.value)) < LARGEST
    ]  # fmt: skip
    PrintedFigure.objects.bulk_create(counted + told)


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
