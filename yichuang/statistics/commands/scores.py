"""Writes of scores: put a set of indicators in force, enter the value of an indicator."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability, DepartmentKind
from yichuang.directory.models import Department
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.statistics.flow.scores import ENTERED
from yichuang.statistics.models import Indicator, IndicatorEntry, IndicatorSet
from yichuang.statistics.queries.scores import set_in_force, yardsticks_of
from yichuang.statistics.rules.scores import Yardstick, faults

YARDSTICK_FIELDS = (
    "code", "label", "unit", "weight", "direction", "full_value", "zero_value", "target", "measure",
)  # fmt: skip


@keyed("indicators")
@transaction.atomic
def set_indicators(
    rows: Sequence[Yardstick], *, valid_from: date, reason: str, key: str, by: Actor, at: datetime
) -> IndicatorSet:
    """Put a set of indicators in force from a day on. Sets that went before stay as they were.

    Raises Invalid by field (`weight-2`; "" for the set), or where the day is not after that of the newest set.
    """
    by.require(Capability.SCORE_MANAGE)
    # The newest is read first: if it is what this very key has just made, the key is found after it.
    newest = IndicatorSet.objects.order_by("-valid_from").first()
    known = IndicatorSet.objects.filter(key=key).first()
    if known is not None:
        return known
    wrong = faults(rows)
    if newest is not None and valid_from <= newest.valid_from:
        wrong["valid_from"] = f"应晚于现行指标的生效日 {newest.valid_from}，以前的得分不改"
    if not reason.strip():
        wrong["reason"] = "请写明依据，例如：2022年度一网通办考核办法"
    if wrong:
        raise Invalid("指标还不能生效，请先改正。", fields=wrong)
    try:
        with transaction.atomic():
            made = IndicatorSet.objects.create(
                id=uuid7(at), valid_from=valid_from, reason=reason.strip(), key=key, at=at, by_name=by.name
            )
            Indicator.objects.bulk_create(
                Indicator(id=uuid7(at), indicator_set=made, position=place, **_columns(row))
                for place, row in enumerate(rows)
            )
    except IntegrityError as error:
        known = IndicatorSet.objects.filter(key=key).first()
        if known is not None:
            return known
        raise Conflict("这一天生效的指标刚刚已由别人保存。", how="请刷新后查看，再决定是否重做。") from error
    data = {
        "valid_from": valid_from,
        "reason": reason.strip(),
        "weights": {row.code: row.weight for row in rows},
    }
    record(NewFact(made.pk, "indicator_set", "indicator_set.put_in_force", data, key=key), by=by, at=at)
    return made


def _columns(row: Yardstick) -> dict[str, Any]:
    return {name: getattr(row, name) for name in YARDSTICK_FIELDS}


@keyed("indicator")
@transaction.atomic
def enter_indicator(
    code: str,
    department_id: UUID,
    *,
    as_of: date,
    value: Decimal,
    source: str,
    key: str,
    by: Actor,
    at: datetime,
) -> IndicatorEntry:
    """Enter the value of an indicator that no measure yields, with its source. A later entry of the same day counts.

    Raises Invalid for an indicator that is not entered by hand on that day, or a missing source.
    """
    by.require(Capability.SCORE_MANAGE)
    known = IndicatorEntry.objects.filter(key=key).first()
    if known is not None:
        return known
    wrong = {}
    entered = {each.code for each in yardsticks_of(set_in_force(as_of)) if each.measure == ENTERED}
    if code not in entered:
        wrong["code"] = "请选择一个在那一天有效、需要录入的指标"
    if not Department.objects.filter(pk=department_id, kind=DepartmentKind.PROVINCIAL).exists():
        wrong["department"] = "请选择省级部门"
    if not source.strip():
        wrong["source"] = "请写明出处，例如：省政务服务平台月报 2022年4月"
    if as_of > local_day(at):
        wrong["as_of"] = "应不晚于今天"
    if wrong:
        raise Invalid("指标值还不能录入，请先改正。", fields=wrong)
    made, is_new = IndicatorEntry.objects.get_or_create(
        key=key,
        defaults={
            "id": uuid7(at), "code": code, "department_id": department_id, "as_of": as_of, "value": value,
            "source": source.strip(), "at": at, "by_name": by.name,
        },
    )  # fmt: skip
    if not is_new:
        return made
    data = {"code": code, "as_of": as_of, "value": str(value), "source": source.strip()}
    new = NewFact(
        made.pk, "indicator_entry", "indicator_entry.entered", data, department_id=department_id, key=key
    )
    record(new, by=by, at=at)
    return made
