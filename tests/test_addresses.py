"""Addresses are found as Django finds them, among the few patterns that could be meant."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import Resolver404, ResolverMatch, get_resolver, include, path, re_path, set_urlconf

from config import addresses
from config.addresses import Addresses, Handler
from config.urls import urlpatterns
from tests.test_doors_of_every_address import PAGES, example

EVERY = sorted(example(route) for route in PAGES)
STRANGE = [
    "/no such page", "/desk/", "/desk//", "//desk", "/", "//", "/desk/cases/x", "/desk/cases/", "/desk/figures/", "/desk/figuresx",
    "/items/a/b/c/d", "/api", "/api/", "/api/v1", "/desk\n", "/desk/cases/00000000-0000-0000-0000-000000000001\n", "/" + "a/" * 200,
]  # fmt: skip


def seen(found: ResolverMatch | None) -> dict[str, Any] | None:
    """All that a match says, but what was tried before."""
    return None if found is None else {name: value for name, value in vars(found).items() if name != "tried"}


def by_django(where: str) -> dict[str, Any] | None:
    try:
        return seen(get_resolver().resolve(where))
    except Resolver404:
        return None


@pytest.mark.parametrize("where", [*EVERY, *STRANGE])
def test_every_address_means_what_django_says_it_means(where: str) -> None:
    assert seen(Addresses(urlpatterns).find(where[1:])) == by_django(where)


def test_every_page_of_the_house_is_among_them() -> None:
    assert len(EVERY) == len(urlpatterns) > 300
    assert all(by_django(where) for where in EVERY)


def test_few_patterns_are_asked() -> None:
    found = Addresses(urlpatterns)
    asked = [len(found._fitting(*addresses._beginning(where[1:]))) for where in EVERY]
    assert max(asked) < len(urlpatterns) / 5
    assert len(found._fitting("desk", True)) <= 3


def test_one_that_leaves_a_pattern_out_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant goes by the first two steps alone, and forgets what has a value in them."""
    monkeypatch.setattr(
        Addresses,
        "_that_could_fit",
        lambda self, beginning, _whole: tuple(
            one for begins, one in self._patterns if begins.startswith(beginning)
        ),
    )
    found = Addresses(urlpatterns)
    assert [where for where in EVERY if seen(found.find(where[1:])) != by_django(where)]


def view(_request: Any, **_given: Any) -> HttpResponse:
    return HttpResponse()


def test_the_first_that_fits_is_meant_as_with_django() -> None:
    listed = [
        path("a/<str:one>", view, name="any"),
        path("a/b", view, name="that"),
        path("<path:all>", view, name="all"),
    ]
    found = Addresses(listed)
    assert [getattr(found.find(one), "url_name", None) for one in ("a/b", "a/c", "a/b/c", "x")] == [
        "any",
        "any",
        "all",
        "all",
    ]


@pytest.mark.parametrize("one", [path("a/", include([path("b", view)])), re_path("^a$", view)])
def test_what_hides_its_addresses_is_refused(one: Any) -> None:
    with pytest.raises(TypeError, match="plain address"):
        Addresses([one])


def test_the_server_s_handler_finds_pages_by_it_and_leaves_what_is_none_to_django() -> None:
    handler, asked = Handler(), RequestFactory()
    request = asked.get("/desk/cases/00000000-0000-0000-0000-000000000001")
    match = handler.resolve_request(request)
    assert (match.url_name, request.resolver_match, match.tried) == ("desk-case", match, None)
    with pytest.raises(Resolver404) as refused:
        handler.resolve_request(asked.get("/no such page"))
    assert len(refused.value.args[0]["tried"]) == len(urlpatterns)
    # Who brings addresses of their own is asked by Django.
    other = asked.get("/x")
    other.urlconf = type("Other", (), {"urlpatterns": [path("x", view, name="other")]})  # type: ignore[assignment]
    try:
        assert handler.resolve_request(other).url_name == "other"
    finally:
        set_urlconf(None)
