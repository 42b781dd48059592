"""Writes of figures: bring published totals forward, freeze a snapshot."""

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.journal import commands as journal
from yichuang.journal.commands import NewFact, record
from yichuang.journal.queries import head
from yichuang.kernel import canonical
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.statistics import queries
from yichuang.statistics.commands.drain import close_batch
from yichuang.statistics.flow import BROUGHT_FORWARD, LABELS_OF_GROUPS, measure_of
from yichuang.statistics.models import BroughtForward, Snapshot


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
