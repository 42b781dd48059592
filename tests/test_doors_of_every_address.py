"""Every address of the site: what it declares, what strangers get, and what every answer carries on its way out."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from config.urls import urlpatterns
from yichuang.directory.flow import Capability
from yichuang.directory.queries.actors import APPLICANT_CAPABILITIES
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.web import PUBLIC, SIGNED_IN, requirement

pytestmark = pytest.mark.django_db
CAPABILITIES = {str(capability) for capability in Capability}
SAMPLES = {"uuid": str(UUID(int=1)), "int": "1", "str": "x", "slug": "x", "path": "x"}


def flat(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address with its view, resolvers opened."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from flat(pattern.url_patterns, route)
        else:
            yield route, pattern


PAGES = dict(flat(urlpatterns))


def example(route: str) -> str:
    """An address that fits a route."""
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1] or "str", "x"), route)


EVERY = [(example(route), requirement(pattern.callback)) for route, pattern in PAGES.items()]
API = "/api/"
CLOSED = [address for address, wanted in EVERY if wanted != PUBLIC and not address.startswith(API)]
MACHINES = [address for address, wanted in EVERY if wanted != PUBLIC and address.startswith(API)]


def test_every_view_declares_something_that_exists() -> None:
    assert len(PAGES) > 60
    for address, wanted in EVERY:
        assert wanted in {PUBLIC, SIGNED_IN} | CAPABILITIES, address


def test_every_name_and_every_address_is_there_once() -> None:
    names = [pattern.name for pattern in PAGES.values()]
    assert None not in names
    assert len(set(names)) == len(names)
    assert len(PAGES) == len(list(flat(urlpatterns)))


def test_the_desk_is_never_public_and_what_is_public_is_never_at_the_desk() -> None:
    for address, wanted in EVERY:
        if address.startswith("/desk"):
            assert wanted != PUBLIC, address
        if address.startswith("/my"):
            assert wanted not in (PUBLIC, None), address


def test_strangers_are_sent_to_sign_in_from_every_closed_address() -> None:
    browser = Client()
    for address in CLOSED:
        for method, where in (
            (browser.get, f"/sign-in?{urlencode({'next': address})}"),
            (browser.post, "/sign-in"),
            (browser.put, "/sign-in"),
        ):
            answer = method(address)
            assert (answer.status_code, answer["Location"]) == (302, where), address


def test_the_json_door_knows_nobody_without_a_token_whatever_cookies_say() -> None:
    signed_in = Client()
    signed_in.force_login(
        people.account_of(people.clerk()), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert len(MACHINES) >= 6
    for address in MACHINES:
        for browser in (Client(), signed_in):
            for method in (browser.get, browser.post, browser.put):
                answer = method(address)
                assert (answer.status_code, answer["Content-Type"]) == (401, "application/json"), address
                assert answer["WWW-Authenticate"].startswith("Bearer"), address


def test_only_the_json_door_asks_for_no_mark_against_forged_forms() -> None:
    for route, pattern in PAGES.items():
        exempt = getattr(pattern.callback, "csrf_exempt", False)
        assert exempt == f"/{route}".startswith(API), route


def test_an_applicant_opens_no_page_of_the_desk() -> None:
    browser = Client()
    browser.force_login(
        people.account_of(people.applicant_actor()), backend="django.contrib.auth.backends.ModelBackend"
    )
    for address, wanted in EVERY:
        if wanted in CAPABILITIES - APPLICANT_CAPABILITIES:
            # At the JSON door no cookie counts: nobody is known there.
            wanted_status = 401 if address.startswith(API) else 403
            assert browser.get(address).status_code == wanted_status, address
            assert browser.post(address).status_code == wanted_status, address


@pytest.mark.parametrize(
    "address",
    [
        "/desk/../desk/journal",
        "//desk/journal",
        "/desk//journal",
        "/DESK/journal",
        "/desk/journal/",
        "/%64esk/journal",
    ],
)
def test_no_spelling_of_an_address_opens_it(address: str) -> None:
    answer = Client().get(address)
    assert answer.status_code in (301, 302, 404)
    if answer.status_code == 302:
        assert answer["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_X_ORIGINAL_URL": "/"},
        {"HTTP_X_REWRITE_URL": "/"},
        {"HTTP_X_FORWARDED_PREFIX": "/x"},
        {"HTTP_X_HTTP_METHOD_OVERRIDE": "GET"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_USER": "admin", "REMOTE_USER": "admin"},
        {"HTTP_AUTHORIZATION": "Basic YWRtaW46YWRtaW4="},
    ],
)
def test_no_header_opens_the_desk(headers: dict[str, str]) -> None:
    assert Client().get("/desk/journal", **headers).status_code == 302  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1@evil.example", "a b"])
def test_a_foreign_host_is_not_served(host: str) -> None:
    """Also where the page asks for no address: nothing is read before the host is known to be ours."""
    with sql.counting() as statements:
        answer = Client().get("/figures", headers={"host": host})
    assert answer.status_code == 400
    assert host not in answer.text
    assert statements == []
    assert "*" not in settings.ALLOWED_HOSTS
    assert Client().get("/figures", headers={"host": "localhost:8000"}).status_code == 200


def answers() -> dict[str, HttpResponseBase]:
    """One answer of every sort that the site gives."""
    known = Client()
    known.force_login(people.account_of(people.clerk()), backend="django.contrib.auth.backends.ModelBackend")
    strict = Client(enforce_csrf_checks=True)
    return {
        "page": Client().get("/figures"),
        "download": Client().get("/figures.csv"),
        "sign-in": Client().get("/sign-in"),
        "sent away": Client().get("/desk"),
        "not there": Client().get("/no/such/page"),
        "refused": known.get("/desk/journal"),
        "forged form": strict.post("/sign-in", {"username": "a", "password": "b"}),
        "wrong method": known.post("/figures"),
        "wrong host": Client().get("/figures", headers={"host": "evil.example"}),
    }


def body(answer: HttpResponseBase) -> str:
    """The words of an answer, streamed or not."""
    return b"".join(answer).decode() if isinstance(answer, Iterable) else ""


def test_every_sort_of_answer_carries_the_same_protection() -> None:
    found = answers()
    assert [answer.status_code for answer in found.values()] == [200, 200, 200, 302, 404, 403, 403, 405, 400]
    for sort, answer in found.items():
        assert answer["X-Content-Type-Options"] == "nosniff", sort
        assert answer["X-Frame-Options"] == "DENY", sort
        assert answer["Referrer-Policy"] == "same-origin", sort
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", sort
        assert "Server" not in answer, sort
        assert "X-Powered-By" not in answer, sort
        policy = dict(
            part.strip().partition(" ")[::2]
            for part in answer["Content-Security-Policy"].split(";")
            if part.strip()
        )
        assert policy == {
            "default-src": "'self'",
            "img-src": "'self' data:",
            "object-src": "'none'",
            "base-uri": "'self'",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
        }, sort


def test_no_page_needs_what_the_policy_forbids() -> None:
    for sort, answer in answers().items():
        if "text/html" not in answer.get("Content-Type", ""):
            continue
        text = body(answer)
        assert not re.search(r"<[^>]+\sstyle=", text), sort
        assert not re.search(r"<[^>]+\son[a-z]+=", text), sort
        assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", text), sort
        assert "javascript:" not in text, sort
        for address in re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="([^"]+)"', text):
            assert address.startswith(("/", "data:")), (sort, address)
            assert not address.startswith("//"), (sort, address)


def test_no_answer_tells_how_the_house_is_built() -> None:
    for sort, answer in answers().items():
        text = body(answer)
        for word in ("Traceback", "Django", "psycopg", "yichuang.", "DATABASES", "SECRET", "site-packages"):
            assert word not in text, (sort, word)


def test_cookies_stay_with_the_browser_and_this_site() -> None:
    account = people.account_of(people.clerk())
    account.set_password("fern-harbour-42")
    account.save()
    browser = Client()
    assert "sessionid" not in browser.get("/figures").cookies, "a visitor is given no session"
    browser.get("/sign-in")
    before = browser.cookies.get("sessionid")
    answer = browser.post("/sign-in", {"username": account.username, "password": "fern-harbour-42"})
    session = answer.cookies["sessionid"]
    assert (session["httponly"], session["samesite"], session["max-age"]) == (True, "Lax", 8 * 3600)
    assert session["domain"] == ""
    assert before is None or before.value != session.value
    form = browser.get("/sign-in").cookies.get("csrftoken") or answer.cookies["csrftoken"]
    assert (form["httponly"], form["samesite"]) == (True, "Lax")
    browser.post("/sign-out")
    assert browser.get("/desk").status_code == 302


def test_a_session_that_was_set_by_another_is_not_taken_over() -> None:
    """Whoever plants a session id before sign-in does not hold the session after it."""
    account = people.account_of(people.clerk())
    account.set_password("fern-harbour-42")
    account.save()
    browser = Client()
    browser.cookies["sessionid"] = "a" * 32
    browser.post("/sign-in", {"username": account.username, "password": "fern-harbour-42"})
    assert browser.cookies["sessionid"].value != "a" * 32
    thief = Client()
    thief.cookies["sessionid"] = "a" * 32
    assert thief.get("/desk").status_code == 302


def test_the_resolver_knows_the_same_addresses() -> None:
    assert {str(pattern.pattern) for pattern in get_resolver().url_patterns} == set(PAGES)
