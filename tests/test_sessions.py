"""A session is read with its account in one statement, and nothing that decides outlives the request in which it was read.

Every change that must end or alter a session is made while the process already knows the session by heart; each trial is shown to
find a store that would remember.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db as djangos
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as limited
from hypothesis import strategies as st

from config import sessions
from config.sessions import SessionStore
from yichuang.directory.models import Account, Post
from yichuang.directory.queries import Beside, actors, session_actor, session_row
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.workdays.queries import today

pytestmark = pytest.mark.django_db
PAGE = "/desk/messages"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def come_in(by: Actor) -> Client:
    """A browser whose session this process has read before, and knows whom it stands for."""
    browser = Client()
    browser.force_login(people.account_of(by), backend=BACKEND)
    assert browser.get(PAGE).status_code == 200
    assert key_of(browser) in sessions._guesses
    return browser


def key_of(browser: Client) -> str:
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def who(browser: Client) -> str:
    """Whose name the page shows; nobody's where it asks to sign in."""
    answer = browser.get(PAGE)
    if answer.status_code == 302:
        return ""
    assert answer.status_code in (200, 403)
    return str(answer.wsgi_request.by.name) if answer.status_code == 200 else "refused"  # type: ignore[attr-defined]


def sessions_asked(browser: Client) -> int:
    """Statements of one page that ask for the session or the account."""
    with sql.counting() as asked:
        browser.get(PAGE)
    return sum("django_session" in one or "directory_account a" in one for one in asked)


def test_who_is_signed_in_is_one_statement_once_the_process_has_seen_the_session() -> None:
    browser = Client()
    browser.force_login(people.account_of(people.clerk()), backend=BACKEND)
    assert [sessions_asked(browser) for _ in range(2)] == [1, 1]
    # Another process, or this one after a restart.
    sessions._guesses.clear()
    assert [sessions_asked(browser) for _ in range(3)] == [2, 1, 1]
    assert sessions_asked(Client()) == 0


# What ends or changes a session: the act, and whom the next page stands for then.


def ended(browser: Client, by: Actor) -> None:
    Session.objects.filter(pk=key_of(browser)).delete()


def too_old(browser: Client, by: Actor) -> None:
    Session.objects.filter(pk=key_of(browser)).update(expire_date=timezone.now() - timedelta(seconds=1))


def switched_off(browser: Client, by: Actor) -> None:
    Account.objects.filter(pk=str(by.id)).update(is_active=False)


def post_ended(browser: Client, by: Actor) -> None:
    Post.objects.filter(holders=by.id).update(is_active=False)


def another_password(browser: Client, by: Actor) -> None:
    account = Account.objects.get(pk=str(by.id))
    account.set_password("another password, longer")
    account.save()


def forged(browser: Client, by: Actor) -> None:
    """Whoever could write the table and does not know the secret."""
    Session.objects.filter(pk=key_of(browser)).update(session_data="eyJhIjoxfQ:1abcde:forged")


def right_taken(browser: Client, by: Actor) -> None:
    Post.objects.filter(holders=by.id).update(capabilities=["figures.read"])


def somebody_else(browser: Client, by: Actor) -> None:
    """The same key stands for another account: a shared machine on which a colleague signed in."""
    other = Client()
    other.force_login(people.account_of(people.head()), backend=BACKEND)
    kept = Session.objects.get(pk=key_of(other))
    Session.objects.filter(pk=key_of(browser)).update(session_data=kept.session_data)


CHANGES: dict[str, tuple[Callable[[Client, Actor], None], str]] = {
    "ended": (ended, ""), "too old": (too_old, ""), "switched off": (switched_off, ""), "post ended": (post_ended, ""),
    "another password": (another_password, ""), "forged": (forged, ""), "right taken": (right_taken, "refused"),
    "somebody else": (somebody_else, "head（示例）"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_a_session_counts_at_the_next_page(name: str) -> None:
    change, wanted = CHANGES[name]
    by = people.clerk()
    browser = come_in(by)
    assert who(browser) == by.name
    change(browser, by)
    assert who(browser) == wanted
    assert who(browser) == wanted


@pytest.mark.parametrize("name", CHANGES)
def test_a_store_that_remembers_rows_would_be_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: rows kept by the key of the session."""
    kept: dict[str, Any] = {}

    def remembering(key: str, *args: Any, **named: Any) -> Any:
        return kept.setdefault(key, session_row(key, *args, **named))

    change, wanted = CHANGES[name]
    by = people.clerk()
    browser = come_in(by)
    monkeypatch.setattr(sessions, "session_row", remembering)
    assert who(browser) == by.name
    change(browser, by)
    assert who(browser) != wanted


def test_the_row_of_another_account_or_day_is_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong guess gives no rights: what was read beside counts only for whom it was read."""
    clerk, head = people.clerk(), people.head()
    assert clerk.id is not None
    assert head.id is not None
    browser = come_in(clerk)
    guesses = {key_of(browser): head.id}
    monkeypatch.setattr(sessions, "_guesses", guesses)
    assert sessions_asked(browser) == 2
    assert guesses == {key_of(browser): clerk.id}
    guesses[key_of(browser)] = head.id
    assert who(browser) == clerk.name
    mark = people.account_of(clerk).get_session_auth_hash()
    found = sql.one(sql.statement(actors.__file__, "actor"), {"id": head.id, "day": today()})
    for beside in (Beside(head.id, today(), found), Beside(clerk.id, today() - timedelta(days=1), None)):
        by = session_actor(clerk.id, session_hash=mark, on=today(), beside=beside)
        assert by is not None
        assert by.name == clerk.name
    # The broken variant: the row taken for whomever.
    wrong = Beside(clerk.id, today(), found)
    taken = session_actor(
        clerk.id, session_hash=people.account_of(head).get_session_auth_hash(), on=today(), beside=wrong
    )
    assert taken is not None
    assert taken.name == head.name


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 41, "a" * 31 + "\0", "' or 1=1 --aaaaaaa", "ABCDEFGHIJKLMNOPQRST"]
)
def test_what_is_no_key_is_not_even_looked_for(key: str) -> None:
    store = SessionStore(key)
    with sql.counting() as asked:
        store.read_for(today())
        assert store.get(SESSION_KEY) is None
    assert asked == []
    assert store.is_empty()


def test_a_key_that_nobody_has_is_nobodys() -> None:
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = "z" * 32
    assert who(browser) == ""
    assert browser.get("/").cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 0, "the cookie is taken back"


def test_sessions_of_djangos_own_store_are_read_and_the_other_way_round() -> None:
    """An installation that is upgraded signs nobody out, nor does one that goes back."""
    theirs = djangos.SessionStore()
    theirs["a"] = {"b": [1, "二", None]}
    theirs.create()
    ours = SessionStore(theirs.session_key)
    assert ours["a"] == {"b": [1, "二", None]}
    ours["c"] = True
    ours.save()
    assert dict(djangos.SessionStore(theirs.session_key).items()) == {"a": {"b": [1, "二", None]}, "c": True}


def test_what_one_request_does_to_a_session_it_has_not_saved_reaches_no_other() -> None:
    store = SessionStore()
    store["list"] = [1]
    store.create()
    first, second = SessionStore(store.session_key), SessionStore(store.session_key)
    first["list"].append(2)
    assert second["list"] == [1]


def test_a_secret_that_was_changed_ends_what_it_had_signed() -> None:
    browser = come_in(people.clerk())
    with override_settings(SECRET_KEY="x" * 50):
        assert who(browser) == ""


@limited(max_examples=30)
@given(
    st.dictionaries(
        st.text(max_size=8),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists),
        max_size=4,
    )
)
def test_a_text_that_was_signed_here_says_what_was_signed(held: dict[str, Any]) -> None:
    text = SessionStore().encode(held)
    for _ in range(2):
        assert sessions._said(text, settings.SECRET_KEY) == json.dumps(held)
    assert sessions._said(text[:-1] + ("A" if text[-1] != "A" else "B"), settings.SECRET_KEY) == "{}"


def test_guesses_are_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    guesses: dict[str, Any] = {}
    monkeypatch.setattr(sessions, "_guesses", guesses)
    monkeypatch.setattr(sessions, "MOST_GUESSES", 3)
    for number in range(10):
        sessions._learn(f"key{number}", {SESSION_KEY: str(UUID(int=number))})
        assert len(guesses) <= 3
    for held in ({}, {SESSION_KEY: "none"}):
        sessions._learn("key9", held)
        assert guesses == {}
        guesses["key9"] = UUID(int=9)


def test_a_database_that_is_slow_to_fail_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def failing(*_: Any, **__: Any) -> None:
        asked.append(1)
        raise OperationalError("the database did not answer in time; the connection is closed")

    browser = come_in(people.clerk())
    monkeypatch.setattr(sessions, "session_row", failing)
    assert browser.get(PAGE).status_code == 503
    assert asked == [1]
