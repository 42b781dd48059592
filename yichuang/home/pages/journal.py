"""The auditor's pages: the seals with their chain, one seal recomputed, and the facts of one subject, each checked."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from yichuang.cases import queries as cases
from yichuang.cases.flow import FACT_SENTENCES
from yichuang.cases.queries.timeline import GROUNDS
from yichuang.directory.flow import Capability
from yichuang.directory.queries import staff_member
from yichuang.gateways.signing import witness
from yichuang.gateways.witness_out import places
from yichuang.journal import queries
from yichuang.journal.rules import climbs_to
from yichuang.kernel.errors import Missing
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.web import Request, clean_text, needs

SIZE = 25
FACTS = 100


@needs(Capability.JOURNAL_AUDIT)
@require_safe
def journal(request: Request) -> HttpResponse:
    """The head of the chain, the newest seals, and a field for a case number or the id of anything."""
    asked = clean_text(request.GET.get("q", ""), limit=100)
    if asked:
        subject = parse_uuid(asked) or cases.by_number(asked)
        if subject is not None and queries.checked_facts(subject):
            return HttpResponseRedirect(f"/desk/journal/subjects/{subject}")
    raw = request.GET.get("before", "")
    before = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 18 else None
    found = queries.seals(before=before, limit=SIZE + 1)
    more = len(found) > SIZE
    context: dict[str, Any] = {
        "q": asked,
        "head": queries.head(),
        "publication": [(PLACES[one.place], one, one.late(request.at)) for one in publication()],
        "keys": witness.public_keys(),
        "waiting": queries.waiting(),
        "rows": found[:SIZE],
        "previous": "?" if before is not None else "",
        "following": f"?{urlencode({'before': found[SIZE - 1][0]})}" if more else "",
    }
    return render(request, "home/journal.html", context, status=404 if asked else 200)


@needs(Capability.JOURNAL_AUDIT)
@require_safe
def seal(request: Request, number: int) -> HttpResponse:
    """One seal: its root and its place in the chain computed again, and the facts that it covers."""
    found = queries.checked_seal(number) if number < 2**62 else None
    if found is None:
        raise Missing("没有这个封账号。", how="请从封账列表中点击进入。")
    facts = queries.sealed_facts(number)
    raw = request.GET.get("from", "0")
    start = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 0
    shown = facts[start : start + FACTS]
    numbers = _case_numbers({fact[0] for fact in shown if fact[2] == "case"})
    context: dict[str, Any] = {
        "seal": found,
        "rows": [
            (start + place, *fact, sentence(fact[3]), numbers.get(fact[0], ""))
            for place, fact in enumerate(shown)
        ],
        "previous": "?" if start else "",
        "following": f"?{urlencode({'from': start + FACTS})}" if start + FACTS < len(facts) else "",
    }
    return render(request, "home/journal_seal.html", context)


@needs(Capability.JOURNAL_AUDIT)
@require_safe
def subject(request: Request, subject_id: UUID) -> HttpResponse:
    """The facts of one subject as stored, the hash of each computed again."""
    facts = queries.checked_facts(subject_id)
    if not facts:
        raise Missing("没有这个编号的事实。", how="请核对办件编号，或输入完整的标识。")
    row = cases.load(subject_id)
    names = {fact.seq: (fact.actor, fact.actor_name) for fact in queries.facts_of(subject_id)}
    who = {signed: _who(*signed) for signed in set(names.values())}
    context = {
        "subject_id": subject_id,
        "number": row.number if row else "",
        "item": row.item_name if row else "",
        "facts": [
            (fact, sentence(fact.kind), who.get(names.get(fact.seq, ("", "")), ""), _ground(fact))
            for fact in facts
        ],
        "unsound": [fact.seq for fact in facts if not fact.sound],
    }
    return render(request, "home/journal_subject.html", context)


@needs(Capability.JOURNAL_AUDIT)
@require_safe
def proof(request: Request, subject_id: UUID, fact_seq: int) -> HttpResponse:
    """That one fact is under its seal: the way from its hash to the root, walked again, and the head that covers it."""
    found = queries.inclusion(subject_id, fact_seq) if fact_seq < 2**31 else None
    if found is None:
        raise Missing(
            "这条事实还没有封账，或者没有这条事实。", how="后台进程每隔一两秒封一次账，请稍后再看。"
        )
    row = cases.load(subject_id)
    context = {
        "subject_id": subject_id,
        "number": row.number if row else "",
        "seq": fact_seq,
        "proof": found,
        "steps": list(enumerate(found.path, start=1)),
        "sound": climbs_to(bytes.fromhex(found.leaf), found.path, found.head.algorithm) == found.head.root,
    }
    return render(request, "home/journal_proof.html", context)


PLACES = {"directory": "见证目录", "webhook": "见证地址"}


def publication() -> list[queries.Publication]:
    """How far the places of this installation have been told of heads."""
    told = places(settings.WITNESS_DIR, settings.WITNESS_WEBHOOK)
    return queries.publication(tuple(place.name for place in told))


def _case_numbers(subjects: set[UUID]) -> dict[UUID, str]:
    return {row.id: row.number for row in map(cases.load, subjects) if row is not None}


def _who(actor: str, name: str) -> str:
    """The actor in words: a clerk's name and present post, 申请人, 平台."""
    kind, _, key = actor.partition(":")
    if kind != "staff":
        return {"applicant": "申请人", "system": "平台"}.get(kind, "")
    account_id = parse_uuid(key)
    account = staff_member(account_id) if account_id else None
    post = account.post.name if account and account.post else ""
    return f"{name}（{post}）" if name and post else name or post


def _ground(fact: queries.CheckedFact) -> str:
    return GROUNDS.get(fact.kind, {}).get(fact.ground or "", fact.ground or "")


OTHER_SENTENCES = {
    "department.added": "新增部门",
    "department.changed": "修改部门",
    "post.added": "新增岗位",
    "post.changed": "修改岗位",
    "staff.added": "新增人员",
    "staff.changed": "修改人员",
    "brought_forward.entered": "录入承前数",
    "brought_forward.cancelled": "注销承前数",
    "snapshot.frozen": "冻结统计快照",
    queries.GONE: "事实缺失：封账中有，账中没有",
}


def sentence(kind: str) -> str:
    """A kind of fact in Chinese; the bare name where none is known."""
    return FACT_SENTENCES.get(kind) or OTHER_SENTENCES.get(kind, kind)


urlpatterns: list[URLPattern] = [
    path("desk/journal", journal, name="journal"),
    path("desk/journal/seals/<int:number>", seal, name="journal-seal"),
    path("desk/journal/subjects/<uuid:subject_id>", subject, name="journal-subject"),
    path("desk/journal/subjects/<uuid:subject_id>/<int:fact_seq>", proof, name="journal-proof"),
]
