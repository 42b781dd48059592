"""What only a browser needs, kept off the JSON door: no cookie counts there, no form is shown there.

A request of a machine passed through five layers that had nothing to do for it: 8 % of what the web server spends on a write.
Whether a view may be opened stays the front door's to judge, and a view that is not marked for machines still refuses forged
forms: Django asks that of the view, not of the layer.
"""

from typing import Any

from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

from yichuang.kernel.api import is_api

# An answer that a browser shows by itself all the same may load nothing and be framed by nobody.
MACHINES_POLICY = "default-src 'none'; frame-ancestors 'none'"


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
    """What a page may load; of machines' answers it is the same every time, and stricter."""

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
