"""Past issues that were read from their text: stored as they were printed, findable, and a source of totals."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, raise_series, record
from yichuang.kernel import canonical
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.reports import flow
from yichuang.reports.commands.issuing import index, series_of
from yichuang.reports.commands.keeping import keep
from yichuang.reports.commands.opening import have_forms
from yichuang.reports.flow import State
from yichuang.reports.models import DutyVisit, InspectionResult, PrintedFigure, Report
from yichuang.reports.queries.forms import form_named
from yichuang.reports.rules.document import Document
from yichuang.reports.rules.past import form_code, is_own, past_document, slug_of
from yichuang.reports.rules.reading.report import ReadReport
from yichuang.statistics import commands as statistics
from yichuang.statistics.flow import GROUPS

# What the table of printed figures holds: sixteen digits before the point.
LARGEST = Decimal(10) ** 16
MEASURES = {"受理": "accepted", "办结": "concluded"}
GROUP_OF = {label: group for group, label in GROUPS.items()} | {"其他九类行权事项": "other_nine"}


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a past report: `unchanged` where the same text had been stored before."""

    id: UUID
    slug: str
    outcome: Literal["new", "changed", "unchanged"]


@transaction.atomic
def store_past_report(read: ReadReport, source_text: str, *, at: datetime, by: Actor) -> Stored:
    """Keep a past report as it was read, with its source text. Twice the same is once.

    A text that differs replaces the reading; the versions keep both. Raises Invalid where the year or the number
    was not printed, Conflict where the issue was issued here and is not a past one.
    """
    by.require(Capability.REPORT_IMPORT)
    if read.year is None or read.number is None:
        wrong = "没有读出年份和期号" if read.year is None else "没有读出期号"
        raise Invalid(f"{wrong}，不能入库。", how="请核对文件开头是否有「2022年第29期」这样的一行。")
    _check_values(read)
    have_forms()
    source_text = source_text.replace("\r\n", "\n")
    slug = slug_of(read)
    reading = _reading(read)
    report = Report.objects.select_for_update().filter(slug=slug).first()
    if report is not None and not report.imported:
        raise Conflict(
            f"{read.year}年第{read.number}期是在本系统签发的，不能再导入。", how="请核对文件的期号。"
        )
    if report is not None and (report.source_text, report.reading) == (source_text, reading):
        return Stored(report.id, slug, "unchanged")
    known = report is not None
    report = report or Report(id=uuid7(at), slug=slug, imported=True, opened_at=at, edit_version=0)
    try:
        with transaction.atomic():
            document = _fill(report, read, source_text)
    except IntegrityError as error:
        raise Conflict(f"{read.year}年第{read.number}期正在导入。", how="请稍候到周报列表中查看。") from error
    _children(report, read, at)
    keep(report, "重新导入" if known else "导入", by=by, at=at)
    index(report, document)
    if is_own(read):
        raise_series(series_of(read.year), read.number)
    data = {
        "slug": slug,
        "source_sha256": canonical.digest(source_text),
        "document_sha256": report.document_sha256,
    }
    fact = flow.REIMPORTED if known else flow.IMPORTED
    record(NewFact(report.id, "report", fact, data), by=by, at=at)
    return Stored(report.id, slug, "changed" if known else "new")


def _check_values(read: ReadReport) -> None:
    too_large = next((figure for figure in read.figures if figure.value >= LARGEST), None)
    if too_large is not None:
        raise Invalid(
            f"「{too_large.measure}」的数太大，不能入库：{too_large.sentence[:60]}",
            how="请核对原文中的这个数。",
        )


def _reading(read: ReadReport) -> dict[str, object]:
    """What was read, without the name of the file: the same text from another file is the same report."""
    return {key: value for key, value in read.as_json().items() if key != "file"}


def _fill(report: Report, read: ReadReport, source_text: str) -> Document:
    code = form_code(read)
    document = past_document(read, form_named(code))
    report.form_id, report.state = code, State.PRINTED
    report.first_day, report.last_day = read.period.first, read.period.last
    report.year, report.number, report.total_number = read.year, read.number, read.total_number
    report.issuer, report.issued_on = read.issuer or "", read.issued_on
    report.distribution = {label: whom for label, whom in read.distribution.items() if whom}
    report.copies = read.copies or 0
    report.source_text, report.reading = source_text, _reading(read)
    report.document = canonical.text(document.as_json())
    report.document_sha256 = canonical.digest(report.document)
    report.text = "\n".join(document.lines)
    report.edit_version += 1
    report.save()
    return document


def _children(report: Report, read: ReadReport, at: datetime) -> None:
    """Figures with their sentences, visits and inspection results as rows of their own."""
    for rows in (report.figures, report.visits, report.inspection):
        rows.all().delete()
    PrintedFigure.objects.bulk_create(
        PrintedFigure(
            id=uuid7(at), report=report, position=place, scope=figure.scope.value, type=figure.type or "",
            measure=figure.measure, as_of=figure.as_of, value=figure.value, unit=figure.unit or "",
            sentence=figure.sentence, approximate=figure.approximate,
        )
        for place, figure in enumerate(read.figures)
    )  # fmt: skip
    DutyVisit.objects.bulk_create(
        DutyVisit(
            id=uuid7(at), report=report, position=place, on=visit.on, on_text=visit.on_text or "",
            person=visit.person, post=visit.post, department=visit.department or "",
        )
        for place, visit in enumerate(read.visits)
    )  # fmt: skip
    InspectionResult.objects.bulk_create(
        InspectionResult(
            id=uuid7(at),
            report=report,
            position=place,
            key=str(place),
            heading=row.heading,
            result=row.result,
        )
        for place, row in enumerate(read.inspection)
        if row.result
    )


@transaction.atomic
def bring_forward(report_id: UUID, *, by: Actor, at: datetime) -> int:
    """Enter the year's totals that a past issue printed as brought-forward figures, with the issue as their source.

    How many were entered. Raises Refused, Missing, Invalid where the issue prints none of them, Conflict where the
    same cell is entered already.
    """
    by.require(Capability.FIGURES_BRING_FORWARD)
    report = Report.objects.filter(pk=report_id, imported=True).first()
    if report is None:
        raise Missing("没有找到这期往期周报。")
    found = [
        (row.as_of, GROUP_OF[row.type], MEASURES[row.measure], row.value)
        for row in report.figures.filter(scope="year_to_date", approximate=False)
        if row.as_of and row.type in GROUP_OF and row.measure in MEASURES
    ]
    if not found:
        raise Invalid("这一期没有印出可以承接的今年累计数。", how="可以在统计的「承前数」页面逐项录入。")
    for as_of, group, measure, value in found:
        statistics.bring_forward(
            as_of=as_of, group=group, measure=measure, value=_whole(value), is_total=True,
            source=f"窗口工作周报 {report.year}年第{report.number}期", by=by, at=at,
        )  # fmt: skip
    return len(found)


def _whole(value: Decimal) -> int:
    if value != value.to_integral_value():
        raise Invalid("累计数不是整数，不能承接。", how="请核对原文。")
    return int(value)
