"""Where an offered sentence goes: an item of news, a visit, or the result of a heading of the inspection."""

from datetime import date, datetime

from yichuang.halls.queries import duty, rounds
from yichuang.kernel.errors import Conflict
from yichuang.kernel.keys import uuid7
from yichuang.kernel.offers import Offer
from yichuang.reports.flow import SectionKind
from yichuang.reports.models import DutyVisit, InspectionResult, Report
from yichuang.reports.queries.forms import form_named
from yichuang.reports.rules.content import Item, inspection_text, items_json, items_of, visit_text
from yichuang.reports.rules.form import SectionSpec
from yichuang.reports.rules.wording import short_day

Days = tuple[date, date]


def place(report: Report, spec: SectionSpec, offer: Offer, days: Days, *, at: datetime) -> tuple[str, str]:
    """Put the sentence where its heading keeps such things; the id of the text that it became, and its words.

    Part of a change of the draft: the caller keeps the version. Raises Conflict where the register has no such row
    (any more), or the form does not ask for it.
    """
    if spec.kind == SectionKind.VISITS:
        return _visit(report, offer, days, at)
    if spec.kind == SectionKind.INSPECTION:
        return _inspection(report, offer, days, at)
    item = Item(str(uuid7(at)), offer.text.strip())
    items = items_of(report.items)
    items[spec.key] = (*items.get(spec.key, ()), item)
    report.items = items_json(items)
    return item.id, item.text


def _visit(report: Report, offer: Offer, days: Days, at: datetime) -> tuple[str, str]:
    found = next((row for row in duty.visits_between(*days) if row.address == offer.address), None)
    if found is None:
        raise Conflict("登记册中没有这次值守。", how="请换一个栏目，或者刷新页面。")
    last = report.visits.order_by("-position").values_list("position", flat=True).first() or 0
    visit = DutyVisit.objects.create(
        id=uuid7(at), report=report, position=last + 1, on=found.on, person=found.person, post=found.post,
        on_text=found.on_text or (short_day(found.on) if found.on else ""), department=found.department,
        body=found.body,
    )  # fmt: skip
    return visit_text(str(visit.id)), visit.body


def is_asked(report: Report, offer: Offer, days: Days) -> bool:
    """Whether the report's form asks for the heading of an inspection result."""
    return _asked(report, offer, days) is not None


def _asked(report: Report, offer: Offer, days: Days) -> tuple[int, str, str, str] | None:
    """Position, key and heading as the form has them, and the register's result."""
    assert report.last_day is not None
    asked = form_named(report.form_id).inspection_on(report.last_day)
    for row in rounds.inspection_results(*days):
        if rounds.findings_address(*days, row.key) != offer.address:
            continue
        for position, heading in enumerate(asked):
            if row.key == heading.key or row.heading == heading.heading:
                return position, heading.key, heading.heading, row.result_text
    return None


def _inspection(report: Report, offer: Offer, days: Days, at: datetime) -> tuple[str, str]:
    found = _asked(report, offer, days)
    if found is None:
        raise Conflict("本期表式没有这个巡查项目，或者登记册已有变化。", how="请换一个栏目，或者刷新页面。")
    position, key, heading, result = found
    words = result.strip().rstrip("。")
    report.inspection.filter(key=key).delete()
    InspectionResult.objects.create(
        id=uuid7(at), report=report, position=position, key=key, heading=heading, result=words
    )
    return inspection_text(key), words
