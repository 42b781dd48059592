"""Cases for machines to read: one, and the list of those that the token's account may see."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from yichuang.cases import flow
from yichuang.cases.api.steps import NOT_THERE, STEPS, case_id_of
from yichuang.cases.flow import State
from yichuang.cases.queries import load
from yichuang.cases.queries.listing import LONGEST_PAGE, Listed, Wanted, listed
from yichuang.journal.commands import View, ViewKind, note_view, note_views
from yichuang.kernel.actor import Actor
from yichuang.kernel.api import Reader, answer, machine, read_query
from yichuang.kernel.errors import Missing
from yichuang.kernel.paging import PAGE
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, signed_in


@machine
@signed_in
@require_GET
def one(request: Request, number: str) -> HttpResponse:
    """A case that the actor may see: where it stands, by when it is due, what can be done with it now."""
    row = load(case_id_of(request, number))
    if row is None or not row.visible_to(request.by):
        raise Missing(NOT_THERE, how="请核对办件编号。")
    note_view(View(ViewKind.CASE, row.id, row.number), by=request.by, at=request.at)
    acts = [str(each.action) for each in flow.allowed(State(row.state)) if request.by.can(each.capability)]
    return answer(
        {
            "case_id": row.id,
            "case_no": row.number,
            "item": {"name": row.item_name, "type": row.item_type},
            "department": row.department_name,
            "channel": row.channel,
            "state": row.state,
            "state_label": State(row.state).label,
            "seq": row.seq,
            "filed_at": row.filed_at,
            "accepted_on": row.accepted_on,
            "due_on": row.due_on,
            "statutory_due_on": row.statutory_due_on,
            "decided_on": row.decided_on,
            "outcome": row.outcome,
            "holder": row.work_holder_name or None,
            "as_of": local_day(request.at),
            "actions": [each for each in acts if each in STEPS],
        }
    )


@machine
@signed_in
@require_GET
def listing(request: Request) -> HttpResponse:
    """The cases that the actor may see, newest first. Every case that was shown to staff stands in the view log."""
    given = read_query(request)
    wanted = Wanted(
        _states(given), given.text("item", limit=64), given.day_or_none("from"), given.day_or_none("to")
    )
    after, size = given.text("after", limit=200), _size(given)
    given.done()
    page = listed(by=request.by, wanted=wanted, after=after, size=size)
    note_views([View(ViewKind.CASE, row.id, row.number) for row in page.rows], by=request.by, at=request.at)
    cases = [_line(row, request.by) for row in page.rows]
    return answer({"cases": cases, "after": page.following or None, "as_of": local_day(request.at)})


def _states(given: Reader) -> tuple[str, ...]:
    states = tuple(dict.fromkeys(one for one in given.text("state", limit=200).split(",") if one))
    if set(states) - set(State):
        given.wrong["state"] = f"只能是 {'、'.join(State)}，几个用逗号分开"
    return states


def _size(given: Reader) -> int:
    text = given.text("size", limit=8)
    if text and not (text.isascii() and text.isdigit() and 1 <= int(text) <= LONGEST_PAGE):
        given.wrong["size"] = f"应为 1 至 {LONGEST_PAGE} 的整数"
        return PAGE
    return int(text or PAGE)


def _line(row: Listed, by: Actor) -> dict[str, Any]:
    return {
        "case_id": row.id,
        "case_no": row.number,
        "item": {"code": row.item_code, "name": row.item_name, "type": row.item_type},
        "department": row.department_name,
        "applicant": row.applicant_for(by),
        "channel": row.channel,
        "state": row.state,
        "state_label": State(row.state).label,
        "seq": row.seq,
        "filed_at": row.filed_at,
        "accepted_on": row.accepted_on,
        "due_on": row.due_on,
        "statutory_due_on": row.statutory_due_on,
        "decided_on": row.decided_on,
        "outcome": row.outcome,
        "holder": row.holder_name or None,
    }
