"""A report that is being made: its content, its live figures, its document as it would be printed now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from yichuang.directory.queries import department_names
from yichuang.journal.queries import head
from yichuang.kernel import sql
from yichuang.kernel.errors import Missing
from yichuang.kernel.times import local, local_day
from yichuang.kernel.together import together
from yichuang.reports.flow import PUBLISHED
from yichuang.reports.models import PrintedFigure, Report, ReportVersion
from yichuang.reports.queries.charts import charts_for
from yichuang.reports.queries.checks import faults
from yichuang.reports.queries.errata import sentences_for
from yichuang.reports.queries.forms import form_of
from yichuang.reports.queries.numbers import PlacedNumber, fields_of, placed_numbers, written
from yichuang.reports.rules import wording
from yichuang.reports.rules.advice import (
    Advice,
    Former,
    OutlineRow,
    Weight,
    advise,
    advise_numbers,
    in_order,
    outline,
)
from yichuang.reports.rules.composition import Appended, Frame, compose
from yichuang.reports.rules.content import Content, Imprint, VisitEntry, items_of
from yichuang.reports.rules.document import Cited, Document
from yichuang.reports.rules.figure_fields import Binding
from yichuang.reports.rules.form import BY_DEPARTMENT
from yichuang.reports.rules.numbering import PROVINCIAL_CENTRE
from yichuang.statistics import queries as statistics
from yichuang.statistics.flow import LABELS_OF_GROUPS, Scope, measure_of
from yichuang.statistics.queries import Cells, Figure

MANUALS_OF_THE_WEEK = "week.manuals.compiled"


def days_of(report: Report) -> tuple[date, date]:
    """The first and last day of a report of our own."""
    assert report.first_day is not None
    assert report.last_day is not None
    return report.first_day, report.last_day


_VISITS = """
select id, "on", on_text, person, post, department, body from reports_dutyvisit where report_id = %(report)s order by position, id
"""
_INSPECTION = (
    "select key, result from reports_inspectionresult where report_id = %(report)s order by position"
)


def content_of(report: Report) -> Content:
    """What is written in a report now. One statement."""
    return _content(report, *together(lambda: _visits(report), lambda: _inspection(report)))


def _visits(report: Report) -> tuple[VisitEntry, ...]:
    return tuple(VisitEntry(str(row[0]), *row[1:]) for row in sql.rows(_VISITS, {"report": report.pk}))


def _inspection(report: Report) -> dict[str, str]:
    return dict(sql.rows(_INSPECTION, {"report": report.pk}))


def _content(report: Report, visits: tuple[VisitEntry, ...], inspection: dict[str, str]) -> Content:
    return Content(items_of(report.items), visits, inspection, Imprint(report.distribution, report.copies))


def cited_figures(figures: Iterable[Figure]) -> dict[str, Cited]:
    """Figures over all departments by the code under which a form cites them: scope.group.measure.

    Beside them, where manuals were compiled, how these divide among departments in words.
    """
    given = list(figures)
    cited = {
        code: Cited(code, each.group, each.measure, _printed(each), each.first_day, each.last_day)
        for each in given
        if each.department is None
        for code in [f"{each.scope}.{each.group}.{each.measure}"]
    }
    whole = cited.get(MANUALS_OF_THE_WEEK)
    if whole is not None:
        code = MANUALS_OF_THE_WEEK + BY_DEPARTMENT
        cited[code] = replace(whole, code=code, value=_divided(given))
    return cited


def _divided(figures: Sequence[Figure]) -> str:
    """（市场监管局5个、水利厅2个）, most first; nothing where nothing was compiled."""
    parts = [
        (each.department, each.value)
        for each in figures
        if each.department and f"{each.scope}.{each.group}.{each.measure}" == MANUALS_OF_THE_WEEK
    ]
    if not parts:
        return ""
    names = department_names()
    told = sorted(
        ((names.get(body, ""), int(count or 0)) for body, count in parts), key=lambda p: (-p[1], p[0])
    )
    return f"（{'、'.join(f'{name}{count}个' for name, count in told)}）"


def _printed(figure: Figure) -> int | str | None:
    return figure.value if figure.value is None or isinstance(figure.value, int) else str(figure.value)


def live_figures(report: Report, period: Cells | None = None) -> dict[str, Cited]:
    """The figures of a report's period, exact at this moment. `period`: its cells where they were read already."""
    first, last = days_of(report)
    return cited_figures(statistics.report_figures(first_day=first, last_day=last, period=period))


def draft_document(
    report: Report,
    *,
    at: datetime,
    figures: Mapping[str, Cited] | None = None,
    content: Content | None = None,
    numbers: Sequence[PlacedNumber] | None = None,
) -> Document:
    """The document as it would be printed now, marked as a draft, with live figures and the seal they rest on."""
    first, last = days_of(report)
    moment = f"{wording.day_zh(local_day(at))} {local(at):%H:%M}"
    seal, visits, inspection, fields, errata = together(
        head,
        lambda: _visits(report),
        lambda: _inspection(report),
        lambda: fields_of(report),
        lambda: sentences_for(report),
    )
    frame = Frame(
        first_day=first,
        last_day=last,
        number_line=wording.DRAFT_NUMBER,
        issuer=report.issuer,
        issued_on_text="",
        dated=local_day(at),
        small_print=f"草稿：数字为{moment}的实时数，已封账至第{seal.number}号封，签发时封存。",
    )
    # Read once for the figures and the charts: both count the same.
    period = statistics.cells(first_day=first, last_day=last) if figures is None else None
    found = live_figures(report, period) if figures is None else figures
    said = content or _content(report, visits, inspection)
    placed = placed_numbers(report, said, fields) if numbers is None else numbers
    form = form_of(report)
    more = Appended(errata, charts_for(form, first, last, period=period))
    return compose(form, said, frame, found, written(placed), more)


def outline_for(report: Report, content: Content | None = None) -> tuple[OutlineRow, ...]:
    """Every heading of the report's form with its state."""
    return outline(form_of(report), content or content_of(report), days_of(report)[1])


def advice_for(
    report: Report,
    *,
    at: datetime,
    figures: Mapping[str, Cited],
    content: Content | None = None,
    numbers: Sequence[PlacedNumber] | None = None,
) -> tuple[Advice, ...]:
    """What the editor should look at."""
    first, last = days_of(report)
    totals = {
        (LABELS_OF_GROUPS[each.group], measure_of(each.group, each.measure).label): each.value
        for each in figures.values()
        if each.code.startswith(f"{Scope.YEAR_TO_DATE}.") and isinstance(each.value, int)
    }
    said = content or content_of(report)
    placed = placed_numbers(report, said) if numbers is None else numbers
    wrong = faults(report, said, placed, figures)
    remarks = advise_numbers(
        [each.words for each in placed if each.binding == Binding.UNBOUND],
        [words for code, words in wrong.items() if code.startswith("number.")],
    )
    rest = [
        Advice(Weight.ERROR, words, code.partition(".")[0])
        for code, words in wrong.items()
        if not code.startswith("number.")
    ]
    advised = advise(
        form_of(report),
        said,
        first_day=first,
        last_day=last,
        totals=totals,
        former=former_issue(last),
        today=local_day(at),
    )
    return in_order((*remarks, *rest, *advised))


def former_issue(last_day: date) -> Former | None:
    """The centre's own issue before a day, with the totals of the year that it printed."""
    found = (
        Report.objects.filter(
            state__in=[str(s) for s in PUBLISHED], last_day__lt=last_day, issuer=PROVINCIAL_CENTRE
        )
        .order_by("-last_day", "-number")
        .first()
    )
    if found is None or found.last_day is None:
        return None
    printed = PrintedFigure.objects.filter(report=found, scope=Scope.YEAR_TO_DATE, approximate=False)
    totals = {(row.type, row.measure): int(row.value) for row in printed if row.value == int(row.value)}
    name = wording.number_line(found.year, found.number, None)
    return Former(name, found.last_day, totals)


def versions(report: Report) -> list[ReportVersion]:
    """Every saved version without its content, newest first."""
    return list(report.versions.defer("content"))


def version(report: Report, number: int) -> ReportVersion:
    """One saved version. Raises Missing."""
    found = report.versions.filter(version=number).first()
    if found is None:
        raise Missing("没有这个版本。", how="请从版本列表中选择。")
    return found


def editors_of(report_id: UUID) -> set[UUID | None]:
    """Everybody who has saved a word of the report: none of them may review or issue it."""
    return set(ReportVersion.objects.filter(report_id=report_id).values_list("by_id", flat=True))
