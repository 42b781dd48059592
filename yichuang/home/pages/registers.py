"""The registers by the weekly report's own headings: what each heading tells is kept where it happens."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, resolve, reverse
from django.urls.resolvers import URLPattern
from django.views.decorators.http import require_GET

from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.web import PUBLIC, SIGNED_IN, Request, requirement, signed_in


@dataclass(frozen=True, slots=True)
class Entry:
    """One page below a heading: its name, its address's name, what it keeps; `wanted` counts where the page asks for no more than an account."""

    label: str
    address: str
    wanted: tuple[Capability, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of the weekly report with the pages that feed it."""

    title: str
    entries: tuple[Entry, ...]


C = Capability
HEADINGS: tuple[Heading, ...] = (
    Heading(
        "省级政务服务事项受理办理情况",
        (
            Entry("统计", "desk-figures", (C.FIGURES_READ,), "受理、办结按类别和部门，点击数字看办件"),
            Entry("办理效能", "desk-efficiency", (C.FIGURES_READ,), "平均用时、较法定缩短、提前办结、最多跑一次"),
            Entry("环节用时", "desk-durations", (C.FIGURES_READ,), "各部门各岗位每个环节用了几个工作日，超环节时限的件"),
            Entry("逾期后果预警", "desk-lapses", (C.CASE_SEARCH,), "逾期将视为受理、视为准予延续的件，提前两个工作日"),
            Entry("领导看板", "desk-leaders", (C.DASHBOARD_READ,), "今日、本周、今年与去年，期限、巡查、评价、专项"),
            Entry("部门系统报送", "exchange", (C.EXCHANGE_RESOLVE, C.EXCHANGE_MANAGE), "部门自己的系统报送的办件、批次、存疑，已报受理未报办结"),
            Entry("报送办件", "exchange-cases", (C.CASE_SEARCH,), "按编号、申请人、事项查部门系统报送的办件"),
            Entry("事件推送", "webhooks", (C.EXCHANGE_MANAGE,), "办件进展推送到其他系统的地址，推到哪里，失败重试"),
            Entry("国家交换表检查", "national", (C.EXCHANGE_MANAGE,), "一天的办件按国家交换表逐列检查必填、长度和代码"),
            Entry("批量申报", "desk-bulk", (C.CASE_FILE_BULK,), "用表格一次申报很多件，逐行检查、断点续办"),
            Entry("批量办理", "bulk-acts", (C.CASE_ACT_BULK,), "成批受理、决定和颁发，另一人放行，放行前可以撤销"),
            Entry("专题分析", "desk-analysis", (C.ANALYSIS_READ,), "按任意维度查一年的办件，不含个人信息"),
            Entry("容缺材料", "desk-pending", (C.CASE_SEARCH,), "容缺受理后还没有补交的材料，逾期清单"),
            Entry("专家库", "experts", (C.EXPERT_MANAGE,), "评审专家、专业领域、回避关系"),
        ),
    ),
    Heading(
        "优化营商环境工作开展情况 · 窗口服务效能提升工作情况 · 政务工作动态",
        (
            Entry("活动登记", "programme-events", (C.PROGRAMME_KEEP, C.PROGRAMME_MANAGE), "会议、培训、竞赛、调研、上门服务、申报辅导"),
            Entry("重点任务清单", "programme-tasks", (C.PROGRAMME_KEEP, C.PROGRAMME_MANAGE), "任务、承办处室、措施、进度、督办"),
            Entry("一网通办评分", "desk-scores", (C.FIGURES_READ, C.SCORE_MANAGE), "各部门指标、得分、排名和提升办法"),
            Entry("好差评", "desk-ratings", (C.FEEDBACK_HANDLE, C.FEEDBACK_REVIEW), "一次服务一次评价，差评回访整改"),
            Entry("柜台评价", "desk-rating-counter", (C.WINDOW_ACT, C.FEEDBACK_HANDLE), "办完事当场请办事人评价"),
            Entry("投诉与办不成事", "desk-complaints", (C.FEEDBACK_HANDLE, C.FEEDBACK_REVIEW), "投诉、办不成事反映窗口"),
            Entry("廉政预警", "desk-integrity", (C.INTEGRITY_READ,), "插队办理、反复补正、自派自办"),
            Entry("报送素材", "desk-report-contribute", (C.REPORT_CONTRIBUTE,), "各部门向周报报送动态、数字和照片"),
        ),
    ),
    Heading(
        "厅（局）长进大厅",
        (Entry("值守登记", "desk-duty", (C.DUTY_PLAN, C.DUTY_RECORD, C.DASHBOARD_READ), "计划、值守、提出的要求和落实情况"),),
    ),
    Heading(
        "大厅巡查情况",
        (
            Entry("巡查登记", "desk-rounds", (C.HALL_INSPECT,), "日常、专项、领导巡查和消杀，分标题的一周结果"),
            Entry("问题整改", "desk-findings", (C.HALL_INSPECT, C.HALL_RECTIFY, C.DASHBOARD_READ), "问题、照片、整改期限、整改和复查"),
        ),
    ),
    Heading(
        "综窗改革攻坚行动 · 省本级综窗办件情况",
        (
            Entry("综窗收件", "window", (C.CASE_FILE_FOR,), "咨询、受理、流转、颁发"),
            Entry("综窗办件登记", "desk-acts", (C.WINDOW_ACT, C.WINDOW_MANAGE, C.FIGURES_READ), "四类办件按窗口和部门，本周和今年"),
            Entry("窗口和人员", "desk-windows", (C.WINDOW_MANAGE,), "大厅窗口、所属部门、每日在岗人员"),
        ),
    ),
    Heading(
        "事项授权及受理手册编制推进情况",
        (
            Entry("事项授权和下放", "authorisations", (C.CATALOGUE_READ, C.CATALOGUE_AUTHORISE), "授权综窗受理的事项，集成授权和下放"),
            Entry("受理手册", "manuals", (C.CATALOGUE_READ,), "编制进度，各部门还差哪些"),
            Entry("许可清单和法规", "licence-lists", (C.CATALOGUE_READ, C.CATALOGUE_LISTS), "行政许可事项清单、法律文本和要改的指南"),
            Entry("事项转隶", "transfers", (C.CATALOGUE_READ, C.CATALOGUE_LISTS), "事项移交另一部门的日子和移交内容"),
        ),
    ),
    Heading(
        "其它工作开展情况",
        (Entry("专项行动", "programme-campaigns", (C.PROGRAMME_KEEP, C.PROGRAMME_MANAGE), "补申报等专项：目标、期限、进度、预测"),),
    ),
    Heading(
        "窗口工作周报",
        (
            Entry("编辑周报", "desk-reports", (C.REPORT_EDIT, C.REPORT_REVIEW, C.REPORT_ISSUE, C.REPORT_CONTRIBUTE), "征集、编辑、审核、签发、印发"),
            Entry("周报表式", "desk-report-forms", (C.REPORT_FORMS,), "2022 年和 2023 年表式，新表式和预览"),
        ),
    ),
)  # fmt: skip


def headings_for(by: Actor) -> Iterator[dict[str, Any]]:
    """The headings with the pages that the actor may open; a heading without any is left out."""
    for heading in HEADINGS:
        entries = [
            {"label": each.label, "href": address, "words": each.words}
            for each in heading.entries
            for address in [reverse(each.address)]
            if _may_open(by, each, address)
        ]
        if entries:
            yield {"title": heading.title, "entries": entries}


def _may_open(by: Actor, entry: Entry, address: str) -> bool:
    """What the page itself declares decides; where it is open to all who sign in, what it is for."""
    declared = requirement(resolve(address).func)
    if declared in (None, PUBLIC, SIGNED_IN):
        return any(map(by.can, entry.wanted))
    return by.can(Capability(str(declared)))


@signed_in
@require_GET
def registers(request: Request) -> HttpResponse:
    """All registers that the actor may open, under the headings that they feed."""
    return render(request, "home/registers.html", {"headings": list(headings_for(request.by))})


urlpatterns: list[URLPattern] = [path("desk/registers", registers, name="desk-registers")]
