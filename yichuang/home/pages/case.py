"""The case page: the matter on the left, the clock, the actions allowed now and the people on the right, the timeline below."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages as told
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from yichuang.cases import flow, rules
from yichuang.cases import queries as cases
from yichuang.cases.commands import Stepped, claim, release
from yichuang.cases.commands.office import WORK_CAPABILITY
from yichuang.cases.flow import DELIVERY_METHODS, Action, State
from yichuang.cases.queries import CaseRow, Event
from yichuang.directory.flow import Capability
from yichuang.directory.queries import colleagues
from yichuang.home.pages.case_actions import HANDLERS
from yichuang.home.pages.desk import ending
from yichuang.home.render import document_title
from yichuang.intake import queries as intake
from yichuang.intake.queries import EFFECTS, event_text
from yichuang.intake.queries.follow import ACCEPTANCE_WHY, DELIVERY_WHY
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs
from yichuang.workdays.queries import calendar

RESPONSE_DAYS = 15
LINES = 6
HIDDEN = ("csrfmiddlewaretoken", "client_key", "seen")
# The one thing that the open work asks for; every other button stands back.
MAIN = {
    "accept": Action.ACCEPT,
    "review": Action.PROPOSE,
    "decide": Action.DECIDE,
    "resume": Action.RESUME,
    "deliver": Action.DELIVER,
}
DUE_WORDS = {
    State.RECEIVED: "答复是否受理",
    State.CORRECTING: "由申请人补正",
    State.REVIEW: "作出决定",
    State.SPECIAL: "结束特别程序（预计）",
    State.DECIDED: "送达结果",
}
DUE_WHY = {
    State.RECEIVED: ACCEPTANCE_WHY,
    State.CORRECTING: ("补正截止日由窗口在一次性补正告知书中确定；补正所需时间不计入办理期限。",),
    State.DECIDED: DELIVERY_WHY,
}
OFFICE_ACTIONS = tuple(action for action in Action if action in HANDLERS)


@needs(Capability.CASE_SEARCH)
@require_GET
def case(request: Request, case_id: UUID) -> HttpResponse:
    """One case for staff."""
    row = cases.visible(case_id, by=request.by)
    return _page(request, row)


def _page(
    request: Request, row: CaseRow, *, failed: Action | None = None, problem: Problem | None = None
) -> HttpResponse:
    today = local_day(request.at)
    application = intake.read_application(row.id)
    actions = _actions(row, request.by)
    events = cases.timeline(row, by=request.by)
    context: dict[str, Any] = {
        "case": row,
        "state": State(row.state),
        "application": application,
        "sections": intake.in_words(application.guide, application.answers) if application else [],
        "changes": _changes(row, request.by) if application else [],
        **_clock(row, today),
        "ending": ending(row.outcome, row.promptness),
        "work": flow.WORK_LABELS[flow.WorkKind(row.work_kind)] if row.work_kind else "",
        "proposal": _proposal(row, events),
        "material_names": [one.name for one in application.guide.materials] if application else [],
        "can_claim": _can_claim(row, request.by),
        "holds": row.work_holder_id is not None and row.work_holder_id == request.by.id,
        "actions": actions,
        "main": MAIN.get(row.work_kind or ""),
        "timeline": [entry(event, row) for event in events],
        "colleagues": _colleagues(row, request.by),
        "methods": list(DELIVERY_METHODS.items()),
        "respond_by": calendar().add(today, RESPONSE_DAYS),
        "latest_response": today + timedelta(days=60),
        # What has failed has left nothing under its key; whoever sends the form again means a new sending.
        "key": client_key(),
        "failed": failed,
        "problem": problem,
        "given": request.POST if failed else QueryDict(),
        "lines": range(LINES),
        **_failure(request, actions, failed, problem),
    }
    return render(request, "home/case.html", context, status=problem.status if problem else 200)


def _proposal(row: CaseRow, events: Sequence[Event]) -> str:
    """What the reviewer proposes, why, and who: the head decides with it before the eyes."""
    made = next((event for event in reversed(events) if event.kind == "case.proposed"), None)
    if not row.proposal or made is None:
        return ""
    label = flow.OUTCOME_LABELS[flow.Outcome(row.proposal)]
    return f"审查意见：拟{label}。{made.words.get('opinion', '')}（{made.actor_name}）"


def _clock(row: CaseRow, today: date) -> dict[str, Any]:
    """The day that matters now, what has to be done by then, and why it is this day."""
    state = State(row.state)
    due = row.due_on if state == State.REVIEW else row.work_due_on
    return {
        "today": today,
        "due": due,
        "due_words": DUE_WORDS.get(state, ""),
        "due_why": DUE_WHY.get(state, ()),
        "left": row.days_left if state == State.SPECIAL else rules.days_left(calendar(), due, today),
        "why": cases.why(row, today=today),
    }


def _failure(
    request: Request, actions: list[flow.Transition], failed: Action | None, problem: Problem | None
) -> dict[str, Any]:
    """Where the summary's links lead, and what was typed into a form that is no longer on the page."""
    place = next((n for n, one in enumerate(actions, start=1) if one.action == failed), 0)
    typed = [v.strip() for k in request.POST if k not in HIDDEN for v in request.POST.getlist(k)]
    return {
        "failed_prefix": f"a{place}",
        "failed_fields": {_anchor(name): words for name, words in problem.fields.items()} if problem else {},
        "typed": [words for words in typed if words] if failed and not place else [],
    }


def _anchor(name: str) -> str:
    """The field that a fault belongs to: the lines of a correction have three fields each."""
    if name == "lines":
        return "0-material"
    return f"{name.removeprefix('lines-')}-material" if name.startswith("lines-") else name


def _changes(row: CaseRow, by: Actor) -> list[list[str]]:
    return [[change.label, change.before, change.after] for change in intake.changes(row.id, by=by)]


def _can_claim(row: CaseRow, by: Actor) -> bool:
    wanted = WORK_CAPABILITY.get(row.work_kind or "")
    return (
        wanted is not None and row.work_holder_id is None and by.can(Capability.CASE_CLAIM) and by.can(wanted)
    )


def _actions(row: CaseRow, by: Actor) -> list[flow.Transition]:
    """The table's rows that lead out of this state, that this page knows and this actor may."""
    return [
        transition
        for transition in flow.allowed(State(row.state))
        if transition.action in HANDLERS and by.can(transition.capability) and _sensible(transition, row, by)
    ]


def _sensible(transition: flow.Transition, row: CaseRow, by: Actor) -> bool:
    if transition.action == Action.HAND_OVER:
        return bool(_colleagues(row, by))
    if transition.action == Action.SEND_BACK:
        return row.work_kind == "decide"
    if transition.action == Action.PROPOSE:
        return row.work_kind == "review"
    return transition.action != Action.EXTEND or row.extended_days == 0


def _colleagues(row: CaseRow, by: Actor) -> list[tuple[str, str]]:
    wanted = WORK_CAPABILITY.get(row.work_kind or "")
    if wanted is None or not by.can(Capability.CASE_HAND_OVER):
        return []
    found = colleagues(row.department_id, wanted)
    return [(str(c.id), f"{c.name}（{c.post}）") for c in found if c.id not in (row.work_holder_id, by.id)]


def entry(event: Event, row: CaseRow) -> dict[str, Any]:
    """One line of the timeline for the part that draws it."""
    links = []
    title = document_title(event, row)
    if title:
        links.append((f"{title} {event.number}", f"/documents/{row.id}/{event.seq}"))
    return {
        "at": event.at,
        "title": event.sentence,
        "by": event.actor_name,
        "text": " ".join(said(event)),
        "effect": EFFECTS.get(event.kind, ""),
        "links": links,
    }


def said(event: Event) -> list[str]:
    """What was said with a step, for staff: what the applicant reads, and the office's own words."""
    data, found = event.data, []
    if event.kind == "case.proposed":
        found.append(
            f"拟{flow.OUTCOME_LABELS[flow.Outcome(data['outcome'])]}：{event.words.get('opinion', '')}"
        )
    found.append(event_text(event))
    for name, sentence in SENTENCES.items():
        if data.get(name):
            found.append(sentence.format(spoken(data[name])))
    if event.kind == "case.decided":
        found.append(f"用时 {data['days_used']} 个工作日。")
    if event.kind == "case.delivered":
        found.append(f"{DELIVERY_METHODS[data['method']]}，签收人：{event.words.get('receiver', '')}。")
    return [words for words in found if words]


SENTENCES = {
    "respond_by": "应于 {} 前补正。",
    "expected_until": "预计 {} 前结束。",
    "due_on": "到期日 {}。",
}


def spoken(text: str) -> str:
    """2022年5月13日, from a day in a fact's data."""
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


@needs(Capability.CASE_SEARCH)
@require_POST
def act(request: Request, case_id: UUID, action: str) -> HttpResponse:
    """Do one thing to a case: one command. What was typed comes back when it cannot be done."""
    if action not in {str(known) for known in OFFICE_ACTIONS}:
        raise Missing
    chosen = Action(action)
    row = cases.visible(case_id, by=request.by)
    try:
        stepped: Stepped = HANDLERS[chosen](request, case_id)
    except Problem as problem:
        return _page(request, cases.visible(row.id, by=request.by), failed=chosen, problem=problem)
    told.success(request, f"已办理：{flow.BY_ACTION[chosen].label}。")
    return HttpResponseRedirect(f"/desk/cases/{stepped.case_id}")


@needs(Capability.CASE_CLAIM)
@require_POST
def take(request: Request, case_id: UUID) -> HttpResponse:
    """Claim the open work."""
    claim(case_id, by=request.by, at=request.at)
    return HttpResponseRedirect(f"/desk/cases/{case_id}")


@needs(Capability.CASE_CLAIM)
@require_POST
def put_back(request: Request, case_id: UUID) -> HttpResponse:
    """Put claimed work back into the queue."""
    release(case_id, by=request.by, at=request.at)
    return HttpResponseRedirect(f"/desk/cases/{case_id}")
