"""Pages of opinions: the list of the asked department, one question from either side, asking several at once."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yichuang.cases.commands import opinions as commands
from yichuang.cases.commands.opinions import Question
from yichuang.cases.flow.reviewers import OPINION_LABELS, STANCE_LABELS, OpinionState, Stance
from yichuang.cases.models import Opinion
from yichuang.cases.pages.received import (
    ACCEPT,
    download,
    file_token,
    posted_file,
    show,
    text,
    whole,
)
from yichuang.cases.queries import opinions as queries
from yichuang.cases.queries import visible
from yichuang.cases.queries.reviewers import guide_materials
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names, departments
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key, signed_in

LINES = 5
USUAL_DAYS = 5
CSV_HEAD = ("办件编号", "事项", "问题", "征求日期", "应答复日期", "状态", "意见", "答复日期", "理由")
DONE = {"answer": "已答复。", "remind": "已催办。", "withdraw": "已撤回。", "rule": "已作出裁定。"}


@needs(Capability.CASE_OPINE)
@require_GET
def listing(request: Request) -> HttpResponse:
    """What this department is asked: the open by day, or the closed."""
    words, closed = _asked(request)
    page = queries.opinions_page(
        by=request.by, text=words, closed=closed, after=request.GET.get("after", "")[:500]
    )
    kept = {name: value for name, value in (("q", words), ("closed", "1" if closed else "")) if value}
    address = reverse("desk-opinions")
    context = {
        "page": page, "q": words, "closed": closed, "today": local_day(request.at), "names": department_names(),
        "states": OPINION_LABELS, "stances": STANCE_LABELS,
        "views": [("等待答复", address, not closed), ("已结束", f"{address}?closed=1", closed)],
        "csv": f"{reverse('desk-opinions-csv')}?{urlencode(kept)}",
        "previous": "" if page.is_first else f"{address}?{urlencode(kept)}",
        "following": f"{address}?{urlencode({**kept, 'after': page.following})}" if page.following else "",
    }  # fmt: skip
    return show(request, "opinions", context)


def _asked(request: Request) -> tuple[str, bool]:
    return clean_text(request.GET.get("q", ""), limit=100), request.GET.get("closed") == "1"


@needs(Capability.CASE_OPINE)
@require_GET
def as_csv(request: Request) -> StreamingHttpResponse:
    """The same list as a file."""
    words, closed = _asked(request)
    found = queries.opinions(by=request.by, text=words, closed=closed)
    return csv_response(f"征求意见_{local_day(request.at)}.csv", CSV_HEAD, _csv(found))


def _csv(found: Iterator[Opinion]) -> Iterator[list[object]]:
    for one in found:
        yield [
            one.case_number, one.item_name, one.question, one.asked_on, one.due_on, OpinionState(one.state).label,
            STANCE_LABELS[Stance(one.stance)] if one.stance else "", one.answered_on or "", one.reasons,
        ]  # fmt: skip


@signed_in
@require_GET
def one(request: Request, opinion_id: UUID) -> HttpResponse:
    """One question: to answer for the asked department; to remind, withdraw and rule on for the lead."""
    return _page(request, opinion_id)


def _page(
    request: Request, opinion_id: UUID, problem: Problem | None = None, given: dict[str, str] | None = None,
    failed: str = "", kept: str = "",
) -> HttpResponse:  # fmt: skip
    found = queries.opinion(opinion_id, by=request.by, today=local_day(request.at))
    context = {
        "found": found, "opinion": found.opinion, "case": found.case, "names": department_names(),
        "stances": list(STANCE_LABELS.items()), "stance_labels": STANCE_LABELS, "given": given or {},
        "failed": failed, "kept_file": kept, "accept": ACCEPT, "key": client_key(),
    }  # fmt: skip
    return show(request, "opinion", context, problem)


@signed_in
@require_POST
def act(request: Request, opinion_id: UUID, opinion_action: str) -> HttpResponse:
    """Answer, remind, withdraw or rule: one command each. What was typed comes back when it cannot be done."""
    if opinion_action not in DONE:
        raise Missing
    queries.opinion(opinion_id, by=request.by, today=local_day(request.at))
    given = {name: text(request, name) for name in ("stance", "reasons", "reason", "ruling")}
    kept = ""
    try:
        file = posted_file(request) if opinion_action == "answer" else None
        kept = file_token(file, request)
        common: dict[str, Any] = {
            "seen": whole(request, "seen"), "by": request.by, "at": request.at, "key": post_key(request),
        }  # fmt: skip
        calls: dict[str, Callable[[], Opinion]] = {
            "answer": lambda: commands.answer_opinion(
                opinion_id, given["stance"], given["reasons"], file, **common
            ),
            "remind": lambda: commands.remind_opinion(opinion_id, **common),
            "withdraw": lambda: commands.withdraw_opinion(opinion_id, given["reason"], **common),
            "rule": lambda: commands.rule_on_opinion(opinion_id, given["ruling"], **common),
        }
        calls[opinion_action]()
    except Problem as problem:
        return _page(request, opinion_id, problem, given, opinion_action, kept)
    messages.success(request, DONE[opinion_action])
    return HttpResponseRedirect(reverse("desk-opinion", args=[opinion_id]))


@signed_in
@require_GET
def file(request: Request, opinion_id: UUID) -> HttpResponse:
    """The file of an answer. Raises Missing where there is none."""
    found = queries.opinion(opinion_id, by=request.by, today=local_day(request.at)).opinion
    if not found.file_sha256:
        raise Missing
    return download(found.file_name, found.file_kind, found.file_sha256)


@needs(Capability.CASE_CONSULT)
@require_http_methods(["GET", "POST"])
def new(request: Request, case_id: UUID) -> HttpResponse:
    """Ask up to five departments at once, each with its own question and limit."""
    row = visible(case_id, by=request.by)
    problem: Problem | None = None
    lines = _lines(request) if request.method == "POST" else []
    if request.method == "POST":
        questions = [
            Question(parse_uuid(one["department"]), one["question"], _days(one["days"]), tuple(one["shares"]))
            for one in lines
        ]
        try:
            made = commands.ask_opinions(
                case_id, questions, by=request.by, at=request.at, key=post_key(request)
            )
            messages.success(request, f"已向 {len(made)} 个部门征求意见。")
            return HttpResponseRedirect(reverse("desk-case", args=[case_id]))
        except Problem as found:
            problem = found
    blank = {"department": "", "question": "", "days": str(USUAL_DAYS), "shares": []}
    context = {
        "case": row, "lines": [*lines, *[blank] * (LINES - len(lines))], "materials": guide_materials(row),
        "departments": [(str(d.pk), d.short_name) for d in departments() if d.pk != row.department_id],
        "filled": len(lines), "key": client_key(),
    }  # fmt: skip
    return show(request, "opinions_new", context, problem)


def _days(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 0


def _lines(request: Request) -> list[dict[str, Any]]:
    """The lines in which anything was chosen or typed; the first always."""
    found = []
    for place in range(LINES):
        line = {
            "department": text(request, f"department-{place}", 64),
            "question": text(request, f"question-{place}"),
            "days": text(request, f"days-{place}", 6),
            "shares": [clean_text(one, limit=64) for one in request.POST.getlist(f"shares-{place}")[:60]],
        }
        if place == 0 or line["department"] or line["question"]:
            found.append(line)
    return found


urlpatterns: list[URLPattern] = [
    path("desk/opinions", listing, name="desk-opinions"),
    path("desk/opinions.csv", as_csv, name="desk-opinions-csv"),
    path("desk/opinions/<uuid:opinion_id>", one, name="desk-opinion"),
    path("desk/opinions/<uuid:opinion_id>/file", file, name="desk-opinion-file"),
    path("desk/opinions/<uuid:opinion_id>/act/<slug:opinion_action>", act, name="desk-opinion-act"),
    path("desk/cases/<uuid:case_id>/opinions/new", new, name="desk-opinions-new"),
]
