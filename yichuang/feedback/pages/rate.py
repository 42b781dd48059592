"""Where the served say how it was: the page behind an address, the way to it from a case, the public figures, the counter."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from yichuang.cases.queries import by_number, load
from yichuang.directory.flow import Capability
from yichuang.feedback.commands.ratings import RatingForm, give_rating
from yichuang.feedback.flow.ratings import INDICATORS, LEAST_PUBLIC, VIA, Level, RatingChannel, Served
from yichuang.feedback.pages.common import integer, period, show, tabs_of, text
from yichuang.feedback.queries import ratings as queries
from yichuang.feedback.queries.rated import (
    Service,
    at_counter,
    own_act_token,
    rating_of,
    service_by,
    token_of,
)
from yichuang.gateways import qr
from yichuang.intake.pages.follow import reading_actor
from yichuang.kernel.errors import Problem, Refused
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key, public


@public
@require_safe
def from_case(request: Request, number: str) -> HttpResponse:
    """From a case that one follows to its rating: for the applicant, or whoever has shown the follow code."""
    number = clean_text(number, limit=64)
    if request.by.kind == "staff":
        raise Refused("评价由申请人自己作出。", how="请申请人扫描回执上的二维码，或者凭编号和查询码进入。")
    found = by_number(number)
    if found is None or not _own(request, found):
        return HttpResponseRedirect(f"{reverse('follow')}?{urlencode({'number': number})}")
    return HttpResponseRedirect(reverse("rate", args=[token_of(Served.CASE, found)]))


def _own(request: Request, case_id: UUID) -> bool:
    """Whether it is the signed-in applicant's case, or its code was shown in this session."""
    reader = reading_actor(request, case_id)
    row = load(case_id) if reader else None
    return bool(reader and row and row.visible_to(reader))


@public
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: Request, token: str) -> HttpResponse:
    """One service, five levels, one time. Works without JavaScript, on a phone and on the hall's tablet."""
    service = service_by(token)
    given: dict[str, Any] = {}
    if request.method != "POST":
        return _page(request, token, service, given)
    given = {
        "level": integer(request, "level"), "words": text(request, "words"), "phone": text(request, "phone", 40),
        "callback": request.POST.get("callback") == "yes",
        "indicators": {
            name: level for name in INDICATORS[service.served]
            if (level := integer(request, f"on-{name}")) is not None
        },
    }  # fmt: skip
    form = RatingForm(
        given["level"], _channel(request), given["words"], given["indicators"], given["callback"], given["phone"]
    )  # fmt: skip
    try:
        give_rating(service, form, at=request.at, key=post_key(request))
    except Problem as problem:
        return _page(request, token, service, given, problem)
    via = request.GET.get("via", "")
    asked = f"?{urlencode({'via': via})}" if via in VIA else ""
    return HttpResponseRedirect(f"{reverse('rate', args=[token])}{asked}")


def _channel(request: Request) -> RatingChannel:
    """What the rating came through: said by the address, else by the browser."""
    via = VIA.get(request.GET.get("via", ""))
    phone = "Mobi" in request.headers.get("User-Agent", "")
    return via or (RatingChannel.MOBILE if phone else RatingChannel.PC)


def _page(
    request: Request, token: str, service: Service, given: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    kept = rating_of(service)
    via = request.GET.get("via", "")
    follow = getattr(kept, "follow_up", None) if kept else None
    context = {
        "service": service, "kept": kept, "told": follow.told if follow else "", "given": given, "key": client_key(),
        "action": f"{reverse('rate', args=[token])}?via={via}" if via in VIA else reverse("rate", args=[token]),
        "kiosk": via in ("tablet", "terminal"), "levels": [(each.value, each.label) for each in Level],
        "indicators": list(INDICATORS[service.served].items()),
    }  # fmt: skip
    response = show(request, "rate", context, problem)
    response["Referrer-Policy"] = "no-referrer"
    return response


@public
@require_safe
def figures(request: Request) -> HttpResponse:
    """Ratings of a period as everybody may see them: aggregates only."""
    first, last = period(request)
    context = {
        "found": queries.public_figures(first, last), "first": first, "last": last, "least": LEAST_PUBLIC,
        "levels": list(Level),
    }  # fmt: skip
    return show(request, "public", context)


@needs(Capability.WINDOW_ACT)
@require_GET
def counter(request: Request) -> HttpResponse:
    """The clerk's acts of today that nobody has rated: a code for the person's phone, and the tablet's page."""
    rows = [
        {
            "title": each.title,
            "act": each.act,
            "href": f"{reverse('rate', args=[each.token])}?via=tablet",
            "qr": mark_safe(_drawn(request, each.token)),  # noqa: S308 - drawn by us from an address of ours
        }
        for each in at_counter(local_day(request.at), by=request.by)
    ]
    return show(request, "counter", {"rows": rows, "tabs": tabs_of(request, "desk-rating-counter")})


def _drawn(request: Request, token: str) -> str:
    return qr.svg(request.build_absolute_uri(f"{reverse('rate', args=[token])}?via=qr"), module=3)


@needs(Capability.WINDOW_ACT)
@require_GET
def code(request: Request, rated_act_id: UUID) -> HttpResponse:
    """The code of one act as a picture, for the receipt that the clerk who entered it prints or shows."""
    token = own_act_token(rated_act_id, by=request.by)
    return HttpResponse(_drawn(request, token), content_type="image/svg+xml")


urlpatterns: list[URLPattern] = [
    path("rate/case/<str:number>", from_case, name="rate-case"),
    path("rate/<str:token>", rate, name="rate"),
    path("ratings", figures, name="ratings"),
    path("desk/feedback/counter", counter, name="desk-rating-counter"),
    path("desk/feedback/counter/<uuid:rated_act_id>.svg", code, name="desk-rating-code"),
]
