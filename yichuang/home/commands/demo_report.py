"""A draft of the weekly report for the last full week, with what departments have contributed so far."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from yichuang.directory.queries import actor_named
from yichuang.kernel.times import local_day
from yichuang.reports.commands import (
    NewContribution,
    VisitForm,
    contribute,
    open_report,
    save_visit,
    take_contribution,
)
from yichuang.reports.models import Report

SENT = (
    (
        "head.water",
        "efficiency",
        "水利厅开展取水许可申报辅导",
        "水利厅窗口组织取水许可申报辅导，逐项讲解水资源论证报告和计量方案的要求，示例科技有限公司等企业现场核对了申请材料。",
    ),
    (
        "reviewer.industry",
        "efficiency",
        "经济和信息化厅梳理电台设置使用许可材料",
        "经济和信息化厅窗口梳理无线电台（站）设置使用许可的常见补正情形，更新办事指南中的材料填报说明。",
    ),
    (
        "clerk",
        "environment",
        "综窗推行一次性告知清单",
        "政务一窗受理协调处对补正较多的事项逐项编写告知要点，窗口收件时与申请人当面核对，减少往返。",
    ),
)
TAKEN = 2


@transaction.atomic
def draft_report(*, now: datetime) -> UUID | None:
    """Open the report of the last full week and put some news into it; None where there is any report already."""
    if Report.objects.exists():
        return None
    first, last = last_full_week(local_day(now))
    editor = actor_named("report.editor")
    report_id = open_report(first, last, form="2022", by=editor, at=now)
    sent = []
    for place, (username, section, title, body) in enumerate(SENT):
        new = NewContribution(title, body, section=section, happened_on=last, report_id=report_id)
        sent.append(contribute(new, by=actor_named(username), at=now, key=f"demo{place:028d}"))
    for contribution_id, (_, section, *_) in list(zip(sent, SENT, strict=True))[:TAKEN]:
        take_contribution(report_id, contribution_id, section, seen=_edit(report_id), by=editor, at=now)
    visit = VisitForm(on=last, on_text="", person="张示例", post="副厅长", department="水利厅")
    visit = replace(visit, body="查看了窗口办件记录，接待了办事企业，要求持续压缩补正次数。")
    save_visit(report_id, visit, seen=_edit(report_id), by=editor, at=now)
    return report_id


def last_full_week(today: date) -> tuple[date, date]:
    """Monday to Friday of the week before this one."""
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=4)


def _edit(report_id: UUID) -> int:
    return Report.objects.values_list("edit_version", flat=True).get(pk=report_id)
