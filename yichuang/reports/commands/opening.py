"""Forms into the table, and a new report for a period."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import uuid7
from yichuang.reports import flow
from yichuang.reports.commands.keeping import keep
from yichuang.reports.flow import State
from yichuang.reports.models import Report, ReportForm
from yichuang.reports.queries.forms import form_named
from yichuang.reports.rules.form import parse_form
from yichuang.reports.rules.wording import day_zh

FORMS = Path(__file__).resolve().parent.parent / "fixtures" / "forms.json"
LONGEST_PERIOD_DAYS = 92


@transaction.atomic
def load_forms() -> int:
    """Bring the packaged forms into the table; how many are new or changed. A bad form raises ValueError."""
    known = {form.code: form for form in ReportForm.objects.all()}
    changed = 0
    for data in _packaged():
        spec = parse_form(data)
        before = known.get(spec.code)
        if before is None or (before.name, before.data, before.opens) != (spec.name, data, spec.opens):
            values = {"name": spec.name, "data": data, "opens": spec.opens}
            ReportForm.objects.update_or_create(pk=spec.code, defaults=values)
            changed += 1
    return changed


def _packaged() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(FORMS.read_text(encoding="utf-8"))
    return found


def have_forms() -> None:
    """Load the packaged forms where the table is still empty: a fresh installation needs no step of its own."""
    if not ReportForm.objects.exists():
        load_forms()


@transaction.atomic
def open_report(first_day: date, last_day: date, *, form: str, by: Actor, at: datetime) -> UUID:
    """Begin a report for a period, collecting. Its id.

    Any span of days will do (public holidays make odd weeks). Raises Invalid for an impossible period or a form
    that opens no new reports, Conflict where the period has one.
    """
    by.require(Capability.REPORT_EDIT)
    have_forms()
    _check_period(first_day, last_day)
    spec = form_named(form)
    if not spec.opens:
        raise Invalid("这种表式只用于往期周报。", fields={"form": "请选择可以新建周报的表式"})
    report = Report(
        id=uuid7(at),
        form_id=spec.code,
        state=State.COLLECTING,
        first_day=first_day,
        last_day=last_day,
        issuer=spec.issuer,
        distribution=dict(spec.distribution),
        copies=spec.copies,
        opened_at=at,
        opened_by_id=by.id,
    )
    try:
        with transaction.atomic():
            report.save(force_insert=True)
    except IntegrityError as error:
        span = f"{day_zh(first_day)}至{day_zh(last_day)}"
        raise Conflict(f"{span}的周报已经新建。", how="请在列表中打开它。") from error
    keep(report, "新建", by=by, at=at)
    data = {"first_day": first_day, "last_day": last_day, "form": spec.code}
    record(NewFact(report.id, "report", flow.OPENED, data), by=by, at=at)
    return report.id


def _check_period(first_day: date, last_day: date) -> None:
    if last_day < first_day:
        raise Invalid("统计期有误。", fields={"last_day": "结束日应不早于开始日"})
    if (last_day - first_day).days >= LONGEST_PERIOD_DAYS:
        wrong = f"一期最多 {LONGEST_PERIOD_DAYS} 天，请核对年份和月份"
        raise Invalid("统计期有误。", fields={"last_day": wrong})
