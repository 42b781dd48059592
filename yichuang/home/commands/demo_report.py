"""A draft of the weekly report for the last full week, with what departments have contributed so far."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from yichuang.directory.queries import actor_named
from yichuang.halls.queries.duty import visits_between
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import local_day
from yichuang.reports.commands import (
    NewComment,
    NewContribution,
    NewFigure,
    comment,
    contribute,
    open_report,
    take_contribution,
)
from yichuang.reports.commands.from_register import take_visits, visit_form
from yichuang.reports.models import Report
from yichuang.reports.queries import citable_figures

SENT = (
    (
        "contributor.water",
        "efficiency",
        "水利厅开展取水许可申报辅导",
        "水利厅窗口组织取水许可申报辅导2场，逐项讲解水资源论证报告和计量方案的要求，15家企业现场核对了申请材料。",
    ),
    (
        # The half-width comma is what the checker finds in this draft.
        "reviewer.industry",
        "efficiency",
        "经济和信息化厅梳理电台设置使用许可材料",
        "经济和信息化厅窗口梳理无线电台（站）设置使用许可的常见补正情形,更新办事指南中的材料填报说明。",
    ),
    (
        "clerk",
        "environment",
        "综窗推行一次性告知清单",
        "政务一窗受理协调处对补正较多的5个事项逐项编写告知要点，窗口收件时与申请人当面核对，减少往返。",
    ),
    (
        "head.water",
        "efficiency",
        "水利厅落实首席代表现场签批",
        "水利厅落实首席代表现场签批，本周办结{counted}件。",
    ),
)
TAKEN = 2
# What a department states with its first contribution: what was counted, how many, of what, by which source.
STATED = (("申报辅导", 2, "场"), ("参加辅导企业", 15, "家"))
STATED_SOURCE = "水利厅窗口辅导签到表"
CITED = "efficiency.concluded"
REMARK = "请写明两场辅导的日期和地点。"


@transaction.atomic
def draft_report(*, now: datetime) -> UUID | None:
    """Open the report of the last full week and put some news into it; None where there is any report already."""
    if Report.objects.exists():
        return None
    first, last = last_full_week(local_day(now))
    editor = actor_named("report.editor")
    report_id = open_report(first, last, form="2022", by=editor, at=now)
    sent = [_send(place, report_id, last, now) for place in range(len(SENT))]
    for contribution_id, (_, section, *_) in list(zip(sent, SENT, strict=True))[:TAKEN]:
        take_contribution(report_id, contribution_id, section, seen=_edit(report_id), by=editor, at=now)
    registered = [visit_form(row) for row in visits_between(first, last)]
    if registered:
        take_visits(report_id, registered, seen=_edit(report_id), by=editor, at=now)
    remark = NewComment("efficiency", REMARK, item=str(sent[0]), quote="申报辅导2场")
    comment(report_id, remark, by=actor_named("report.reviewer"), at=now, key="demoremark")
    return report_id


def _send(place: int, report_id: UUID, last: date, now: datetime) -> UUID:
    """One contribution: the first states figures of its own, the last cites the register."""
    username, section, title, body = SENT[place]
    by = actor_named(username)
    figures: tuple[NewFigure, ...] = ()
    if place == 0:
        figures = tuple(
            NewFigure(label, Decimal(value), unit, last, STATED_SOURCE) for label, value, unit in STATED
        )
    elif "{counted}" in body:
        figures = tuple(_cited(report_id, by))[:1]
        body = body.format(counted=figures[0].value if figures else "若干")
    new = NewContribution(
        title, body, section=section, happened_on=last, report_id=report_id, figures=figures
    )
    return contribute(new, by=by, at=now, key=f"demo{place:028d}")


def _cited(report_id: UUID, by: Actor) -> Iterator[NewFigure]:
    """What the register of efficiency counts for the department as a whole."""
    for each in citable_figures(report_id, by=by).values():
        if each.code == CITED and "item=" not in each.address:
            yield NewFigure(
                each.label, each.value, each.unit, each.as_of, each.register, each.code, each.address
            )


def last_full_week(today: date) -> tuple[date, date]:
    """Monday to Friday of the week before this one."""
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=4)


def _edit(report_id: UUID) -> int:
    return Report.objects.values_list("edit_version", flat=True).get(pk=report_id)
