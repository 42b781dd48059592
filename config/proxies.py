"""The address of a visitor behind reverse proxies: what limits tries by address would else limit everybody at once."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class BehindProxies:
    """Middleware: REMOTE_ADDR becomes the address that the outermost of `YICHUANG_PROXIES` trusted proxies saw.

    Each of them appends who spoke to it to X-Forwarded-For. What stands further left was sent by the visitor and is
    believed by nobody; with fewer entries than proxies somebody came round them, and keeps the address it came from.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        seen = [
            part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()
        ]
        if len(seen) >= settings.PROXIES:
            request.META["REMOTE_ADDR"] = seen[-settings.PROXIES]
        return self._get_response(request)
