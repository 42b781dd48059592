"""Following a case: by number and code, or signed in."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from yichuang.cases.flow import Action, State
from yichuang.cases.queries import Event, by_number
from yichuang.cases.queries.pending import pending_of
from yichuang.directory.queries import department_names
from yichuang.intake.commands import OTHER
from yichuang.intake.pages.drafting import document_link, show
from yichuang.intake.queries import (
    EFFECTS,
    TONES,
    Filed,
    Followed,
    case_by_code,
    document_name,
    event_text,
    followed,
    follower,
    in_words,
    read_application,
)
from yichuang.journal.queries import views_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, public, signed_in

TRIES = 20
TRIES_SECONDS = 600
SESSION = "followed"
MOST_FOLLOWED = 50
WRONG = "编号和查询码对不上。请照回执填写，查询码是 10 位字母和数字，例：ABCDE-FGHIJ"
TOO_MANY = "输错次数过多，请 10 分钟后再试，或者到窗口、打电话查询。"


@public
@require_http_methods(["GET", "POST"])
def ask(request: Request) -> HttpResponse:
    """Number and follow code; wrong tries are counted and slowed down by address."""
    number = clean_text(request.POST.get("number") or request.GET.get("number", ""), limit=64)
    context: dict[str, Any] = {"number": number, "code": "", "wrong": {}, "message": ""}
    if request.method == "GET":
        return show(request, "follow_ask", context)
    if _failures(request) >= TRIES:
        return show(request, "follow_ask", context | {"message": TOO_MANY}, status=429)
    context["code"] = clean_text(request.POST.get("code", ""), limit=32)
    found = case_by_code(number, context["code"])
    if found is None:
        _count_failure(request)
        return show(request, "follow_ask", context | {"wrong": {"code": WRONG}}, status=422)
    remembered = [one for one in request.session.get(SESSION, []) if one != str(found)]
    request.session[SESSION] = [*remembered, str(found)][-MOST_FOLLOWED:]
    return HttpResponseRedirect(reverse("follow-case", args=[number.upper()]))


def _counter(request: Request) -> str:
    return f"follow:{request.META.get('REMOTE_ADDR', '')}"


def _failures(request: Request) -> int:
    return int(cache.get(_counter(request), 0))


def _count_failure(request: Request) -> None:
    if not cache.add(_counter(request), 1, TRIES_SECONDS):
        cache.incr(_counter(request))


@public
@require_safe
def case(request: Request, number: str) -> HttpResponse:
    """A case whose code this session has shown, or one's own; everybody else is asked for the code."""
    number = clean_text(number, limit=64)
    found = by_number(number)
    reader = reading_actor(request, found) if found else None
    if found is None or reader is None:
        return HttpResponseRedirect(f"{reverse('follow')}?{urlencode({'number': number})}")
    return _page(request, found, reader)


def reading_actor(request: Request, case_id: UUID) -> Actor | None:
    """Who reads a case: the signed-in applicant or staff, else whoever has shown its code in this session."""
    if request.by.kind == "staff" or str(case_id) not in request.session.get(SESSION, []):
        return request.by if request.by.kind != "anonymous" else None
    own = follower(case_id)
    return request.by if request.by.applicant_id == own.applicant_id else own


@signed_in
@require_safe
def own_case(request: Request, case_id: UUID) -> HttpResponse:
    """The same view for the applicant who is signed in."""
    return _page(request, case_id, request.by)


def _page(request: Request, case_id: UUID, by: Actor) -> HttpResponse:
    found = followed(case_id, by=by, today=local_day(request.at))
    own = by is request.by and by.kind == "applicant"
    filed = read_application(case_id) if own else None
    context = {
        "found": found,
        "said": found.standing.around_day(local_day(request.at)),
        "row": found.case,
        "state": State(found.case.state),
        "entries": [entry(event, found) for event in reversed(found.events)],
        "documents": documents(found),
        "own": own,
        "can_mend": own and Action.ANSWER_CORRECTION in found.acts,
        "pending": pending_of(case_id) if found.case.pending_open else [],
        "can_supply": own and Action.SUPPLY in found.acts,
        "can_withdraw": own and Action.WITHDRAW in found.acts,
        "answered": in_words(filed.guide, filed.answers) if filed else [],
        "files": file_rows(case_id, filed.materials) if filed else [],
        "looks": looks(case_id) if own else [],
    }
    return show(request, "case", context)


LOOKS = {
    "case": "打开办件",
    "file": "查看",
    "reveal": "查看完整信息",
    "search": "按证件号码查询",
}


def looks(case_id: UUID) -> list[dict[str, Any]]:
    """Who of the staff opened the file: department and post, never the name; when, what, and why."""
    names = department_names()
    return [
        {
            "at": one.at,
            "who": f"{names.get(one.department_id, '') if one.department_id else ''} {one.post}".strip(),
            "what": "：".join(filter(None, [LOOKS.get(one.kind, one.kind), one.fields or one.detail])),
            "why": one.reason,
        }
        for one in views_of(case_id)
    ]


LICENCE = "01"


def entry(event: Event, found: Followed) -> dict[str, Any]:
    """An event as the macro `timeline` draws it."""
    name = document_name(event, licence=found.case.item_type == LICENCE)
    link = document_link(found.case.id, event.seq) if name else ""
    return {
        "at": event.at,
        "title": event.sentence,
        "by": event.actor_name,
        "text": event_text(event),
        "effect": EFFECTS.get(event.kind, ""),
        "tone": TONES.get(event.kind, "plain"),
        "links": [(name, link)] if link else [],
    }


def documents(found: Followed) -> list[tuple[str, str]]:
    """The official documents of a case: (name with number, address); empty where no page serves them."""
    licence = found.case.item_type == LICENCE
    named = [(document_name(event, licence=licence), event.seq) for event in found.events]
    made = [(name, document_link(found.case.id, seq)) for name, seq in named if name]
    return [(name, href) for name, href in made if href]


def file_rows(case_id: UUID, materials: Iterable[Filed]) -> list[dict[str, Any]]:
    """Filed materials as the macro `file_list` draws them: the newest round marked, and what it has replaced."""
    materials = list(materials)
    last = max((one.round for one in materials), default=0)
    latest = {
        one.code: one.round for one in sorted(materials, key=lambda one: one.round) if one.code != OTHER
    }
    return [
        {
            "name": f"{one.title}：{one.name}",
            "href": "" if one.is_paper else reverse("material-file", args=[case_id, one.id]),
            "size": None if one.is_paper else one.size,
            "note": _note(one, last, replaced=one.round < latest.get(one.code, 0)),
            "replaced": one.round < latest.get(one.code, 0),
        }
        for one in materials
    ]


def _note(one: Filed, last: int, *, replaced: bool) -> str:
    """What a file's place among the rounds says to the applicant."""
    if replaced:
        return "已被补正替换"
    return "补正时提交" if one.round and one.round == last else ""
