"""Writes of figures: drain a batch, bring published totals forward, freeze a snapshot."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability, DepartmentKind
from yichuang.directory.models import Department
from yichuang.journal import commands as journal
from yichuang.journal.commands import FreshFact, NewFact, keyed, record
from yichuang.journal.queries import head
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.programmes.commands.progress import count_filed
from yichuang.statistics import queries
from yichuang.statistics.flow import BROUGHT_FORWARD, LABELS_OF_GROUPS, measure_of
from yichuang.statistics.flow.scores import ENTERED
from yichuang.statistics.models import BroughtForward, Indicator, IndicatorEntry, IndicatorSet, Snapshot
from yichuang.statistics.queries.scores import set_in_force, yardsticks_of
from yichuang.statistics.queries.window import SUBJECT
from yichuang.statistics.rules.scores import Yardstick, faults

BATCH = 5000
DIMENSIONS = (
    "day", "kind", "department_id", "item_id", "item_type", "region", "channel", "outcome", "promptness",
    "days_used", "limit_days",
)  # fmt: skip
YARDSTICK_FIELDS = (
    "code", "label", "unit", "weight", "direction", "full_value", "zero_value", "target", "measure",
)  # fmt: skip
WINDOW_DIMENSIONS = ("day", "kind", "department_id", "quantity")


@transaction.atomic
def close_batch(*, at: datetime, limit: int = BATCH, wait: bool = False) -> int:
    """Drain one batch: into the daily figures and under a seal, in one transaction. How many facts; 0 when idle."""
    if not journal.lock_drain(wait=wait):
        return 0
    batch = journal.take(limit)
    if batch:
        _add(batch)
        count_filed(batch)
        journal.seal(batch, at=at)
    return len(batch)


def _add(batch: Sequence[FreshFact]) -> None:
    counted = [f for f in batch if f.subject_kind == "case" and f.item_id is not None]
    if counted:
        columns = {name: [getattr(fact, name) for fact in counted] for name in DIMENSIONS}
        sql.one(sql.statement(__file__, "add"), columns)
    acts = [f for f in batch if f.subject_kind == SUBJECT]
    if acts:
        columns = {name: [getattr(fact, name) for fact in acts] for name in WINDOW_DIMENSIONS}
        sql.one(sql.statement(__file__, "add_window"), columns)


@transaction.atomic
def bring_forward(
    *, as_of: date, group: str, measure: str, value: int, is_total: bool, source: str, by: Actor, at: datetime
) -> BroughtForward:
    """Enter a total published before the system (or an increment to one) with its source.

    Figures of the year continue from the newest total. Raises Invalid for a missing source or an unknown measure,
    Conflict where the same cell is entered already.
    """
    by.require(Capability.FIGURES_BRING_FORWARD)
    wrong = {}
    if not source.strip():
        wrong["source"] = "请写明出处，例如：窗口工作周报 2022年第24期"
    if group not in BROUGHT_FORWARD:
        wrong["group"] = "请选择事项类别：" + "、".join(LABELS_OF_GROUPS[code] for code in BROUGHT_FORWARD)
    elif measure not in BROUGHT_FORWARD[group]:
        labels = (measure_of(group, code).label for code in BROUGHT_FORWARD[group])
        wrong["measure"] = f"{LABELS_OF_GROUPS[group]}只能承接：" + "、".join(labels)
    if value < 0:
        wrong["value"] = "应为不小于 0 的整数"
    if wrong:
        raise Invalid("承前数有误，请按提示修改。", fields=wrong)
    try:
        with transaction.atomic():
            entry = BroughtForward.objects.create(
                id=uuid7(at), as_of=as_of, item_group=group, measure=measure, is_total=is_total, value=value,
                source=source.strip(), at=at, by_name=by.name,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(
            "这一天、这一项的承前数已经录入。", how="如需更正，请先注销原记录，再重新录入。"
        ) from error
    data = {
        "as_of": as_of,
        "group": group,
        "measure": measure,
        "value": value,
        "is_total": is_total,
        "source": source,
    }
    record(NewFact(entry.pk, "brought_forward", "brought_forward.entered", data), by=by, at=at)
    return entry


@transaction.atomic
def cancel_brought_forward(entry_id: UUID, *, reason: str, by: Actor, at: datetime) -> None:
    """Cancel a wrong entry; it stays visible with the reason. Snapshots that were frozen do not change."""
    by.require(Capability.FIGURES_BRING_FORWARD)
    if not reason.strip():
        raise Invalid("请写明注销理由。", fields={"reason": "不能为空"})
    done = BroughtForward.objects.filter(pk=entry_id, cancelled_at__isnull=True).update(
        cancelled_at=at, cancelled_by_name=by.name
    )
    if not done:
        raise Missing("没有找到有效的承前数记录。")
    new = NewFact(entry_id, "brought_forward", "brought_forward.cancelled", {"reason": reason.strip()})
    record(new, by=by, at=at)


@transaction.atomic
def freeze(*, first_day: date, last_day: date, by: Actor, at: datetime) -> Snapshot:
    """Freeze the figures of a period as of a seal: drain what waits, compute, keep, and never change it.

    The drain's lock is held to the end and what comes meanwhile is left out, so the snapshot is exactly what seal N
    says.
    """
    journal.lock_drain(wait=True)
    while close_batch(at=at, wait=True):
        pass
    figures = queries.report_figures(first_day=first_day, last_day=last_day, sealed_only=True)
    text = canonical.text([figure.as_json() for figure in figures])
    snapshot = Snapshot.objects.create(
        id=uuid7(at), seal=head().number, as_of=last_day, first_day=first_day, last_day=last_day, figures=text,
        sha256=canonical.digest(text), at=at, by_name=by.name,
    )  # fmt: skip
    data: dict[str, Any] = {"seal": snapshot.seal, "sha256": snapshot.sha256, "as_of": last_day}
    record(NewFact(snapshot.pk, "snapshot", "snapshot.frozen", data), by=by, at=at)
    return snapshot


def frozen_figures(snapshot: Snapshot) -> list[queries.Figure]:
    """The figures of a snapshot. Raises Conflict if its text no longer fits its hash."""
    if canonical.digest(snapshot.figures) != snapshot.sha256:
        raise Conflict("快照内容与其校验值不符，已停止使用。", how="请联系审计人员核查。")
    return [queries.Figure.from_json(value) for value in json.loads(snapshot.figures)]


@keyed("indicators")
@transaction.atomic
def set_indicators(
    rows: Sequence[Yardstick], *, valid_from: date, reason: str, key: str, by: Actor, at: datetime
) -> IndicatorSet:
    """Put a set of indicators in force from a day on. Sets that went before stay as they were.

    Raises Invalid by field (`weight-2`; "" for the set), or where the day is not after that of the newest set.
    """
    by.require(Capability.SCORE_MANAGE)
    known = IndicatorSet.objects.filter(key=key).first()
    if known is not None:
        return known
    wrong = faults(rows)
    newest = IndicatorSet.objects.order_by("-valid_from").first()
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
