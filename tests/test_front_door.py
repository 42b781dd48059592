"""The front door: closed by default, rights end at once, strangers sign in and come back, problems look like the house."""

from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, path

from config import front_door
from config.urls import urlpatterns as house
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Post
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused, Unavailable
from yichuang.kernel.web import PUBLIC, Request, needs, public, requirement, signed_in
from yichuang.workdays.queries import now


def undeclared(request: Request) -> HttpResponse:
    return HttpResponse("who forgot to declare me?")


@public
def open_to_all(request: Request) -> HttpResponse:
    return HttpResponse(f"{request.by.kind}|{request.by.name}|{request.at.isoformat()}")


@signed_in
def for_accounts(request: Request) -> HttpResponse:
    return HttpResponse(request.by.kind)


@needs(Capability.CASE_DECIDE)
def for_heads(request: Request) -> HttpResponse:
    return HttpResponse("decided")


@public
def without_database(request: Request) -> HttpResponse:
    raise OperationalError("could not extend file: No space left on device; password=secret")


PROBLEMS = {kind.__name__: kind for kind in (Invalid, Refused, Missing, Conflict, Unavailable, Problem)}


@public
def troubled(request: Request, kind: str) -> HttpResponse:
    raise PROBLEMS[kind](f"出了问题<{kind}>", how="这样改正", fields={"name": "名称不能为空"})


urlpatterns: list[URLPattern | URLResolver] = [
    *house,
    path("test/undeclared", undeclared, name="test-undeclared"),
    path("test/open", open_to_all, name="test-open"),
    path("test/accounts", for_accounts, name="test-accounts"),
    path("test/heads", for_heads, name="test-heads"),
    path("test/no-database", without_database, name="test-no-database"),
    path("test/trouble/<str:kind>", troubled, name="test-trouble"),
]
handler404 = "yichuang.home.pages.errors.not_found"

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def come_in(by: Actor) -> Client:
    """A browser in which somebody is signed in."""
    browser = Client()
    browser.force_login(people.account_of(by), backend="django.contrib.auth.backends.ModelBackend")
    return browser


def test_a_view_that_declares_nothing_stays_shut_for_everybody() -> None:
    assert Client().get("/test/undeclared").status_code == 302
    for by in (people.head(), people.clerk(), people.applicant_actor()):
        answer = come_in(by).get("/test/undeclared")
        assert answer.status_code == 403
        assert "forgot" not in answer.text


def test_a_door_that_trusts_views_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: open unless declared otherwise."""
    monkeypatch.setattr(front_door, "requirement", lambda view: requirement(view) or PUBLIC)
    answer = Client().get("/test/undeclared")
    assert answer.status_code == 200, "without the rule the page would be open"


def test_everybody_is_somebody() -> None:
    kind, name, at = Client().get("/test/open").text.split("|")
    assert (kind, name) == ("anonymous", "访客")
    assert at.endswith("+08:00")
    assert abs((now() - now().fromisoformat(at)).total_seconds()) < 60
    assert come_in(people.clerk()).get("/test/open").text.startswith("staff|clerk（示例）|")


def test_signed_in_means_any_account() -> None:
    assert come_in(people.applicant_actor()).get("/test/accounts").text == "applicant"
    assert come_in(people.clerk()).get("/test/accounts").text == "staff"
    assert Client().get("/test/accounts").status_code == 302


def test_a_capability_opens_and_nothing_else_does() -> None:
    assert come_in(people.head()).get("/test/heads").text == "decided"
    for by in (people.clerk(), people.reviewer(), people.applicant_actor()):
        answer = come_in(by).get("/test/heads")
        assert answer.status_code == 403
        assert "没有打开这个页面的权限" in answer.text


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options", "head"])
def test_every_method_stands_before_the_same_door(method: str) -> None:
    assert getattr(come_in(people.clerk()), method)("/test/heads").status_code == 403
    assert getattr(Client(), method)("/test/heads").status_code == 302


def end_account(by: Actor) -> None:
    Account.objects.filter(pk=people.account_of(by).pk).update(is_active=False)


def end_post(by: Actor) -> None:
    Post.objects.filter(holders=by.id).update(is_active=False)


def take_capability(by: Actor) -> None:
    Post.objects.filter(holders=by.id).update(capabilities=["case.search"])


@pytest.mark.parametrize(("end", "status"), [(end_account, 302), (end_post, 302), (take_capability, 403)])
def test_rights_end_at_the_next_request(end: object, status: int) -> None:
    by = people.head()
    browser = come_in(by)
    assert browser.get("/test/heads").status_code == 200
    assert callable(end)
    end(by)
    assert browser.get("/test/heads").status_code == status


def test_an_actor_kept_in_the_session_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: rights remembered from sign-in."""
    by = people.head()
    browser = come_in(by)
    for name in ("actor_of", "session_actor"):
        monkeypatch.setattr(front_door, name, lambda account, **_: by)
    take_capability(by)
    assert browser.get("/test/heads").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/test/heads", "/test/heads?a=1&b=%2F%2Fevil.example", "//evil.example/test", "/test/heads?next=/x#y"],
)
def test_a_stranger_signs_in_and_comes_back_to_where_he_was(address: str) -> None:
    answer = Client().get(address)
    if answer.status_code == 404:
        assert address.startswith("//")
        return
    parts = urlsplit(answer["Location"])
    assert (parts.scheme, parts.netloc, parts.path) == ("", "", "/sign-in")
    (back,) = parse_qs(parts.query)["next"]
    assert back == address.partition("#")[0]


@pytest.mark.parametrize(
    "next_",
    [
        "//evil.example/",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\\evil.example",
        "http:///evil.example",
        "\t//evil.example",
    ],
)
def test_signing_in_leads_nowhere_else(next_: str) -> None:
    account = people.account_of(people.clerk())
    account.set_password("correct horse battery")
    account.save()
    sent = {"username": account.username, "password": "correct horse battery"}
    answer = Client().post("/sign-in", {**sent, "next": next_})
    assert answer.status_code == 302
    assert answer["Location"] == "/desk"
    assert Client().post("/sign-in", {**sent, "next": "/desk?tab=done"})["Location"] == "/desk?tab=done"


@pytest.mark.parametrize("kind", PROBLEMS)
def test_a_problem_is_a_page_with_its_status(kind: str) -> None:
    answer = Client().get(f"/test/trouble/{kind}")
    assert answer.status_code == PROBLEMS[kind].status
    assert f"出了问题&lt;{kind}&gt;" in answer.text
    assert "这样改正" in answer.text
    assert "名称不能为空" in answer.text
    assert "Traceback" not in answer.text


def test_an_address_that_is_not_there_is_a_page_of_the_house() -> None:
    answer = Client().get("/no/such/page")
    assert answer.status_code == 404
    assert "一窗" in answer.text


def test_pages_forbid_framing_sniffing_and_foreign_scripts() -> None:
    answer = Client().get("/test/open")
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_form_from_elsewhere_is_not_run() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(
        people.account_of(people.clerk()), backend="django.contrib.auth.backends.ModelBackend"
    )
    answer = browser.post("/sign-out")
    assert answer.status_code == 403
    assert "页面已过期" in answer.text
    assert browser.get("/test/accounts").status_code == 200


@pytest.fixture
def _no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: object, **__: object) -> Actor:
        raise OperationalError("connection refused: password=secret")

    monkeypatch.setattr(front_door, "actor_of", gone)


@pytest.mark.usefixtures("_no_database")
def test_without_a_database_the_door_says_so_plainly() -> None:
    answer = Client().get("/test/open")
    assert answer.status_code == 503
    assert "secret" not in answer.text


def test_a_database_that_fails_in_the_middle_is_told_plainly_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = Client().get("/test/no-database")
    assert answer.status_code == 503
    assert "secret" not in answer.text
    assert "No space left" in caplog.text


@pytest.fixture
def asked_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The database is away: whoever asks which engine it is, or whose a token is, is told so."""
    asked: list[str] = []

    def gone(*_: object, **__: object) -> bool:
        asked.append("engine")
        raise OperationalError("connection refused: password=secret")

    monkeypatch.setattr(sql, "distributes", gone)
    monkeypatch.setattr(front_door, "token_use", lambda *_: asked.append("token"))
    return asked


BEARER = {"Authorization": "Bearer yc_none"}


def test_without_a_token_nothing_is_asked_of_the_database(asked_of_the_engine: list[str]) -> None:
    door = Client()
    with sql.counting() as statements:
        assert door.get("/api/v1/openapi.json").status_code == 200
        for scheme in ({}, {"Authorization": "Basic yc_none"}):
            assert door.get("/api/v1/cases/A1", headers=scheme).status_code == 401
            assert door.post("/api/v1/cases/A1/accept", headers=scheme).status_code == 401
    assert (asked_of_the_engine, statements) == ([], [])
    assert door.get("/api/v1/cases", headers=BEARER).status_code in (401, 404, 405)
    assert asked_of_the_engine == ["token"], "which engine it is matters only where a case is named"
    assert door.get("/api/v1/cases/A1", headers=BEARER).status_code == 503
    assert asked_of_the_engine == ["token", "engine"]


def test_a_door_that_asks_the_engine_first_would_be_caught(
    asked_of_the_engine: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: what is public, and what a stranger is refused, needs the database."""
    rightly = front_door.machine
    monkeypatch.setattr(front_door, "machine", lambda request: sql.distributes() or rightly(request))
    assert [Client().get(f"/api/v1/{name}").status_code for name in ("openapi.json", "cases/A1")] == [503] * 2
    assert asked_of_the_engine == ["engine"] * 2


def test_a_database_that_goes_while_its_engine_is_asked_for_is_told_plainly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(raw: object) -> bool:
        raise psycopg.OperationalError("server closed the connection: password=secret")

    monkeypatch.setattr(connection, "errors_occurred", False)
    monkeypatch.setattr(sql, "_distributes", gone)
    door = Client(raise_request_exception=False)
    answer = door.get("/api/v1/cases/A1", headers=BEARER)
    assert answer.status_code == 503
    assert "secret" not in answer.text
    # The broken variant: the driver's own error, which nobody here knows.
    monkeypatch.setattr(sql, "distributes", lambda: gone(None))
    assert door.get("/api/v1/cases/A1", headers=BEARER).status_code == 500


def test_a_form_sent_by_a_stranger_leads_to_sign_in_and_not_back_to_itself() -> None:
    assert Client().post("/test/heads")["Location"] == "/sign-in"


def test_the_door_asks_the_database_once() -> None:
    account = people.account_of(people.clerk())
    request = RequestFactory().get("/test/open")
    request.user = account
    request.session = {  # type: ignore[assignment]
        SESSION_KEY: str(account.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
        HASH_SESSION_KEY: account.get_session_auth_hash(),
    }  # fmt: skip
    seen: list[Actor] = []

    def page(asked: object) -> HttpResponse:
        seen.append(asked.by)  # type: ignore[attr-defined]
        return HttpResponse()

    now()
    with sql.counting() as statements:
        front_door.FrontDoor(page)(request)
    assert len(statements) == 1
    assert seen[0].name == "clerk（示例）"
