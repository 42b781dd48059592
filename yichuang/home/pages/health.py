"""Whether the platform can accept something now. Ready means that a row was really written a moment ago."""

import logging
import tomllib
from functools import cache
from importlib import metadata
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from yichuang.home.pages.errors import problem_page
from yichuang.home.pages.journal import publication
from yichuang.journal.commands import prove_writable
from yichuang.journal.queries import head, waiting
from yichuang.kernel import replica
from yichuang.kernel.actor import ANONYMOUS
from yichuang.kernel.errors import Unavailable
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, public
from yichuang.statistics.queries import figures_agree
from yichuang.workdays.queries import real_now

log = logging.getLogger(__name__)
ADDRESS = "/health"


@cache
def version() -> str:
    """The version of the program: of the installed package, else of the checkout."""
    try:
        return metadata.version("yichuang")
    except metadata.PackageNotFoundError:
        project = tomllib.loads((settings.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        return str(project["project"]["version"])


@public
@never_cache
@require_safe
def health(request: Request) -> JsonResponse:
    """200 and ready only if a row could be written, 503 otherwise. Says nothing about why: the log does."""
    try:
        prove_writable()
        said: dict[str, Any] = {
            "ready": True,
            "version": version(),
            "seal": head().number,
            "undrained": waiting(),
            # False: for more than a minute a head of the journal has not left the house. The platform still accepts.
            "witnessed": not any(one.late(request.at) for one in publication()),
            # False: the newest recount found a figure that is not what its facts say. The platform still accepts.
            "figures_agree": figures_agree(),
            "business_day": local_day(request.at).isoformat(),
            **_replica(),
        }
    except DatabaseError:
        log.exception("not ready: nothing can be written")
        return _not_ready()
    return JsonResponse(said)


def _replica() -> dict[str, Any]:
    """How the replica stands, where there is one: whether pages read it, and how many seconds it is behind."""
    if not replica.configured():
        return {}
    found = replica.lag()
    seconds = None if found.seconds is None else round(found.seconds)
    return {"replica": {"used": found.usable, "behind_seconds": seconds}}


def _not_ready() -> JsonResponse:
    return JsonResponse({"ready": False, "version": version()}, status=503)


def out_of_order(request: HttpRequest) -> HttpResponse:
    """The answer to every address while the database cannot even say who asks."""
    log.exception("the database does not answer")
    if request.path == ADDRESS:
        return _not_ready()
    request.by, request.at = ANONYMOUS, real_now()  # type: ignore[attr-defined]
    words = Unavailable("系统暂时不能保存，也不能查询。", how="请过几分钟再试；急需办理的，可以到大厅窗口。")
    return problem_page(request, words)


urlpatterns: list[URLPattern] = [path("health", health, name="health")]
