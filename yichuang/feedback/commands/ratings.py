"""Writes of ratings: one a service; the follow-up that a low one opens is in `follow_ups`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.cases.commands import GONE
from yichuang.feedback.flow.ratings import (
    INDICATORS,
    LONGEST_WORDS,
    LOW,
    RATING_GIVEN,
    Level,
    RatingChannel,
    Served,
)
from yichuang.feedback.models import FollowUp, Rating
from yichuang.feedback.queries.limits import limits_on
from yichuang.feedback.queries.rated import Service, rating_of
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar

PHONE = re.compile(r"\+?[0-9][0-9 -]{5,18}[0-9]")


@dataclass(frozen=True, slots=True)
class RatingForm:
    """What somebody says about a service. `phone` counts only with `callback`: the consent to be called back."""

    level: int | None
    channel: RatingChannel
    words: str = ""
    indicators: Mapping[str, int] = field(default_factory=dict)
    callback: bool = False
    phone: str = ""


@keyed("rating")
@transaction.atomic
def give_rating(service: Service, form: RatingForm, *, at: datetime, key: str) -> Rating:
    """Keep a rating; the same key again gives the same rating. A low one opens its follow-up.

    Nobody needs a capability: the address that was shown is the right. Who rates is kept nowhere; the fact is by an
    unnamed visitor. Raises Conflict for a service that is not finished, was rated or whose content was destroyed by law,
    Invalid for what is wrong.
    """
    known = rating_of(service)
    if known is not None:
        return _same(known, key)
    if not service.ready:
        raise Conflict("这次服务还没有办完，暂时不能评价。", how="办完或者送达以后，再从原来的链接进入。")
    if not _holds_content(service):
        raise Conflict(
            "这次服务的内容已经依法删除，不能再评价。", how="仍有意见的，请通过投诉建议反映，不必填办件编号。"
        )
    wrong = _wrong(form, service.served)
    if wrong:
        raise Invalid("评价还没有提交，请按提示修改。", fields=wrong)
    made = _new(service, form, at, key)
    Rating.objects.bulk_create([made], ignore_conflicts=True)
    kept = rating_of(service)
    if kept is None:
        raise Conflict("页面已经用过一次。", how="请刷新页面后重新评价。")
    if kept.pk != made.pk:
        return _same(kept, key)
    data = {"level": made.level, "channel": made.channel, "served": made.served}
    record(
        NewFact(made.pk, "rating", RATING_GIVEN, data, department_id=made.department_id), by=ANONYMOUS, at=at
    )
    if made.level in LOW:
        _open(made)
    return made


def case_holds_content(case_id: UUID) -> bool:
    """Whether a case still has its content. Nobody destroys it until the caller's transaction ends: words that came
    after a destruction could never go. A case that is not ours has nothing to destroy."""
    row = sql.one("select applicant_name from cases_case where id = %(case)s for share", {"case": case_id})
    return row is None or row[0] != GONE


def _holds_content(service: Service) -> bool:
    if service.served is Served.CASE:
        return case_holds_content(service.subject)
    # An act lives as long as its words: its salt goes with them.
    row = sql.one("select salt from halls_windowact where id = %(act)s for share", {"act": service.subject})
    return row is None or row[0] != ""


def _same(known: Rating, key: str) -> Rating:
    if known.key == key:
        return known
    raise Conflict(
        "这次服务已经评价过了。", how="一次服务评价一次，评价后不能修改。需要补充的，请通过投诉建议反映。"
    )


def _wrong(form: RatingForm, served: Served) -> dict[str, str]:
    wrong = {}
    if form.level not in set(Level):
        wrong["level"] = "请选择一个满意程度"
    if len(form.words.strip()) > LONGEST_WORDS:
        wrong["words"] = f"不超过 {LONGEST_WORDS} 字"
    if any(
        name not in INDICATORS[served] or level not in set(Level) for name, level in form.indicators.items()
    ):
        wrong["indicators"] = "分项评价有误，请重新选择"
    phone = form.phone.strip()
    if form.callback and not PHONE.fullmatch(phone):
        wrong["phone"] = "同意回访的，请留下电话，例：13800000000"
    return wrong


def _new(service: Service, form: RatingForm, at: datetime, key: str) -> Rating:
    case = service.served is Served.CASE
    assert form.level is not None
    return Rating(
        id=uuid7(at), served=service.served, case_id=service.subject if case else None,
        act_id=None if case else service.subject, item_name=service.item_name, department_id=service.department_id,
        window_id=service.window_id, level=form.level, channel=form.channel, indicators=dict(form.indicators),
        words=form.words.strip(), callback=form.callback, phone=form.phone.strip() if form.callback else "", at=at,
        day=local_day(at), key=key,
    )  # fmt: skip


def _open(made: Rating) -> None:
    """The follow-up of a low rating, in the same transaction: none is missed (国办发〔2019〕51号)."""
    limits, count = limits_on(made.day), calendar()
    contact, finish = limits["rating.contact"], limits["rating.finish"]
    contact_due = count.add(made.day, contact.value)
    FollowUp.objects.create(
        rating=made, department_id=made.department_id, contact_due_on=contact_due,
        finish_due_on=max(contact_due, count.add(made.day, finish.value)), limit_source=finish.source,
    )  # fmt: skip
