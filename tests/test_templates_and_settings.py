"""What templates are given, what the settings make of an environment, and that a site without a secret never starts."""

import json
import os
import re
import secrets
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from django.core.cache import cache as tries
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from config import jinja
from config.settings import database
from yichuang.kernel import sql

ROOT = Path(__file__).resolve().parent.parent
days = st.dates(date(1000, 1, 1), date(9999, 12, 30))
EARLIEST, LATEST = (datetime(year, 1, 2, tzinfo=UTC).replace(tzinfo=None) for year in (1995, 2999))


@given(days)
def test_a_day_is_told_in_both_ways_without_loss(day: date) -> None:
    found = re.fullmatch(r"(\d+)年(\d+)月(\d+)日", jinja.date_zh(day))
    assert found is not None
    assert date(*map(int, found.groups())) == day
    assert date.fromisoformat(jinja.date_iso(day)) == day
    assert not re.search(r"[年月]0", jinja.date_zh(day))


@given(st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC)))
def test_a_moment_is_told_as_shanghai_sees_it(moment: datetime) -> None:
    """Eight hours ahead of Greenwich, all year."""
    there = moment.replace(tzinfo=None) + timedelta(hours=8)
    assert jinja.date_iso(moment) == there.date().isoformat()
    assert jinja.time_zh(moment) == f"{jinja.date_zh(there.date())} {there.hour:02d}:{there.minute:02d}"


def test_what_is_not_there_is_nothing_or_a_dash() -> None:
    assert (jinja.date_zh(None), jinja.date_iso(None), jinja.time_zh(None)) == ("", "", "")
    assert (jinja.thousands(None), jinja.percent(None)) == ("—", "—")
    assert (jinja.thousands(0), jinja.percent(Decimal("0.00"))) == ("0", "0.00%")


@given(st.integers(-(10**15), 10**15))
def test_thousands_are_grouped_and_lose_no_digit(number: int) -> None:
    text = jinja.thousands(number)
    assert int(text.replace(",", "")) == number
    head, *rest = text.lstrip("-").split(",")
    assert 1 <= len(head) <= 3
    assert all(len(part) == 3 for part in rest)


@given(st.decimals(0, 100, places=2))
def test_a_percentage_stands_as_it_was_computed(value: Decimal) -> None:
    assert jinja.percent(value) == f"{value:.2f}%"
    assert jinja.thousands(Decimal("1234567.50")) == "1,234,567.50"


ENVIRONMENT = jinja.environment(autoescape=True)


def drawn(text: str, **given: object) -> str:
    return ENVIRONMENT.from_string(text).render(**given)


@pytest.mark.parametrize(
    "text",
    [
        "{{ missing }}",
        "{{ a.b }}",
        "{{ a.b.c }}",
        "{% for x in missing %}{% endfor %}",
        "{{ missing|length }}",
    ],
)
def test_a_misspelt_name_fails_the_page(text: str) -> None:
    with pytest.raises(UndefinedError):
        drawn(text, a={})


def test_whether_something_is_there_may_be_asked_at_any_depth() -> None:
    assert drawn("{{ a.b.c is defined }}", a={}) == "False"
    assert drawn("{{ a.b.c|default('无') }}", a={}) == "无"


@given(st.text(max_size=40))
def test_words_never_become_markup(text: str) -> None:
    made = drawn('<p title="{{ it }}">{{ it }}</p>', it=text)
    inner = made.removeprefix('<p title="').removesuffix("</p>")
    assert not re.search("[<\"']", inner.replace('">', "", 1))
    assert drawn("{{ it|date_zh }}", it=None) == ""


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("postgresql://u:p@h:5433/d", ("d", "u", "p", "h", "5433")),
        ("postgresql://u@127.0.0.1/d", ("d", "u", "", "127.0.0.1", "")),
        ("postgresql://u%40x:p%3A%2F%40%25@h:1/d%20e", ("d e", "u@x", "p:/@%", "h", "1")),
        ("postgresql://u:p@[::1]:5432/d", ("d", "u", "p", "::1", "5432")),
        ("postgresql:///d", ("d", "", "", "", "")),
        ("postgresql://u:p%2F@%2Fvar%2FRun%2Fpg:5433/d", ("d", "u", "p/", "/var/Run/pg", "5433")),
        ("postgresql://u@%2Frun%2Fa,%2Frun%2Fb:5433/d", ("d", "u", "", "/run/a,/run/b", "5432,5433")),
    ],
)
def test_an_address_is_taken_apart_exactly(address: str, wanted: tuple[str, ...]) -> None:
    made = database(address)
    assert tuple(made[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == wanted


def test_every_connection_has_its_limits_of_time() -> None:
    """A hung network, a hung statement and a forgotten transaction all end by themselves."""
    made = database("postgresql://u@h/d")
    options = made["OPTIONS"]
    assert (options["connect_timeout"], options["tcp_user_timeout"]) == (3, 5000)
    for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        assert re.search(rf"-c {limit}=[1-9]\d*", options["options"]), limit
    assert options["prepare_threshold"] is not None
    assert made["CONN_HEALTH_CHECKS"] is True


@pytest.mark.django_db
def test_a_race_of_the_tests_waits_longer_for_a_lock_than_people_do() -> None:
    """Five seconds are enough for a page; six racers on a machine that is busy with other work may need more."""
    product = re.search(r"-c lock_timeout=(\d+)", database("postgresql://u@h/d")["OPTIONS"]["options"])
    statement = re.search(r"-c statement_timeout=(\d+)", database("postgresql://u@h/d")["OPTIONS"]["options"])
    assert product is not None
    assert statement is not None
    assert product[1] == "5000"
    ((ours,),) = sql.rows("select setting::int from pg_settings where name = 'lock_timeout'")
    assert 5000 < ours < int(statement[1]), "and it is the lock that is told of"


@pytest.mark.parametrize("turn", [1, 2], ids=["one", "another"])
def test_no_test_finds_the_tries_that_another_has_counted(turn: int) -> None:
    """In either order: the second would find what the first has left."""
    assert tries.get("tries-at-a-code") is None
    tries.set("tries-at-a-code", turn)
    assert tries.get("tries-at-a-code") == turn


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="ort"):
        database("postgresql://u@h:99999/d")


ASK = """
import json
from django.conf import settings
print(json.dumps({n: getattr(settings, n) for n in (
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "DEBUG", "DEMO", "FOLLOW_SECRET",
    "ALLOWED_HOSTS", "AXES_ENABLED", "PASSWORD_HASHERS")}))
"""


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process of its own in which nothing is set but what is given."""
    clean = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("DJANGO", "DATABASE", "YICHUANG", "SECRET", "FOLLOW"))
    }
    clean |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=False, timeout=60
    )  # fmt: skip


def test_a_site_without_a_secret_never_starts() -> None:
    done = python("import config.wsgi; print('started')", SECRET_KEY="")
    assert done.returncode != 0
    assert "started" not in done.stdout
    assert "SECRET_KEY" in done.stderr
    done = python("import config.wsgi; print('started')", SECRET_KEY=secrets.token_urlsafe(48))
    assert (done.returncode, done.stdout) == (0, "started\n")


@cache
def settings_of(**environment: str) -> dict[str, object]:
    done = python(ASK, SECRET_KEY="k" * 50, **environment)
    assert done.returncode == 0, done.stderr
    made: dict[str, object] = json.loads(done.stdout)
    return made


def test_a_site_behind_tls_locks_its_cookies_to_it() -> None:
    plain, tls = settings_of(), settings_of(YICHUANG_HTTPS="1")
    assert (plain["SESSION_COOKIE_SECURE"], plain["CSRF_COOKIE_SECURE"], plain["SECURE_HSTS_SECONDS"]) == (
        False,
        False,
        0,
    )
    assert (tls["SESSION_COOKIE_SECURE"], tls["CSRF_COOKIE_SECURE"]) == (True, True)
    assert isinstance(tls["SECURE_HSTS_SECONDS"], int)
    assert tls["SECURE_HSTS_SECONDS"] >= 180 * 86_400


def test_a_site_that_serves_is_strict_unless_told_otherwise() -> None:
    made = settings_of()
    assert (made["DEBUG"], made["DEMO"], made["AXES_ENABLED"]) == (False, False, True)
    assert made["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost"]
    hashers = made["PASSWORD_HASHERS"]
    assert isinstance(hashers, list)
    assert "Scrypt" in hashers[0]
    assert not [name for name in hashers if "MD5" in name]


def test_the_secret_of_query_codes_is_never_empty() -> None:
    assert settings_of()["FOLLOW_SECRET"] == "k" * 50
    assert settings_of(FOLLOW_SECRET="")["FOLLOW_SECRET"] == "k" * 50
    assert settings_of(FOLLOW_SECRET="own")["FOLLOW_SECRET"] == "own"
