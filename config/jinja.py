"""The Jinja2 environment of every page: autoescape on, undefined names are errors, Chinese date filters."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import ChainableUndefined, Environment, StrictUndefined

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Undefined(ChainableUndefined, StrictUndefined):
    """A misspelt name fails the page; `a.b is defined` stays possible at any depth."""


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a named page."""
    return reverse(name, args=args, kwargs=kwargs)


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
    made = Environment(trim_blocks=True, lstrip_blocks=True, **options)  # noqa: S701 - Django passes autoescape=True
    made.globals.update(static=static, url=url)
    made.filters.update(
        date_zh=date_zh, date_iso=date_iso, time_zh=time_zh, thousands=thousands, percent=percent
    )
    return made
