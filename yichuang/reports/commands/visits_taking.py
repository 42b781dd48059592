"""Visits taken over from the register of duty visits: all that a report has not yet, at once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.reports.commands.editing import VisitForm, save_visit
from yichuang.reports.models import Report


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
    return report
