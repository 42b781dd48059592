"""What templates are given: addresses, the mark of forms, names, and how a value is written. Each as Django and Jinja have it, for less."""

import re
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token, rotate_token
from django.test import RequestFactory, override_settings
from django.urls import NoReverseMatch, path, reverse, set_script_prefix
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import (
    ChainableUndefined,
    DictLoader,
    Environment,
    UndefinedError,
    pass_context,
    pass_environment,
    pass_eval_context,
)
from markupsafe import Markup, escape

from config import jinja
from config.jinja import FormMark, House, form_marks, url
from tests.test_doors_of_every_address import PAGES

urlpatterns = [path("elsewhere", lambda request: None, name="desk")]  # type: ignore[arg-type, return-value]


# Addresses in templates.


def test_an_address_is_what_django_says() -> None:
    case = uuid4()
    for _ in range(2):
        assert url("desk") == reverse("desk")
        assert url("desk-act", case, "accept") == reverse("desk-act", args=(case, "accept"))
        assert url("desk-act", case_id=case, action="a b二") == reverse(
            "desk-act", kwargs={"case_id": case, "action": "a b二"}
        )
        assert url("desk-act", str(case), "accept") == url("desk-act", case, "accept")
        with pytest.raises(NoReverseMatch):
            url("desk-act", "no id", "accept")
        with pytest.raises(NoReverseMatch):
            url("no-such-page")


def test_every_page_that_is_named_by_ids_has_the_address_that_django_gives_it() -> None:
    """With ids of their own each time, and with whatever else stands in them."""
    tried = 0
    for route, pattern in PAGES.items():
        kinds = re.findall(r"<(?:(\w+):)?\w+>", route)
        if "uuid" not in kinds or not set(kinds) <= {"uuid", "str", "int", "slug"}:
            continue
        for _ in range(2):
            args = [uuid4() if kind == "uuid" else 7 if kind == "int" else "a-7" for kind in kinds]
            assert url(str(pattern.name), *args) == reverse(str(pattern.name), args=args), route
        tried += 1
    assert tried > 100
    strange = UUID(int=1)
    assert url("desk-act", strange, "{0}{}") == reverse("desk-act", args=(strange, "{0}{}"))
    set_script_prefix("/{0}/")
    assert url("desk-case", strange) == reverse("desk-case", args=(strange,)) != "/desk/cases/" + str(strange)
    set_script_prefix("/")


def test_an_address_kept_for_one_site_is_not_given_on_another() -> None:
    here = url("desk")
    with override_settings(ROOT_URLCONF=__name__):
        assert url("desk") == "/elsewhere"
    assert url("desk") == here


@given(st.lists(st.uuids(), min_size=1, max_size=5))
def test_no_two_things_share_an_address(cases: list[UUID]) -> None:
    assert {url("desk-case", one) for one in cases} == {f"/desk/cases/{one}" for one in cases}


# The mark of forms.


def asked() -> HttpRequest:
    return RequestFactory().get("/desk")


def secret_of(token: str) -> str:
    """What a masked mark stands for."""
    signs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    mask, masked = token[:32], token[32:]
    return "".join(signs[signs.index(a) - signs.index(b)] for a, b in zip(masked, mask, strict=True))


def test_all_forms_of_a_page_carry_one_mark_and_no_two_pages_the_same() -> None:
    request = asked()
    marks = form_marks(request)
    shown = {str(marks["csrf_input"]), marks["csrf_input"].__html__()}
    (one,) = shown
    token = str(marks["csrf_token"])
    assert one == f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
    assert secret_of(token) == request.META["CSRF_COOKIE"]
    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"]
    again = asked()
    again.META["CSRF_COOKIE"] = request.META["CSRF_COOKIE"]
    other = str(form_marks(again)["csrf_token"])
    assert other != token, "masked anew for every page"
    assert secret_of(other) == secret_of(token)


@pytest.mark.parametrize(("sent", "back"), [("", True), ("a" * 32, False), ("no secret", True)])
def test_a_secret_that_the_browser_has_is_not_sent_again(sent: str, back: bool) -> None:
    """It lives for a year: a cookie with every page would only make pages longer. What is no secret is replaced."""
    request = asked()
    if sent:
        request.COOKIES["csrftoken"] = sent
    layer = CsrfViewMiddleware(lambda _: HttpResponse(""))
    layer.process_request(request)
    token = str(form_marks(request)["csrf_token"])
    answer = layer.process_response(request, HttpResponse(""))
    assert ("csrftoken" in answer.cookies) is back
    assert secret_of(token) == (answer.cookies["csrftoken"].value if back else sent)


def test_a_page_without_a_form_makes_no_mark() -> None:
    request = asked()
    form_marks(request)
    assert "CSRF_COOKIE" not in request.META


def marks_follow_a_new_secret() -> bool:
    """Whether a mark shown before a sign-in is given up by the sign-in."""
    request = asked()
    mark = form_marks(request)["csrf_token"]
    assert secret_of(str(mark)) == request.META["CSRF_COOKIE"]
    rotate_token(request)
    return secret_of(str(mark)) == str(request.META["CSRF_COOKIE"])


def test_a_mark_does_not_outlive_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert marks_follow_a_new_secret()

    def kept(self: FormMark) -> str:
        return str(vars(self._request).setdefault("mark", get_token(self._request)))

    # The broken variant: once made, never asked again.
    monkeypatch.setattr(FormMark, "__str__", kept)
    assert not marks_follow_a_new_secret()


# Names in templates.

PLAIN = ChainableUndefined
names = st.sampled_from(["items", "keys", "get", "a", "二", "pop", "__class__", "missing"])


@given(st.dictionaries(names, st.integers() | st.none()), names)
def test_a_name_means_what_it_means_to_jinja(held: dict[str, Any], name: str) -> None:
    ours, theirs = House(undefined=PLAIN), Environment(undefined=PLAIN)
    text = "{{ it." + name + " is defined }}|{{ it." + name + " is callable }}|{{ it.a }}"
    assert ours.from_string(text).render(it=held) == theirs.from_string(text).render(it=held)


class Odd(dict[str, int]):
    """A dictionary with a name of its own."""

    a = 7


def test_an_attribute_of_a_kind_of_dictionary_still_goes_first() -> None:
    assert House().from_string("{{ it.a }}").render(it=Odd(a=1)) == "7"
    assert House().from_string("{{ it.a }}").render(it={"a": 1}) == "1"


# What is written.


class Loud(str):
    """A text of its own kind."""

    def __str__(self) -> str:
        return "<loud>"


class Safe:
    """Something that says by itself how it stands in a page."""

    def __html__(self) -> str:
        return "<b>"


class Word(StrEnum):
    """A word of a list."""

    ODD = "<&'\">"


plain = (
    st.text()
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
    | st.binary(max_size=4)
    | st.dates()
    | st.uuids()
)
kinds = (
    plain
    | st.lists(plain, max_size=2)
    | plain.map(str).map(Loud)
    | plain.map(str).map(Markup)
    | plain.map(str).map(SafeString)
)


@given(
    kinds
    | st.sampled_from(
        [Safe(), Word.ODD, True, False, format_lazy("{}", "<a>"), format_html("<i>{}</i>", "<")]
    )
)
def test_a_value_is_written_as_markupsafe_writes_it(value: object) -> None:
    assert "".join([jinja.shown(value)]) == str(escape(value))


@given(st.text())
def test_every_way_to_write_a_value_escapes_it(text: str) -> None:
    page = """{% macro m(x) %}[{{ x }}]{% endmacro %}{% macro c() %}({{ caller() }}){% endmacro %}{{ it }}{{ m(it) }}{{ m(m(it)) }}
    {% call c() %}{{ it }}{% endcall %}{% set y %}{{ it }}{% endset %}{{ y }}{{ it ~ y }}{% filter upper %}{{ it }}{% endfilter %}
    {% for one in [it] %}{{ one|upper }}{{ loop.index }}{% endfor %}{{ it|safe }}{{ {"a": it}.a }}{{ [it, y]|join("<") }}"""
    ours, theirs = House(autoescape=True), Environment(autoescape=True)
    assert ours.from_string(page).render(it=text) == theirs.from_string(page).render(it=text)


def test_a_page_that_writes_without_escaping_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant."""
    monkeypatch.setattr(jinja, "shown", str)
    assert House(autoescape=True).from_string("{{ it }}").render(it="<") == "<"


def test_a_missing_name_still_fails_where_it_is_written() -> None:
    made = House(autoescape=True, undefined=jinja.Undefined)
    for text in ("{{ it.missing }}", "{{ missing }}", "{{ it.a.b }}"):
        with pytest.raises(UndefinedError):
            made.from_string(text).render(it={"a": {}})


def test_names_of_the_house_are_known_in_every_part_and_a_page_cannot_change_them() -> None:
    pages = {
        "part": "{% macro m() %}{{ url }}{% endmacro %}",
        "inner": "{{ url }}",
        "page": """{% from "part" import m %}{{ m() }}{% include "inner" %}""",
    }
    made = House(loader=DictLoader(pages), autoescape=True)
    made.globals["url"] = "house"
    assert made.get_template("page").render() == "househouse"
    assert made.get_template("page").render(url="mine") == "housemine"
    assert made.globals["url"] == "house"


CALLS = {
    "macro": "{% macro m(a, b='二') %}<{{ a }}|{{ b }}|{{ varargs }}|{{ kwargs }}>{% endmacro %}{{ m('&', 2, 3, c=4) }}{{ m() }}",
    "block": "{% macro m(a) %}{{ a }}{{ caller('<') }}{% endmacro %}{% call(one) m('&') %}{{ one }}{% endcall %}",
    "loop": "{% macro m(a) %}{{ a }}{{ loop is defined }}{% endmacro %}{% for one in 'ab' %}{{ m(one) }}{{ plain(one, x=one) }}{% endfor %}",
    "imported": "{% from 'part' import m %}{{ m('<') }}{% import 'part' as part %}{{ part.m('<') }}",
    "nested": "{% macro inner() %}<b>{% endmacro %}{% macro m() %}{{ inner() }}{% endmacro %}{{ m() }}{{ m()|length }}",
    "given": "{{ known('name') }}{{ place() }}{{ escaped() }}{{ plain('<', x='&') }}{{ method('<') }}{{ Kind('<') }}{{ 'a'.upper() }}",
    "set": "{% set f = plain %}{% for one in [1] %}{% set here = one %}{{ f(here) }}{{ known('here') }}{% endfor %}",
}


def called(made: Environment) -> dict[str, str]:
    """What every kind of call writes."""
    made.globals.update(
        known=pass_context(lambda context, name: repr(context.get(name))),
        place=pass_environment(lambda environment: str(environment.autoescape)),
        escaped=pass_eval_context(lambda context: str(context.autoescape)),
        plain=lambda *args, **kwargs: f"{args}{kwargs}", method="{}>".format, Kind=Markup,
    )  # fmt: skip
    return {name: made.get_template(name).render(name="<") for name in CALLS}


def test_what_a_template_calls_is_given_what_jinja_gives_it() -> None:
    loader = DictLoader(CALLS | {"part": "{% macro m(a) %}<i>{{ a }}{% endmacro %}"})
    found = called(House(loader=loader, autoescape=True))
    assert found == called(Environment(loader=loader, autoescape=True))
    assert found["imported"] == "<i>&lt;<i>&lt;"


# Secrets of forms.


def test_a_mark_is_what_djangos_layer_of_forms_takes() -> None:
    """Made by ourselves from end to end: the secret, its mask, and what comes back."""
    first = asked()
    token = str(form_marks(first)["csrf_token"])
    answer = CsrfViewMiddleware(lambda _: HttpResponse("")).process_response(first, HttpResponse(""))
    cookie = answer.cookies["csrftoken"].value
    for sent, status in ((token, None), (token[::-1], 403), ("", 403), (cookie, None)):
        request = RequestFactory().post("/desk", {"csrfmiddlewaretoken": sent})
        request.COOKIES["csrftoken"] = cookie
        layer = CsrfViewMiddleware(lambda _: HttpResponse(""))
        layer.process_request(request)
        refused = layer.process_view(request, lambda _: HttpResponse(""), (), {})
        assert (refused and refused.status_code) == status


def evenly(draw: Callable[[], list[int]]) -> bool:
    """Whether each sign is drawn about as often as any other: 62 signs, some 516 times each, by chi square far beyond chance."""
    counted = Counter(sign for _ in range(1000) for sign in draw())
    wanted = 1000 * 32 / jinja.SIGNS
    return sum((counted[sign] - wanted) ** 2 / wanted for sign in range(jinja.SIGNS)) < 130


def test_secrets_are_drawn_evenly_and_never_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    assert evenly(jinja._drawn_signs)
    assert len({tuple(jinja._drawn_signs()) for _ in range(200)}) == 200
    assert all(len(jinja._drawn_signs()) == 32 for _ in range(50))
    # The broken variant: every byte taken, so that the first signs come more often.
    monkeypatch.setattr(jinja, "UNEVEN", 256)
    assert not evenly(jinja._drawn_signs)
