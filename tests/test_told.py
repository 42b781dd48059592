"""What a step says is said on the next page and on no other, as Django's own storage has it, and costs nothing where nothing is said."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.cache import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from config.told import Told

Storage = Callable[[HttpRequest], FallbackStorage]
# One page: what it says, and whether it shows what was said.
pages = st.lists(
    st.tuples(st.lists(st.integers(1, 6000).map(lambda size: "示" * size), max_size=3), st.booleans()),
    max_size=4,
)


def walk(kind: Storage, asked: list[tuple[list[str], bool]]) -> list[Any]:
    """What each page of a visit shows, and which cookies it leaves."""
    cookies: dict[str, str] = {}
    session = SessionStore()
    seen: list[Any] = []
    for words, shows in asked:
        request = RequestFactory().get("/")
        request.COOKIES.update(cookies)
        request.session = session
        storage = request._messages = kind(request)  # type: ignore[attr-defined]
        for one in words:
            storage.add(25, one)
        shown = [(len(one.message), one.level_tag) for one in get_messages(request)] if shows else None
        response = HttpResponse("")
        unkept = storage.update(response)
        seen.append((shown, bool(unkept), sorted(response.cookies), len(session.get("_messages", ""))))
        for name, cookie in response.cookies.items():
            cookies.pop(name, None) if not cookie.value else cookies.update({name: cookie.value})
    return seen


@settings(max_examples=60)
@given(pages)
def test_a_visit_hears_what_djangos_own_storage_would_say(asked: list[tuple[list[str], bool]]) -> None:
    assert walk(Told, asked) == walk(FallbackStorage, asked)


def test_what_was_said_is_said_once_even_if_it_is_too_long_for_a_cookie() -> None:
    long = "示" * 6000
    told = walk(Told, [(["短", long], False), ([], True), ([], True)])
    assert [shown and len(shown) for shown, *_ in told] == [None, 2, []]


class Deaf(Told):
    """The broken variant: forgets what the cookie says."""

    def _get(self, *args: Any, **named: Any) -> Any:
        return [], True


class Repeating(Told):
    """The broken variant: never takes back what was said."""

    def _store(self, messages: list[Any], response: Any, *args: Any, **named: Any) -> Any:
        return super()._store(messages, response, *args, **named) if messages else []


@pytest.mark.parametrize("broken", [Deaf, Repeating])
def test_a_storage_that_forgets_or_repeats_would_be_found(broken: Storage) -> None:
    asked = [(["一"], False), ([], True), ([], True)]
    assert walk(broken, asked) != walk(FallbackStorage, asked)


def test_a_page_to_which_nothing_was_said_makes_no_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[HttpRequest] = []
    begin = CookieStorage.__init__

    def counting(self: CookieStorage, request: HttpRequest, *args: Any, **named: Any) -> None:
        made.append(request)
        begin(self, request, *args, **named)

    monkeypatch.setattr(CookieStorage, "__init__", counting)
    walk(Told, [([], True), ([], False)])
    assert made == []
    # The broken variant: Django's own.
    walk(FallbackStorage, [([], True)])
    assert len(made) == 1
