"""Guards of the web doors: every view says who may open it, and a view that says nothing stays shut."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid, Missing
from yichuang.kernel.keys import parse_uuid

PUBLIC = "public"
SIGNED_IN = "signed_in"
# Unicode's category Cc but for new lines and tabs; a test compares them sign by sign.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Request(HttpRequest):
    """A request that has passed the front door: it knows who asks, and at what business time."""

    by: Actor
    at: datetime
    # The number of a case in the address with the case's id, where the front door has read it with the token.
    along: tuple[str, UUID | None] | None
    # What the step that is asked for decides by, read with it: the case, the step's key, the row.
    ahead: tuple[UUID | None, str, tuple[Any, ...]] | None


def public(view: View) -> View:
    """Open to everybody."""
    return _declare(view, PUBLIC)


def signed_in(view: View) -> View:
    """Open to every signed-in account."""
    return _declare(view, SIGNED_IN)


def needs(capability: str) -> Callable[[View], View]:
    """Open to holders of a capability."""

    def wrap(view: View) -> View:
        return _declare(view, str(capability))

    return wrap


def requirement(view: Callable[..., Any]) -> str | None:
    """What a view declares: PUBLIC, SIGNED_IN, a capability, or None when it declares nothing."""
    return cast("str | None", getattr(view, "requirement", None))


def _declare(view: View, value: str) -> View:
    view.requirement = value  # type: ignore[attr-defined]
    return view


def post_key(request: HttpRequest) -> str:
    """The client key of a posted form.

    Raises Invalid where it is absent or malformed: without a key, a repeated click could act twice.
    """
    key = request.POST.get("client_key", "")
    if not (8 <= len(key) <= 64 and key.isascii() and key.isalnum()):
        raise Invalid("页面已失效，没有收到防重复提交的标识。", how="请刷新页面后重新提交，已填内容会保留。")
    return key


def posted_uuid(request: HttpRequest, name: str) -> UUID | None:
    """A UUID from a form field; None when empty; Missing when it is no UUID."""
    raw = request.POST.get(name, "")
    if not raw:
        return None
    found = parse_uuid(raw)
    if found is None:
        raise Missing
    return found


def clean_text(value: str, *, limit: int = 2000) -> str:
    """Text from a form without NUL and control characters, trimmed, at most `limit` characters."""
    return CONTROLS.sub("", value).strip()[:limit]
