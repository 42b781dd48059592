"""Who edits a section: shown on top of its page; taken on opening, renewed, asked for, released, taken over."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.web import Request, needs
from yichuang.reports import commands, queries
from yichuang.reports.commands.editing import IMPRINT, INSPECTION, VISITS
from yichuang.reports.flow import EDITABLE
from yichuang.reports.models import Report, SectionLock
from yichuang.reports.pages.common import text
from yichuang.reports.rules.comparison import Piece

_PAGES = {VISITS: "desk-report-visits", INSPECTION: "desk-report-inspection", IMPRINT: "desk-report-imprint"}


@dataclass(frozen=True, slots=True)
class Held:
    """The lock of a section as one editor sees it."""

    section: str
    row: SectionLock | None
    mine: bool
    free: bool
    asked_by_me: bool
    texts: tuple[Piece, ...] = ()

    @property
    def readonly(self) -> bool:
        """Whether another's lock, in force or not taken over yet, keeps one to reading."""
        return self.row is not None and not self.mine


def holding(request: Request, report: Report, section: str) -> Held:
    """Open a section for editing: take it where it is free, else say who has it and what it says now."""
    if report.state in EDITABLE:
        commands.hold_section(report.id, section, by=request.by, at=request.at)
    return looked_at(request, report, section)


def looked_at(request: Request, report: Report, section: str) -> Held:
    """The lock of a section as it is, without touching it."""
    row = queries.lock_of(report.id, section)
    mine = row is not None and row.holder_id == request.by.id
    texts: tuple[Piece, ...] = ()
    if row and not mine:
        kept = {VISITS: "visit:", INSPECTION: "inspection:", IMPRINT: "imprint:"}.get(section, "item:")
        texts = tuple(
            each
            for each in queries.pieces_of(report)
            if each.key.startswith(kept) and (kept != "item:" or each.section == section)
        )
    free = row is not None and (row.released or row.until <= request.at)
    asked = row is not None and row.asked_by_id == request.by.id
    return Held(section, row, mine, free, asked, texts)


@needs(Capability.REPORT_EDIT)
@require_POST
def lock(request: Request, report_id: UUID, locked_section: str) -> HttpResponse:
    """Renew, release, ask for or take over a section."""
    section = locked_section
    report = queries.report_for(report_id, by=request.by)
    if report.imported or not _known(report, section):
        raise Missing("没有这个栏目。", how="请从左侧大纲进入。")
    act = text(request, "act", 16)
    try:
        _do(request, report_id, section, act)
    except Problem as problem:
        messages.warning(request, f"{problem.message}{problem.how}")
    if request.headers.get("HX-Request") and act == "renew":
        context = {"report": report, "lock": looked_at(request, report, section)}
        return render(request, "reports/lock.html", context)
    if act == "release":
        messages.success(request, "已释放，别人可以接手编辑这个栏目。")
        return HttpResponseRedirect(reverse("desk-report", args=[report_id]))
    return HttpResponseRedirect(_address(report, section))


def _do(request: Request, report_id: UUID, section: str, act: str) -> None:
    if act == "renew":
        commands.hold_section(report_id, section, by=request.by, at=request.at)
    elif act == "release":
        commands.release_section(report_id, section, by=request.by, at=request.at)
    elif act == "ask":
        commands.ask_for_section(report_id, section, by=request.by, at=request.at)
        messages.success(request, "已请求接手，编辑人会在这个栏目的页面上看到。")
    elif act == "take":
        former = commands.take_over_section(report_id, section, by=request.by, at=request.at)
        messages.success(request, f"已从{former}接手编辑。")
    else:
        raise Missing("没有这个操作。", how="请刷新页面后重试。")


def _known(report: Report, section: str) -> bool:
    return section in _PAGES or queries.form_of(report).section(section) is not None


def _address(report: Report, section: str) -> str:
    if section in _PAGES:
        return reverse(_PAGES[section], args=[report.id])
    return reverse("desk-report-section", args=[report.id, section])


def section_address(report: Report, piece: Piece) -> str:
    """Where a text is edited."""
    kind = piece.key.partition(":")[0]
    names = {"visit": VISITS, "inspection": INSPECTION, "imprint": IMPRINT}
    return _address(report, names.get(kind, piece.section))
