"""What strangers may ask of the journal: the keys, the newest heads, and the proof for a receipt they hold."""

import re
from typing import Any
from urllib.parse import urlencode

from django.http import JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from yichuang.gateways.signing import witness
from yichuang.journal import queries
from yichuang.journal.rules import CHAIN, Signed, head_fields
from yichuang.kernel.web import Request, public

PAGE = 100
_DIGEST = re.compile(r"[0-9a-f]{64}")


@public
@never_cache
@require_safe
def keys(request: Request) -> JsonResponse:
    """The public keys by which heads, receipts and proofs are verified."""
    known = [
        {"key_id": key.key_id, "algorithm": key.algorithm, "public": key.public_hex}
        for key in witness.public_keys()
    ]
    return JsonResponse({"chain": CHAIN, "keys": known})


@public
@never_cache
@require_safe
def heads(request: Request) -> JsonResponse:
    """The heads that have left the house, newest first, a hundred a page; `next` leads to older ones."""
    raw = request.GET.get("before", "")
    before = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 18 else None
    found = queries.published_heads(before=before, limit=PAGE + 1)
    older = f"?{urlencode({'before': found[PAGE - 1].head.number})}" if len(found) > PAGE else None
    said = [_head(one.head, one.key_id, one.signature) for one in found[:PAGE]]
    return JsonResponse({"chain": CHAIN, "heads": said, "next": older})


@public
@never_cache
@require_safe
def proof(request: Request, fact_hash: str) -> JsonResponse:
    """That the fact of this hash is under a seal (RFC 6962 §2.1.1): places and hashes, nothing about its content.

    404 where the hash is not known or still waits for its seal: the two look the same.
    """
    found = queries.inclusion_of_hash(bytes.fromhex(fact_hash)) if _DIGEST.fullmatch(fact_hash) else None
    if found is None:
        words = {
            "title": "还没有这个校验值的封账证明",
            "how": "刚收件的请过一分钟再查；仍没有的，请核对回执上的校验值。",
        }
        return JsonResponse(words, status=404)
    return JsonResponse(
        {
            "leaf": found.leaf,
            "position": found.position,
            "path": [{"side": "left" if step.left else "right", "hash": step.hash} for step in found.path],
            "previous": found.previous,
            "head": _head(found.head, found.key_id, found.signature),
        }
    )


def _head(head: queries.Witnessed, key_id: str, signature: str) -> dict[str, Any]:
    """A head as its line in the witness's file says it; without a signature until it has left the house."""
    signed = Signed(key_id, witness.ALGORITHM, signature)
    fields = head_fields(head.number, head.at, head.leaves, head.algorithm, head.root, head.chain, signed)
    return fields if signature else {**fields, "signature": None}


urlpatterns: list[URLPattern] = [
    path("journal/keys.json", keys, name="journal-keys"),
    path("journal/heads.json", heads, name="journal-heads"),
    path("journal/proofs/<str:fact_hash>.json", proof, name="journal-proof-of-receipt"),
]
