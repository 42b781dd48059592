"""What the registers of the hall offer to the pages of visits and of the inspection."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from yichuang.halls.queries.duty import visits_between
from yichuang.halls.queries.rounds import (
    InspectionOutcome,
    contradicting,
    findings_address,
    inspection_results,
)
from yichuang.reports.commands import VisitForm
from yichuang.reports.commands.from_register import visit_form
from yichuang.reports.models import Report
from yichuang.reports.queries.drafts import content_of, days_of
from yichuang.reports.rules.from_register import (
    Beside,
    RegisteredResult,
    RegisteredVisit,
    Standing,
    beside,
    disagreeing,
)


def visits_beside(report: Report) -> list[Beside]:
    """The register's visits of the report's period beside those that the report has."""
    first, last = days_of(report)
    registered = [
        RegisteredVisit(
            row.on, row.on_text, row.person, row.post, row.department, row.body, row.address
        )
        for row in visits_between(first, last)
    ]  # fmt: skip
    return beside(registered, content_of(report).visits)


def registered_results(report: Report) -> dict[str, RegisteredResult]:
    """What the register of inspection says of the report's period, by heading."""
    first, last = days_of(report)
    return _registered(inspection_results(first, last), first, last)


def _registered(rows: list[InspectionOutcome], first: date, last: date) -> dict[str, RegisteredResult]:
    return {
        row.key: RegisteredResult(
            row.result_text,
            row.good,
            bool(row.rounds or row.findings),
            findings_address(first, last, row.key),
        )
        for row in rows
    }


def inspection_beside(report: Report, results: Mapping[str, str]) -> dict[str, Any]:
    """For the page of the inspection: the register's words, where the text no longer agrees, where it is untrue."""
    first, last = days_of(report)
    rows = inspection_results(first, last)
    known = _registered(rows, first, last)
    return {
        "registered": known,
        "disagreeing": disagreeing(results, known),
        "untrue": contradicting(rows, results),
    }


def waiting_visits(report: Report) -> list[VisitForm]:
    """The register's visits that the report has not yet, as they are entered."""
    rows = visits_beside(report)
    fresh = [visit_form(row.registered) for row in rows if row.standing is Standing.NEW]
    return sorted(fresh, key=lambda visit: (visit.on is None, visit.on or date.max))
