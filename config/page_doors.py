"""What only a browser needs, kept off the JSON door: no cookie counts there, no form is shown there.

A request of a machine passed through five layers that had nothing to do for it: 8 % of what the web server spends on a write.
Whether a view may be opened stays the front door's to judge, and a view that is not marked for machines still refuses forged
forms: Django asks that of the view, not of the layer.
"""

from functools import cache
from typing import Any

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

from yichuang.kernel.api import is_api

# An answer that a browser shows by itself all the same may load nothing and be framed by nobody.
MACHINES_POLICY = "default-src 'none'; frame-ancestors 'none'"
# What a page may ask of the layer of policies; nearly none does.
WISHES = (
    "_csp_exempt", "_csp_exempt_ro", "_csp_config", "_csp_config_ro", "_csp_update", "_csp_update_ro", "_csp_replace", "_csp_replace_ro",
)  # fmt: skip


@cache
def _policy() -> str:
    return str(build_policy())


def _is_plain() -> bool:
    """Whether the settings make the same policy for every address, and none that only reports."""
    policy = settings.CONTENT_SECURITY_POLICY
    reports = getattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY", None)
    return not reports and not policy.get("EXCLUDE_URL_PREFIXES") and not settings.DEBUG


class PagesOnly:
    """A layer that lets machines' requests through untouched. Stands before Django's own class."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The layer's own work, or none."""
        answered: HttpResponseBase = (
            self.get_response(request) if is_api(request) else super().__call__(request)  # type: ignore[misc]
        )
        return answered


class Policy(PagesOnly, CSPMiddleware):
    """What a page may load; of machines' answers it is the same every time, and stricter.

    A page without wishes of its own, and without a mark for its scripts, has the policy of the settings: put together once.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer with its policy."""
        told = vars(response)
        has_wishes = any(name in told for name in WISHES) or getattr(request, "_csp_nonce", None) is not None
        if has_wishes or not _is_plain():
            made: HttpResponseBase = super().process_response(request, response)
            return made
        response.headers.setdefault(HEADER, _policy())
        # As the layer itself does: whoever asks for a mark when the policy is written is told so.
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        return response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer with its policy."""
        answered = super().__call__(request)
        if is_api(request):
            answered.headers.setdefault("Content-Security-Policy", MACHINES_POLICY)
        return answered


class Sessions(PagesOnly, SessionMiddleware):
    """Who is signed in with a browser."""


class Forms(PagesOnly, CsrfViewMiddleware):
    """Forms that were made here."""


class SignedIn(PagesOnly, AuthenticationMiddleware):
    """The account of a session."""


class Words(PagesOnly, MessageMiddleware):
    """What the next page says of the last step."""
