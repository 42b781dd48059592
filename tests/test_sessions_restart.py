"""A database that was restarted costs nobody a page: the first question of a page notices the dead connection and asks again."""

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from config import sessions
from yichuang.directory.queries import session_row
from yichuang.directory.tests import factories as people

PAGE = "/desk/messages"


def cut(addresses: dict[str, str]) -> None:
    """The database ends our connection, as it does when it is restarted."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with psycopg.connect(addresses["admin"], autocommit=True) as admin:
        admin.execute("select pg_terminate_backend(%s, 3000)", [pid])


def test_a_restarted_database_costs_no_page(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Client()
    browser.force_login(
        people.account_of(people.clerk()), backend="django.contrib.auth.backends.ModelBackend"
    )
    connection.close()
    connection.ensure_connection()
    cut(committed)
    assert browser.get(PAGE).status_code == 200
    # The broken variant: asked once and no more.
    cut(committed)
    monkeypatch.setattr(
        sessions, "_patiently", lambda key, guess, day: session_row(key, guess, at=timezone.now(), on=day)
    )
    assert browser.get(PAGE).status_code == 503
