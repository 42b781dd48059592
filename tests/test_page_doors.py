"""The layers that only a browser needs: machines' requests pass them by, everything else goes through, and nothing is opened by it."""

from collections.abc import Callable
from typing import Any

import pytest
from csp.constants import HEADER, NONCE
from csp.exceptions import CSPNonceError
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import URLPattern, URLResolver, path
from django.utils.module_loading import import_string

from config import page_doors
from config.page_doors import MACHINES_POLICY, Forms, PagesOnly, Policy, Sessions, SignedIn, Words
from config.urls import urlpatterns as house
from yichuang.directory.tests import factories as people
from yichuang.kernel.web import Request, public

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
LAYERS = (Policy, Sessions, Forms, SignedIn, Words)
# Addresses that look like the JSON door's and are not: a layer must not take them for it.
NOT_MACHINES = (
    "/",
    "/apiary",
    "/api",
    "/API/v1/cases",
    "//api/v1/cases",
    "/desk/api/v1",
    "/sign-in?next=/api/",
)


@public
def unmarked(request: Request) -> HttpResponse:
    """A view that somebody hung into the JSON door without marking it for machines."""
    return HttpResponse("done")


urlpatterns: list[URLPattern | URLResolver] = [
    *house,
    path("api/v1/test-unmarked", unmarked, name="test-unmarked"),
]


def what_was_done(layer: Callable[..., Any], address: str) -> set[str]:
    """Which marks a layer leaves on a request of an address."""
    request = RequestFactory().get(address)
    before = set(vars(request)) | set(request.META)
    request.session = {}  # type: ignore[assignment]
    layer(lambda asked: HttpResponse("answered"))(request)
    return (set(vars(request)) | set(request.META)) - before - {"session"}


def test_all_of_them_stand_in_the_settings_and_are_the_only_ones_that_pass() -> None:
    standing = [import_string(one) for one in settings.MIDDLEWARE]
    assert tuple(one for one in standing if isinstance(one, type) and issubclass(one, PagesOnly)) == LAYERS
    # Each is its own kind before anything else, so that `PagesOnly` is asked first.
    assert all(one.__mro__.index(PagesOnly) < len(one.__mro__) - 2 for one in LAYERS)


@pytest.mark.parametrize("layer", [SignedIn, Words, Policy])
def test_a_machine_leaves_no_trace_in_a_layer_and_a_page_does(layer: Callable[..., Any]) -> None:
    assert what_was_done(layer, "/api/v1/cases") == set()
    for address in NOT_MACHINES:
        assert what_was_done(layer, address), address


def test_a_layer_that_works_for_machines_too_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_doors, "is_api", lambda request: False)
    assert what_was_done(Words, "/api/v1/cases")


def test_machines_answers_keep_their_protection_and_get_no_cookie() -> None:
    known = Client(enforce_csrf_checks=True)
    known.force_login(people.account_of(people.clerk()), backend="django.contrib.auth.backends.ModelBackend")
    answers = [
        known.get("/api/v1/cases"), known.post("/api/v1/cases", b"{}", content_type="application/json"),
        known.get("/api/v1/openapi.json"), known.get("/api/v1/no-such-thing"),
    ]  # fmt: skip
    assert [one.status_code for one in answers] == [401, 401, 200, 404]
    for one in answers:
        assert one["Content-Security-Policy"] == MACHINES_POLICY
        assert (one["X-Content-Type-Options"], one["X-Frame-Options"]) == ("nosniff", "DENY")
        assert (one["Referrer-Policy"], one["Cross-Origin-Opener-Policy"]) == ("same-origin", "same-origin")
        assert not one.cookies
        assert "cookie" not in one.get("Vary", "").lower()


def test_a_page_still_has_the_pages_policy() -> None:
    policy = Client().get("/figures")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert policy != MACHINES_POLICY


def test_a_policy_that_a_view_has_set_itself_stays() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("", headers={"Content-Security-Policy": "sandbox"})

    answered = Policy(view)(RequestFactory().get("/api/v1/cases"))
    assert answered["Content-Security-Policy"] == "sandbox"


def test_a_view_of_the_json_door_that_is_not_marked_for_machines_stays_shut_for_forged_forms() -> None:
    """The layer is passed by, its judgement of views is not: who forgets the mark opens nothing to other sites."""
    strict = Client(enforce_csrf_checks=True)
    address = "/api/v1/test-unmarked"
    assert strict.post(address).status_code == 403
    strict.get("/sign-in")
    mark = strict.cookies["csrftoken"].value
    for forged in ({}, {"csrfmiddlewaretoken": "a" * 32}, {"csrfmiddlewaretoken": mark[::-1]}):
        assert strict.post(address, forged).status_code == 403
    assert strict.post(address, {"csrfmiddlewaretoken": mark}).status_code == 200
    assert strict.get(address).content == b"done"


def test_a_session_opens_nothing_there_and_is_not_even_read(django_assert_num_queries: Any) -> None:
    known = Client()
    known.force_login(people.account_of(people.clerk()), backend="django.contrib.auth.backends.ModelBackend")
    with django_assert_num_queries(0):
        assert known.get("/api/v1/cases").status_code == 401
    assert known.get("/desk").status_code == 200


def policy_of(**wishes: object) -> dict[str, str]:
    """Headers of policies of a page that wishes something of the layer."""

    def view(request: HttpRequest) -> HttpResponse:
        answered = HttpResponse("")
        vars(answered).update(wishes)
        return answered

    answered = Policy(view)(RequestFactory().get("/figures"))
    return {name: value for name, value in answered.items() if "Policy" in name}


def as_sets(policy: str) -> set[str]:
    return {one.strip() for one in policy.split(";")}


def test_the_policy_of_a_plain_page_is_what_the_layer_would_put_together() -> None:
    (ours,) = policy_of().values()
    request = RequestFactory().get("/")
    theirs = CSPMiddleware(lambda _: HttpResponse("")).process_response(request, HttpResponse(""))
    assert as_sets(ours) == as_sets(theirs[HEADER]) == as_sets(build_policy())


def test_the_wishes_of_a_page_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    def heard() -> list[bool]:
        return [
            policy_of(_csp_exempt=True) == {},
            "img-src example.org" in policy_of(_csp_replace={"img-src": ["example.org"]})[HEADER],
            "frame-src example.org" in policy_of(_csp_update={"frame-src": ["example.org"]})[HEADER],
            as_sets(policy_of(_csp_config={"default-src": ["'none'"]})[HEADER]) == {"default-src 'none'"},
        ]

    assert heard() == [True] * 4
    # The broken variant: one policy for all.
    monkeypatch.setattr(page_doors, "WISHES", ())
    assert heard() == [False] * 4


def test_settings_that_tell_addresses_apart_or_only_report_are_heard() -> None:
    policy = settings.CONTENT_SECURITY_POLICY
    with override_settings(CONTENT_SECURITY_POLICY={**policy, "EXCLUDE_URL_PREFIXES": ["/figures"]}):
        assert policy_of() == {}
    with override_settings(CONTENT_SECURITY_POLICY_REPORT_ONLY={"DIRECTIVES": {"default-src": ["'none'"]}}):
        assert "default-src 'none'" in policy_of()["Content-Security-Policy-Report-Only"]


def test_the_mark_of_a_pages_own_script_is_in_its_policy() -> None:
    marks = []

    def view(request: HttpRequest) -> HttpResponse:
        marks.append(str(request.csp_nonce))  # type: ignore[attr-defined]
        return HttpResponse("")

    with override_settings(CONTENT_SECURITY_POLICY={"DIRECTIVES": {"default-src": [NONCE]}}):
        answers = [Policy(view)(RequestFactory().get("/figures"))[HEADER] for _ in range(2)]
    assert answers == [f"default-src 'nonce-{mark}'" for mark in marks]
    assert len(set(marks)) == 2


def test_a_mark_asked_for_too_late_is_a_fault() -> None:
    request = RequestFactory().get("/figures")
    Policy(lambda _: HttpResponse(""))(request)
    with pytest.raises(CSPNonceError):
        str(request.csp_nonce)  # type: ignore[attr-defined]
