"""The quarantine: what does not count and why, and what a person decides about it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.exchange.commands.resolving import drop_doubt, take_doubt, try_again
from yichuang.exchange.flow import SETTLED, WAITING, Doubt, EventKind, Reason, State
from yichuang.exchange.models import Quarantine
from yichuang.exchange.pages.common import address, asked, every, pager_of, show, system_choices
from yichuang.exchange.queries.batches import reason_words, systems_within
from yichuang.exchange.queries.doubts import WantedDoubts, doubt_for, doubts_page
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.web import Request, clean_text, needs, post_key

MOST_CSV = 20_000
CSV_HEAD = ("系统", "办件编号", "序号", "事件", "日期", "事项编码", "原因", "状态", "理由", "处理人")


def _wanted(request: Request) -> tuple[WantedDoubts, dict[str, str]]:
    given = {name: asked(request, name) for name in ("system", "state", "reason", "number")}
    wanted = WantedDoubts(parse_uuid(given["system"]), given["state"], given["reason"], given["number"])
    return wanted, given


@needs(Capability.EXCHANGE_RESOLVE)
@require_safe
def doubts(request: Request) -> HttpResponse:
    """What does not count, the newest first."""
    return _list(request)


def _list(request: Request, problem: Problem | None = None) -> HttpResponse:
    wanted, given = _wanted(request)
    page = doubts_page(by=request.by, wanted=wanted, after=asked(request, "after", 500))
    context = {
        "rows": [_row(one) for one in page.rows],
        "given": given,
        "systems": system_choices(systems_within(request.by)),
        "states": [(one.value, one.label) for one in Doubt],
        "reasons": [(one.value, one.label) for one in Reason if one not in SETTLED],
        "csv": address("exchange-doubts-csv", given),
        "narrowed": any(given.values()),
        "key": client_key(),
        "typed": clean_text(request.POST.get("ground", ""), limit=500),
        **pager_of("exchange-doubts", page, given),
    }
    return show(request, "doubts", "exchange-doubts", context, problem)


def _row(one: Quarantine) -> dict[str, object]:
    return {
        "doubt": one,
        "kind": EventKind(one.kind).label,
        "reasons": "；".join(reason_words(one.reasons)),
        "state": Doubt(one.state).label,
        "tone": {"open": "bad", "waiting": "warn"}.get(one.state, "plain"),
    }


@needs(Capability.EXCHANGE_RESOLVE)
@require_safe
def doubts_csv(request: Request) -> StreamingHttpResponse:
    """The list as a file."""
    wanted, _ = _wanted(request)
    first = doubts_page(by=request.by, wanted=wanted, size=500)
    rows = every(
        first, lambda after: doubts_page(by=request.by, wanted=wanted, after=after, size=500), MOST_CSV
    )
    told = (
        (
            one.system.name, one.source_number, one.event_no, EventKind(one.kind).label, one.day, one.item_code,
            "；".join(reason_words(one.reasons)), Doubt(one.state).label, one.ground, one.done_by_name,
        )
        for one in rows
    )  # fmt: skip
    return csv_response("存疑.csv", CSV_HEAD, told)


@needs(Capability.EXCHANGE_RESOLVE)
@require_safe
def doubt(request: Request, doubt_id: UUID) -> HttpResponse:
    """One line in doubt, with what else is known of its case."""
    return _page(request, doubt_id)


def _page(request: Request, doubt_id: UUID, problem: Problem | None = None, acting: str = "") -> HttpResponse:
    found = doubt_for(doubt_id, by=request.by)
    one = found.doubt
    waits = all(Reason(reason) in WAITING for reason in one.reasons)
    context = {
        **_row(one),
        "found": found,
        "case_state": State(found.case.row.state) if found.case else None,
        "words": reason_words(one.reasons),
        "undone": one.state in (Doubt.OPEN.value, Doubt.WAITING.value),
        "waits": waits,
        "acting": acting,
        "typed": clean_text(request.POST.get("ground", ""), limit=500),
        "key": client_key(),
    }
    return show(request, "doubt", "exchange-doubts", context, problem)


@needs(Capability.EXCHANGE_RESOLVE)
@require_POST
def act(request: Request, doubt_id: UUID, doubt_act: str) -> HttpResponse:
    """Take a line, or drop it, with a ground."""
    commands = {"take": take_doubt, "drop": drop_doubt}
    if doubt_act not in commands:
        raise Missing
    ground = clean_text(request.POST.get("ground", ""), limit=600)
    try:
        commands[doubt_act](doubt_id, ground, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        if isinstance(problem, Missing):
            raise
        return _page(request, doubt_id, problem, doubt_act)
    messages.success(request, "已采用，计入统计。" if doubt_act == "take" else "已剔除，重报也不再计入。")
    return HttpResponseRedirect(reverse("exchange-doubt", args=[doubt_id]))


@needs(Capability.EXCHANGE_RESOLVE)
@require_POST
def again(request: Request) -> HttpResponse:
    """Try the open lines of a system again, after what they lacked was entered."""
    system = parse_uuid(request.POST.get("system", ""))
    ground = clean_text(request.POST.get("ground", ""), limit=600)
    if system is None:
        raise Missing("请选择系统。", how="请回到列表，选择要重试的系统。")
    try:
        done = try_again(system, ground, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        if isinstance(problem, Missing):
            raise
        return _list(request, problem)
    messages.success(request, f"重试后采用 {len(done)} 条。" if done else "没有可以采用的，原因都还在。")
    return HttpResponseRedirect(address("exchange-doubts", {"system": system}))


BASE = "desk/exchange/quarantine"
urlpatterns: list[URLPattern] = [
    path(BASE, doubts, name="exchange-doubts"),
    path(f"{BASE}.csv", doubts_csv, name="exchange-doubts-csv"),
    path(f"{BASE}/again", again, name="exchange-doubts-again"),
    path(f"{BASE}/<uuid:doubt_id>", doubt, name="exchange-doubt"),
    path(f"{BASE}/<uuid:doubt_id>/<str:doubt_act>", act, name="exchange-doubt-act"),
]
