"""我的办件: cases, drafts and messages of whoever is signed in."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from yichuang.cases import commands as cases
from yichuang.cases.flow import BY_ACTION, Action, State, WorkKind
from yichuang.cases.queries import QueueRow
from yichuang.cases.queries import mine as own_cases
from yichuang.cases.rules import days_left
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.intake import queries
from yichuang.intake.pages.drafting import show
from yichuang.intake.queries import followed
from yichuang.intake.rules.standing import short_day
from yichuang.kernel import paging
from yichuang.kernel.errors import Conflict
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key, signed_in
from yichuang.notices import commands as notices
from yichuang.notices.queries import MOST_UNREAD, unread
from yichuang.workdays.queries import calendar

SHOWN_MESSAGES = 50
PAGE_SIZE = 20
DUE_WORDS = {
    State.RECEIVED: "答复是否受理",
    State.CORRECTING: "由您补正",
    State.REVIEW: "作出决定",
    State.SPECIAL: "结束特别程序（预计）",
    State.DECIDED: "送达结果",
}


@signed_in
@require_safe
def home(request: Request) -> HttpResponse:
    """What waits for me first, then drafts, then all cases."""
    if request.by.kind == "staff":
        return HttpResponseRedirect("/desk")
    page = own_cases(by=request.by, after=request.GET.get("after", ""), size=PAGE_SIZE)
    names = department_names()
    lines = [_line(row, names, request) for row in page.rows]
    context = {
        "page": page,
        "lines": lines,
        "waiting": [line for line in lines if line["waits_for_me"]],
        "drafts": queries.own_drafts(by=request.by) if page.is_first else [],
        "unread": paging.counted(unread(request.by), MOST_UNREAD),
    }
    return show(request, "my", context)


def _line(row: QueueRow, names: dict[UUID, str], request: Request) -> dict[str, object]:
    """A case in the list: its state, and how long until the next day that counts."""
    today = local_day(request.at)
    left = days_left(calendar(), row.due_on, today)
    return {
        "id": row.id,
        "number": row.number,
        "item": row.item_name,
        "department": names.get(row.department_id, ""),
        "state": State(row.state),
        "left": left,
        "due_on": row.due_on,
        "day": short_day(row.due_on, today),
        "what": DUE_WORDS.get(State(row.state), ""),
        "waits_for_me": row.work_kind == WorkKind.CORRECT and row.due_on is not None,
        "paused": row.state == State.SPECIAL,
        "provisional": row.provisional,
        "filed_on": row.filed_on,
        "ended": row.state in (State.DELIVERED, State.REFUSED, State.TERMINATED),
    }


@needs(Capability.CASE_APPLY)
@require_http_methods(["GET", "POST"])
def withdraw(request: Request, case_id: UUID) -> HttpResponse:
    """Withdraw a case after the consequence has been read."""
    reason = clean_text(request.POST.get("reason", ""), limit=500)
    if request.method == "POST":
        cases.withdraw(case_id, reason=reason, by=request.by, at=request.at, key=post_key(request))
        return HttpResponseRedirect(reverse("my-case", args=[case_id]))
    found = followed(case_id, by=request.by, today=local_day(request.at))
    row = BY_ACTION[Action.WITHDRAW]
    if Action.WITHDRAW not in found.acts:
        raise Conflict(
            f"办件 {found.case.number} 目前为「{State(found.case.state).label}」，不能撤回。",
            how="作出决定以后不能再撤回；对决定有异议的，可以依法申请行政复议或者提起行政诉讼。",
        )
    context = {"row": found.case, "consequence": row.consequence, "key": client_key(), "found": found}
    return show(request, "withdraw", context)


@signed_in
@require_safe
def messages(request: Request) -> HttpResponse:
    """The messages to me, the newest first. Seeing them marks them as read, and only those that are seen."""
    page = queries.messages(by=request.by, after=request.GET.get("after", ""), size=SHOWN_MESSAGES)
    notices.read_all(by=request.by, at=request.at, only=[message.pk for message in page.rows])
    return show(request, "messages", {"page": page})
