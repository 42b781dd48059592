"""R10 in short: a database that confirms every byte and never answers is given up in time."""

import threading
import time

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from tests.faults import network
from tests.faults.conftest import Near
from tests.faults.cuts import through
from tests.faults.proxy import Proxy
from yichuang.kernel import sql

PATIENCE = 1


def test_a_request_into_a_black_hole_ends_and_the_key_resolves_it(
    near: Near, proxied: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, ledger = near.begin()
    monkeypatch.setattr(settings, "DATABASE_PATIENCE_SECONDS", PATIENCE)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "connect_timeout", 2)
    longest, _, wrong = network.cut_for_a_while(post, ledger, network.black_hole(proxied), 1)
    assert [*wrong, *near.auditor.all(ledger)] == []
    assert longest < 10


def test_a_statement_in_a_black_hole_is_given_up_and_the_connection_with_it(
    near: Near, proxied: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sql.one("select 1") == (1,)
    monkeypatch.setattr(settings, "DATABASE_PATIENCE_SECONDS", PATIENCE)
    proxied.black_hole()
    with pytest.raises(OperationalError, match="did not answer in time"):
        sql.one("select 1")
    with pytest.raises(OperationalError, match="closed"):
        sql.one("select 1")
    proxied.heal()
    connection.close()
    # A machine that is busy with other work may keep a sound database silent for a second, too.
    monkeypatch.setattr(settings, "DATABASE_PATIENCE_SECONDS", 60)
    with transaction.atomic():
        assert sql.one("select 1") == (1,)


def test_a_client_without_such_limits_is_still_waiting(near: Near, proxied: Proxy) -> None:
    """The broken variant: PostgreSQL's own client, as it behaves unless it is told."""
    ended = threading.Event()
    careless = psycopg.connect(through(near.urls["app"], proxied))

    def ask() -> None:
        try:
            careless.execute("select 1")
        except psycopg.OperationalError:
            ended.set()

    proxied.black_hole()
    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(2.5 * PATIENCE)
    assert not ended.is_set(), "nobody has told it to give up"
    proxied.heal()
    asking.join(10)
    careless.close()
    assert ended.is_set()
