"""Corrections: those that wait for the next issue, and those of one issue."""

from collections.abc import Iterable

from django.db.models import QuerySet

from yichuang.kernel import sql
from yichuang.reports.models import Erratum, Report
from yichuang.reports.rules.errata import Correction, sentence


def waiting_for(report: Report) -> QuerySet[Erratum]:
    """The corrections that an issue will print: entered, not withdrawn, of another issue."""
    return Erratum.objects.filter(printed_in__isnull=True, withdrawn_at__isnull=True).exclude(
        report_id=report.pk
    )


# As `waiting_for`, with what a sentence needs of the issue that is corrected.
_WAITING = """
select r.year, r.number, r.total_number, e.passage, e.old, e.new, e.reason
from reports_erratum e join reports_report r on r.id = e.report_id
where e.printed_in_id is null and e.withdrawn_at is null and e.report_id <> %(report)s order by e.at, e.id
"""


def sentences_for(report: Report) -> tuple[str, ...]:
    """What an issue that is being made prints under 更正. One statement."""
    return tuple(sentence(Correction(*row)) for row in sql.rows(_WAITING, {"report": report.pk}))


def sentences_of(rows: Iterable[Erratum]) -> tuple[str, ...]:
    """How corrections are printed, in their order."""
    return tuple(sentence(_correction(row)) for row in rows)


def _correction(row: Erratum) -> Correction:
    report = row.report
    assert report.year is not None
    assert report.number is not None
    return Correction(
        report.year, report.number, report.total_number, row.passage, row.old, row.new, row.reason
    )


def errata_of(report: Report) -> list[Erratum]:
    """Every correction of an issue, withdrawn ones included, oldest first."""
    return list(report.errata.select_related("printed_in", "figure"))


def public_errata_of(report: Report) -> list[Erratum]:
    """The corrections of an issue that a later issue has printed."""
    return list(report.errata.filter(printed_in__isnull=False).select_related("printed_in"))
