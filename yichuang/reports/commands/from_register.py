"""What the registers of the hall know, taken over into a report: visits and results, their numbers with the source."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.halls.queries.duty import VisitForReport
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.times import local_day
from yichuang.reports.commands.editing import VisitForm, save_inspection, save_visit
from yichuang.reports.commands.numbers import Origin, name_source
from yichuang.reports.models import Report
from yichuang.reports.rules.content import inspection_text, visit_text
from yichuang.reports.rules.figure_fields import Binding
from yichuang.reports.rules.from_register import RegisteredVisit

VISITS_REGISTER = "厅（局）长进大厅登记册"
ROUNDS_REGISTER = "大厅巡查登记册"


def visit_form(row: VisitForReport | RegisteredVisit) -> VisitForm:
    """A visit of the register as it is entered in a report."""
    return VisitForm(row.on, row.on_text, row.person, row.post, row.department, row.body)


@transaction.atomic
def take_visits(
    report_id: UUID, visits: Sequence[VisitForm], *, seen: int, by: Actor, at: datetime, why: str = ""
) -> Report:
    """Add visits as the register keeps them, all or none. Raises Invalid where there is none, else as `save_visit`."""
    by.require(Capability.REPORT_EDIT)
    if not visits:
        raise Invalid(
            "登记册里没有还未带入的值守。", how="请先在「厅（局）长进大厅」登记，或者直接在本页填写。"
        )
    for visit in visits:
        report = save_visit(report_id, visit, seen=seen, by=by, at=at, why=why)
        seen = report.edit_version
        taken = report.visits.order_by("-position", "-id").values_list("id", flat=True)[0]
        day = visit.on or _last_day(report)
        _name(report, [visit_text(str(taken))], VISITS_REGISTER, day, by=by, at=at)
    return report


@transaction.atomic
def take_results(
    report_id: UUID,
    results: Mapping[str, str],
    registered: Collection[str],
    *,
    seen: int,
    by: Actor,
    at: datetime,
    why: str = "",
) -> Report:
    """Save the results of the inspection; those under the `registered` headings stand as the register says them.

    Raises what `save_inspection` raises.
    """
    by.require(Capability.REPORT_EDIT)
    report = save_inspection(report_id, results, seen=seen, by=by, at=at, why=why)
    texts = [inspection_text(key) for key in registered]
    _name(report, texts, ROUNDS_REGISTER, _last_day(report), by=by, at=at)
    return report


def _name(
    report: Report, texts: Collection[str], register: str, day: date, *, by: Actor, at: datetime
) -> None:
    origin = Origin(Binding.TYPED, "登记册原文", min(day, local_day(at)), register)
    name_source(report, texts, origin, by=by, at=at)


def _last_day(report: Report) -> date:
    assert report.last_day is not None
    return report.last_day
