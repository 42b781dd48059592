"""What an editor makes of a sentence that a register offers: put it into a heading with its figures, or hide it."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import keyed
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.offers import Offer
from yichuang.reports.commands.keeping import editable, keep_version, locked
from yichuang.reports.commands.locking import refuse_where_held
from yichuang.reports.commands.numbers import Origin, carry_numbers
from yichuang.reports.commands.placing import is_asked, place
from yichuang.reports.flow import EDITABLE, SectionKind
from yichuang.reports.models import OfferUse, Report
from yichuang.reports.models.newsroom import HIDDEN, USED
from yichuang.reports.queries.forms import form_named
from yichuang.reports.queries.numbers import stated_of
from yichuang.reports.queries.offers import offer_rows, offers_between
from yichuang.reports.rules.figure_fields import Binding, Number, numbers_in
from yichuang.reports.rules.form import SectionSpec

LONGEST_REASON = 200
GONE = "登记册中这一条已有变化，不再是您看到的样子。"


@keyed("offer")
@transaction.atomic
def take_offer(
    report_id: UUID,
    offer_key: str,
    section: str,
    days: tuple[date, date],
    *,
    seen: int,
    by: Actor,
    at: datetime,
    key: str,
) -> Report:
    """Put an offered sentence into a heading, its numbers bound to the register.

    Under a heading of news it becomes the last item; a visit becomes a visit, an inspection result the result of its
    heading. `days` are those for which the register was asked. The same client key takes once. Raises Missing for an
    unknown heading, Conflict where the register has changed or the sentence was used before, and what `editable`
    raises.
    """
    by.require(Capability.REPORT_EDIT)
    if OfferUse.objects.filter(client_key=key, report_id=report_id).exists():
        return locked(report_id)
    report = editable(report_id, seen=seen, by=by)
    spec = _heading(report, section)
    refuse_where_held(report_id, section, by=by, at=at)
    offer = _offered(offer_key, days)
    text_id, words = place(report, spec, offer, days, at=at)
    use = OfferUse(state=USED, section=section, item_id=text_id)
    _use(report, offer, days, use, by=by, at=at, key=key)
    report = keep_version(report, f"采用登记册建议到「{spec.heading}」：{offer.register}", by=by, at=at)
    carry_numbers(report, text_id, _origins(offer, words, days), by=by, at=at)
    return report


@keyed("inspection_taken")
@transaction.atomic
def take_inspection(
    report_id: UUID, days: tuple[date, date], *, seen: int, by: Actor, at: datetime, key: str
) -> int:
    """Put every inspection result that the register offers into the report, in one version; how many.

    Raises Missing where the form has no inspection, Invalid where the register offers none, and what `editable` raises.
    """
    report = editable(report_id, seen=seen, by=by)
    spec = next(iter(form_named(report.form_id).of_kind(SectionKind.INSPECTION)), None)
    if spec is None:
        raise Missing("这种表式没有大厅巡查情况。")
    refuse_where_held(report_id, spec.key, by=by, at=at)
    rows = offer_rows(report, [each for each in offers_between(*days) if each.topic == "inspection"])
    fresh = [
        row.offer for row in rows if row.state in ("new", "changed") and is_asked(report, row.offer, days)
    ]
    if not fresh:
        raise Invalid("登记册中没有新的巡查结果。", how="请核对统计期内是否登记了巡查。")
    placed = []
    for number, offer in enumerate(fresh):
        text_id, words = place(report, spec, offer, days, at=at)
        use = OfferUse(state=USED, section=spec.key, item_id=text_id)
        _use(report, offer, days, use, by=by, at=at, key=f"{key}{number}")
        placed.append((text_id, words, offer))
    report = keep_version(report, f"采用巡查登记册的 {len(placed)} 项结果", by=by, at=at)
    for text_id, words, offer in placed:
        carry_numbers(report, text_id, _origins(offer, words, days), by=by, at=at)
    return len(placed)


@keyed("offer_hidden")
@transaction.atomic
def hide_offer(
    report_id: UUID,
    offer_key: str,
    reason: str,
    days: tuple[date, date],
    *,
    by: Actor,
    at: datetime,
    key: str,
) -> None:
    """Say that an offered sentence is not used in this report, and why. Raises Invalid, Missing, Conflict."""
    by.require(Capability.REPORT_EDIT)
    if not reason.strip():
        raise Invalid("请写明不用的理由，其他编辑会看到。", fields={"reason": "不能为空"})
    if OfferUse.objects.filter(client_key=key, report_id=report_id).exists():
        return
    report = _open(report_id)
    offer = _offered(offer_key, days)
    use = OfferUse(state=HIDDEN, reason=reason.strip()[:LONGEST_REASON])
    _use(report, offer, days, use, by=by, at=at, key=key)


@transaction.atomic
def show_offer(report_id: UUID, offer_key: str, *, by: Actor, at: datetime) -> None:  # noqa: ARG001
    """Offer a hidden sentence again. Raises Missing."""
    by.require(Capability.REPORT_EDIT)
    report = _open(report_id)
    if not OfferUse.objects.filter(report=report, key=offer_key, state=HIDDEN).delete()[0]:
        raise Missing("这一条没有被标为不用。", how="请刷新页面查看最新情况。")


def _open(report_id: UUID) -> Report:
    report = locked(report_id)
    if report.state not in EDITABLE:
        raise Conflict("本期已过编辑环节，建议不能再处理。", how="需要修改时，请审核人或签发人退回编辑。")
    return report


def _offered(offer_key: str, days: tuple[date, date]) -> Offer:
    """The offer as its register states it now: what the page showed is never taken at its word."""
    found = next((offer for offer in offers_between(*days) if offer.key == offer_key), None)
    if found is None:
        raise Conflict(GONE, how="请刷新页面，按最新的建议办理。")
    return found


def _heading(report: Report, section: str) -> SectionSpec:
    spec = form_named(report.form_id).section(section)
    if spec is None or spec.kind not in (SectionKind.NEWS, SectionKind.VISITS, SectionKind.INSPECTION):
        raise Missing("没有这个栏目。", how="请从左侧大纲进入。")
    return spec


def _use(
    report: Report,
    offer: Offer,
    days: tuple[date, date],
    use: OfferUse,
    *,
    by: Actor,
    at: datetime,
    key: str,
) -> None:
    """Keep what became of the offer; an earlier use of the same row gives way once its sentence has changed."""
    use.id, use.report, use.key, use.client_key = uuid7(at), report, offer.key, key
    use.register, use.topic, use.text, use.address = offer.register, offer.topic, offer.text, offer.address
    use.first_day, use.last_day = days
    use.at, use.by_id, use.by_name = at, by.id, by.name
    OfferUse.objects.filter(report=report, key=offer.key).exclude(text=offer.text).delete()
    try:
        with transaction.atomic():
            use.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("这一条已经采用或标为不用。", how="请刷新页面查看最新情况。") from error


def _origins(offer: Offer, words: str, days: tuple[date, date]) -> list[tuple[Number, Origin]]:
    """Every figure of the offer with the number that prints it, in reading order."""
    left = stated_of(offer, days)
    origins = []
    for number in numbers_in(words):
        fits = [each for each in left if each.printed == number.printed or each.value == number.value]
        if fits:
            left.remove(fits[0])
            origin = Origin(Binding.REGISTER, fits[0].label, fits[0].as_of, offer.register, fits[0])
            origins.append((number, origin))
    return origins
