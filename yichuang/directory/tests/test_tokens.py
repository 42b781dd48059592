"""Tokens: 256 bits of which only a digest is kept, never more than the account may, ended at once."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from yichuang.directory import commands, queries
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, ApiToken, Post
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.machines import token_of
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused
from yichuang.kernel.sql import Along

pytestmark = pytest.mark.django_db
AT = people.AT
SEARCH = str(Capability.CASE_SEARCH)


@pytest.fixture(autouse=True)
def _that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: AT)


def manager(*, everywhere: bool = True) -> Actor:
    office = people.department("政务服务中心办公室", "902", "川政务")
    rights = [Capability.TOKEN_MANAGE]
    held = people.post(
        office if everywhere else people.department(),
        "接口管理" + str(everywhere),
        rights,
        everywhere=everywhere,
    )
    return people.staff(f"tokens{everywhere}", held)


def service(username: str = "portal", **changes: Any) -> Actor:
    """An account that nobody signs in with."""
    made = people.reviewer(username=username)
    account = people.account_of(made)
    account.set_unusable_password()
    account.save()
    return made


def make(account: Actor, by: Actor | None = None, **changes: Any) -> commands.MadeToken:
    given: dict[str, Any] = {"name": "申报接口", "scopes": [SEARCH], "days": 30} | changes
    assert account.id is not None
    return commands.make_token(account.id, by=by or manager(), at=AT, **given)


def test_the_secret_is_shown_once_and_kept_nowhere() -> None:
    made = make(service())
    assert re.fullmatch(r"yc_[A-Za-z0-9_-]{43}", made.secret)
    row = sql.rows("select t::text from directory_apitoken t")[0][0]
    facts = sql.rows("select data from journal_fact where subject_id = %(id)s", {"id": made.id})
    assert made.secret[3:] not in row + str(facts)
    assert [fact.kind for fact in facts_of(made.id)] == ["token.made"]
    assert make(service()).secret != made.secret


def test_a_token_asks_as_its_account_within_its_scopes() -> None:
    who = service()
    found = queries.actor_of_token(make(who).secret, AT)
    assert (found.id, found.signature, found.capabilities) == (who.id, who.signature, frozenset({SEARCH}))
    assert found.department_id == who.department_id


def test_whoever_is_demoted_or_switched_off_loses_the_token_at_the_next_request() -> None:
    who = service()
    secret = make(who, scopes=[SEARCH, str(Capability.CASE_REVIEW)]).secret
    post = people.account_of(who).post
    assert post is not None
    Post.objects.filter(pk=post.pk).update(capabilities=[SEARCH])
    assert queries.actor_of_token(secret, AT).capabilities == {SEARCH}
    Account.objects.filter(pk=people.account_of(who).pk).update(is_active=False)
    assert queries.actor_of_token(secret, AT).kind == "anonymous"


def test_a_token_ends_on_its_day_and_at_once_when_revoked() -> None:
    who, by = service(), manager()
    made = make(who, by)
    last = AT + timedelta(days=30)
    assert queries.actor_of_token(made.secret, last - timedelta(microseconds=1)).kind == "staff"
    assert queries.actor_of_token(made.secret, last).kind == "anonymous"
    for _ in range(2):
        commands.revoke_token(made.id, by=by, at=AT)
    assert queries.actor_of_token(made.secret, AT).kind == "anonymous"
    assert [fact.kind for fact in facts_of(made.id)] == ["token.made", "token.revoked"]


@pytest.mark.parametrize(
    "secret", ["", "yc_", "yc_x", "x" * 100, "yc_" + "x" * 10_000, "yc_\x00", "yc_' or 1=1--", "yc_令牌"]
)
def test_what_is_no_token_is_nobody(secret: str) -> None:
    make(service())
    assert queries.actor_of_token(secret, AT).kind == "anonymous"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "name"), ({"name": "长" * 101}, "name"), ({"scopes": []}, "scopes"),
    ({"scopes": ["case.decide"]}, "scopes"), ({"scopes": ["no.such"]}, "scopes"), ({"days": 0}, "days"),
    ({"days": 366}, "days"), ({"days": -1}, "days"),
]  # fmt: skip


def test_a_token_needs_a_name_scopes_of_its_account_and_a_day_within_a_year() -> None:
    who, by = service(), manager()
    for change, field in WRONG:
        with pytest.raises(Invalid) as raised:
            make(who, by, **change)
        assert set(raised.value.fields) == {field}
    assert not ApiToken.objects.exists()


def test_no_token_is_made_in_a_persons_name_or_beyond_reach() -> None:
    by, own = manager(), manager(everywhere=False)
    person = people.head()
    Account.objects.filter(pk=people.account_of(person).pk).update(password="md5$x$y")
    forest = service_of("林业厅", "129")
    refused: list[tuple[Actor, Actor, type[Problem]]] = [
        (person, by, Refused),
        (people.applicant_actor(), by, Missing),
        (forest, own, Missing),
        (service(), people.head(), Refused),
        (service("gone"), people.applicant_actor(), Refused),
    ]
    for account, who, problem in refused:
        with pytest.raises(problem):
            make(account, who, scopes=sorted(account.capabilities)[:1])
    with pytest.raises(Missing):
        commands.make_token(uuid4(), name="x", scopes=[SEARCH], days=1, by=by, at=AT)
    reaches_all = people.staff(
        "all", people.post(people.department(), "全省", [Capability.CASE_SEARCH], everywhere=True)
    )
    Account.objects.filter(pk=people.account_of(reaches_all).pk).update(password="!x")
    with pytest.raises(Refused):
        make(reaches_all, own)
    assert make(service(), own).secret


def service_of(department: str, code: str) -> Actor:
    made = people.reviewer(people.department(department, code, "川示"), f"service{code}")
    Account.objects.filter(pk=people.account_of(made).pk).update(password="!x")
    return made


def test_a_double_click_makes_one_token_and_says_so() -> None:
    who, by = service(), manager()
    make(who, by, key="k" * 32)
    with pytest.raises(Conflict, match="已经签发"):
        make(who, by, key="k" * 32)
    with pytest.raises(Conflict, match="已被使用"):
        make(who, by, key="k" * 32, days=31)
    assert ApiToken.objects.count() == 1


def test_the_table_keeps_no_secret_no_endless_and_no_empty_token() -> None:
    token, _ = token_of(service())
    changes: list[dict[str, Any]] = [
        {"digest": "yc_plain"},
        {"expires_at": AT + timedelta(days=400)},
        {"expires_at": AT},
        {"name": ""},
        {"scopes": []},
    ]
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiToken.objects.filter(pk=token.pk).update(**change)


def test_the_day_of_use_is_noted_once_a_day() -> None:
    token, secret = token_of(service())
    client = Client()
    for _ in range(3):
        client.get("/api/v1/keys/abcdefgh", headers={"Authorization": f"Bearer {secret}"})
    token.refresh_from_db()
    assert str(token.last_used_on) == "2022-05-05"
    with sql.counting() as statements:
        client.get("/api/v1/keys/abcdefgh", headers={"authorization": f"bearer {secret}"})
    assert not [text for text in statements if text.startswith("update")]


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(people.account_of(actor), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_pages_make_show_once_list_and_revoke() -> None:
    who, by = service(), manager()
    site = signed_in(by)
    assert "portal（示例）" in site.get("/desk/tokens/new").content.decode()
    asked = site.get(f"/desk/tokens/new?account={who.id}").content.decode()
    assert "查询办件" in asked
    assert "作出决定" not in asked
    form = {
        "account": str(who.id),
        "name": "水务平台",
        "scopes": [SEARCH],
        "days": "90",
        "client_key": "a" * 32,
    }
    wrong = site.post("/desk/tokens/new", form | {"scopes": []})
    assert wrong.status_code == 422
    assert "水务平台" in wrong.content.decode()
    made = site.post("/desk/tokens/new", form)
    secret = re.search(r"yc_[A-Za-z0-9_-]{43}", made.content.decode())
    assert made["Cache-Control"] == "no-store"
    assert secret is not None
    assert queries.actor_of_token(secret[0], AT).id == who.id
    assert site.post("/desk/tokens/new", form).status_code == 409
    listed = site.get("/desk/tokens").content.decode()
    assert "水务平台" in listed
    assert secret[0] not in listed + site.get("/desk/tokens.csv").getvalue().decode()
    token = ApiToken.objects.get()
    assert site.post(f"/desk/tokens/{token.pk}/revoke").status_code == 302
    assert "已吊销" in site.get("/desk/tokens?q=水务").content.decode()
    assert "没有找到" in site.get("/desk/tokens?q=没有").content.decode()


def test_the_list_takes_one_statement_whatever_its_length_and_pages_without_gap() -> None:
    who, by = service(), manager()
    made = [token_of(who, at=AT + timedelta(seconds=n % 2))[0].pk for n in range(7)]
    with sql.counting() as statements:
        page = queries.tokens_page(by=by, size=3)
        assert [one.account.post.department.name for one in page.rows if one.account.post]
    assert len(statements) == 1
    seen, after = list(page.rows), page.following
    while after:
        page = queries.tokens_page(by=by, size=3, after=after)
        seen, after = [*seen, *page.rows], page.following
    assert sorted(one.pk for one in seen) == sorted(made)
    assert not queries.tokens_page(by=manager(everywhere=False), text="nobody").rows


def test_tokens_of_other_departments_are_not_there() -> None:
    own = manager(everywhere=False)
    elsewhere, _ = token_of(service_of("林业厅", "129"))
    assert not queries.tokens_page(by=own).rows
    with pytest.raises(Missing):
        commands.revoke_token(elsewhere.pk, by=own, at=AT)
    assert signed_in(own).post(f"/desk/tokens/{elsewhere.pk}/revoke").status_code == 404
    for who in (people.head(), people.applicant_actor()):
        assert signed_in(who).get("/desk/tokens").status_code == 403


def test_what_is_read_along_with_a_token_comes_with_it_and_with_nobody_else() -> None:
    made = make(service())
    along = Along("select name from directory_department where number_code = %(code)s", {"code": "902"})
    used = queries.token_use(made.secret, AT, along)
    assert used is not None
    assert used.along == "政务服务中心办公室"
    assert used == replace(queries.token_use(made.secret, AT) or used, along=used.along), (
        "the actor is the same"
    )
    with sql.counting() as statements:
        queries.token_use(made.secret, AT, along)
    assert len(statements) == 1
    none = queries.token_use(made.secret, AT, replace(along, parameters={"code": "none"}))
    assert none is not None
    assert none.along is None
    ApiToken.objects.update(revoked_at=AT)
    assert queries.token_use(made.secret, AT, along) is None, "a token that ended brings nothing along"
