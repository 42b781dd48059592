"""The Jinja2 environment of every page: autoescape on, undefined names are errors, Chinese date filters."""

import os
from collections.abc import Callable, Hashable, Iterable, Mapping, MutableMapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH
from django.templatetags.static import static as find_static
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from jinja2 import ChainableUndefined, Environment, StrictUndefined, Template
from jinja2.runtime import Context, Macro
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined]  # the part of `escape` that escapes

from config.kept_templates import kept_in

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Addresses that are kept: those without an id, and of those with ids what they share.
MOST_ADDRESSES = 1000
# Rows of lists: with the values that they are kept by, about three megabytes when there are so many.
MOST_PARTS = 1000
NAMES_OF_DICT = frozenset(dir(dict))


class Undefined(ChainableUndefined, StrictUndefined):
    """A misspelt name fails the page; `a.b is defined` stays possible at any depth."""


def shown(value: Any) -> str:
    """What stands on the page for a value: `escape`, without wrapping up what is about to be written anyway.

    Jinja's compiled code calls it only for what is written; a page has some hundred such places.
    """
    kind = type(value)
    if kind is str:
        return _escape_inner(value)
    if kind is Markup or kind is SafeString:
        return cast("str", value)
    return str(value) if kind is int else escape(value)


class HouseContext(Context):
    """What a page knows. Calls a macro, or one of our own functions, without first asking by five looks what it wants to be given."""

    def call(self, called: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """As Jinja does it: a macro that is not told how it is escaped goes by its environment, where all is escaped."""
        kind = type(called)
        if kind is not Macro and (kind is not FunctionType or hasattr(called, "jinja_pass_arg")):
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)


class HouseTemplate(Template):
    """A template that writes by `shown`."""

    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """The template of compiled code, as Jinja makes it; its own name for `escape` means ours."""
        made = super().from_code(environment, code, globals, uptodate)
        names = made.root_render_func.__globals__
        names["escape"] = shown
        return made


class House(Environment):
    """Jinja's environment, which finds what a dictionary holds without first failing to find an attribute of that name."""

    template_class = HouseTemplate
    context_class = HouseContext

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja does it: an attribute before an item. A plain dictionary has no attributes but its own methods."""
        if type(obj) is not dict or attribute in NAMES_OF_DICT:
            return super().getattr(obj, attribute)
        return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The names that every template knows. They stand when the environment is made, so that they need not be looked up through
        two mappings, which Jinja does for each part that a page imports or includes.
        """
        return {**self.globals, **(d or {})}


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a named page."""
    where, prefix = get_urlconf() or settings.ROOT_URLCONF, get_script_prefix()
    ids = () if kwargs else [one for one in args if type(one) is UUID]
    if ids:
        form = tuple(None if type(one) is UUID else str(one) for one in args)
        return _form(name, form, where, prefix).format(*ids)
    named = tuple((key, str(value)) for key, value in kwargs.items())
    return _address(name, tuple(map(str, args)), named, where, prefix)


@lru_cache(MOST_ADDRESSES)
def _address(
    name: str, args: tuple[str, ...], named: tuple[tuple[str, str], ...], where: str, _prefix: str
) -> str:
    """Django looks through its patterns every time; what it finds depends on nothing but this."""
    return reverse(name, where, args=args, kwargs=dict(named))


@lru_cache(MOST_ADDRESSES)
def _form(name: str, args: tuple[str | None, ...], where: str, _prefix: str) -> str:
    """The address of a page that is named by ids, with a place for each (None): one for all cases."""
    ids = [uuid4() for one in args if one is None]
    left = iter(ids)
    found = reverse(name, where, args=[next(left) if one is None else one for one in args])
    found = found.replace("{", "{{").replace("}", "}}")
    for one in ids:
        found = found.replace(str(one), "{}")
    return found


@cache
def static(path: str) -> str:
    """The address of a file of the house, which stays the same as long as the process lives."""
    return find_static(path)


@lru_cache(MOST_PARTS)
def drawn(part: Macro, *values: Hashable) -> str:
    """A part that was drawn before of the same values: for rows that many pages show, and that say all they show by their values.

    The part must be imported without context, so that nothing but its values can shape it. Nothing has to be forgotten when
    something changes: other values are another row; the names in a row stay in memory until newer rows push them out.
    """
    return part(*values)


class FormMark:
    """The mark that a form sends back, made when the page first shows it and the same in all its forms.

    Django makes it anew for every form, and a case's page has a dozen. It is masked anew for every page, as before.
    """

    def __init__(self, request: HttpRequest, shown: Callable[[str], str]) -> None:
        self._request, self._shown = request, shown

    def __html__(self) -> str:
        known, meta = vars(self._request), self._request.META
        secret, token = known.get("form_mark", (None, ""))
        if secret is None or secret != meta.get("CSRF_COOKIE"):
            secret = meta.get("CSRF_COOKIE")
            if not secret:
                # The layer of forms sends the secret as a cookie, which lives for a year. One that the browser has sent is not sent
                # back with every page, as Django does: signing in draws another, and nobody is signed in for a year.
                secret = _spelt(_drawn_signs())
                meta.update({"CSRF_COOKIE": secret, "CSRF_COOKIE_NEEDS_UPDATE": True})
            token = _masked(secret)
            known["form_mark"] = secret, token
        return self._shown(token)

    __str__ = __html__


SIGNS = len(CSRF_ALLOWED_CHARS)
PLACES = {sign: place for place, sign in enumerate(CSRF_ALLOWED_CHARS)}
# Bytes from here on would make the first signs likelier than the others.
UNEVEN = 256 - 256 % SIGNS


def _drawn_signs() -> list[int]:
    """As many signs as a secret has, each as likely as any other, from the system's own source. Django asks it sign by sign."""
    found: list[int] = []
    while len(found) < CSRF_SECRET_LENGTH:
        found += [one % SIGNS for one in os.urandom(CSRF_SECRET_LENGTH + 8) if one < UNEVEN]
    return found[:CSRF_SECRET_LENGTH]


def _spelt(signs: Iterable[int]) -> str:
    return "".join([CSRF_ALLOWED_CHARS[one] for one in signs])


def _masked(secret: str) -> str:
    """A secret under a mask of its own for each page, as Django masks it: a page that is sent compressed tells nothing of it."""
    mask = _drawn_signs()
    masked = [(PLACES[sign] + one) % SIGNS for sign, one in zip(secret, mask, strict=True)]
    return _spelt(mask) + _spelt(masked)


def _hidden(token: str) -> str:
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)


def form_marks(request: HttpRequest) -> Mapping[str, FormMark]:
    """The names by which templates ask for the mark; stands among the context processors."""
    return {"csrf_input": FormMark(request, _hidden), "csrf_token": FormMark(request, str)}


def local(value: date | datetime) -> date | datetime:
    """A moment as Asia/Shanghai sees it; a day unchanged."""
    return value.astimezone(SHANGHAI) if isinstance(value, datetime) else value


def date_zh(value: date | datetime | None) -> str:
    """2022年5月13日."""
    if value is None:
        return ""
    day = local(value)
    return f"{day.year}年{day.month}月{day.day}日"


def date_iso(value: date | datetime | None) -> str:
    """2022-05-13."""
    return "" if value is None else local(value).strftime("%Y-%m-%d")


def time_zh(value: datetime | None) -> str:
    """2022年5月13日 09:05."""
    return "" if value is None else f"{date_zh(value)} {local(value).strftime('%H:%M')}"


def thousands(value: int | Decimal | None) -> str:
    """1,234,567."""
    return "—" if value is None else f"{value:,}"


def percent(value: Decimal | None) -> str:
    """64.29%."""
    return "—" if value is None else f"{value}%"


def environment(**options: Any) -> Environment:
    """Django's hook: build the environment once per process."""
    options["undefined"] = Undefined
    # Names of templates come from the code alone: none of them is ever given up.
    options |= {"cache_size": -1, "bytecode_cache": kept_in(settings.VAR_DIR, Path(__file__))}
    made = House(trim_blocks=True, lstrip_blocks=True, **options)
    made.globals.update(static=static, url=url, drawn=drawn)
    made.filters.update(
        date_zh=date_zh, date_iso=date_iso, time_zh=time_zh, thousands=thousands, percent=percent
    )
    return made
