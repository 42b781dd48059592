"""When the replica is asked and when not, without a second server: tests/scale tries it with a real one."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, InternalError, OperationalError, connections
from django.http import HttpResponse
from django.test import RequestFactory

from yichuang.kernel import replica, sql
from yichuang.kernel.replica import ALIAS, AWAY, Lag, Router, Writes

MOMENT = datetime(2022, 5, 12, 1, tzinfo=UTC)
NEAR = Lag(MOMENT, 1.0, usable=True)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    replica.forget()
    yield
    replica.forget()
    with suppress(AttributeError):
        del connections[ALIAS]


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation with a replica that follows closely: its alias stands for the same database, for reading only."""
    settings = connections[DEFAULT_DB_ALIAS].settings_dict
    monkeypatch.setitem(connections.databases, ALIAS, {**settings, "OPTIONS": dict(settings["OPTIONS"])})
    monkeypatch.setattr(replica, "_probe", lambda: NEAR)


def where() -> str:
    return replica.alias()


def test_without_a_replica_everything_is_asked_of_the_primary() -> None:
    assert not replica.configured()
    assert (replica.ask(where), replica.as_of()) == (DEFAULT_DB_ALIAS, None)
    assert not replica.may_ask(RequestFactory().get("/figures"))


@pytest.mark.usefixtures("second")
def test_within_a_piece_of_reading_the_replica_is_asked() -> None:
    seen = replica.ask(lambda: (where(), replica.as_of(), replica.ask(where), Router().db_for_read(None)))
    assert seen == (ALIAS, MOMENT, ALIAS, ALIAS)
    assert (where(), replica.as_of(), Router().db_for_read(None)) == (
        DEFAULT_DB_ALIAS,
        None,
        DEFAULT_DB_ALIAS,
    )


@pytest.mark.parametrize("lag", [AWAY, Lag(MOMENT, 60.0, usable=False)], ids=["away", "far behind"])
@pytest.mark.usefixtures("second")
def test_a_replica_that_is_away_or_far_behind_is_not_asked(monkeypatch: pytest.MonkeyPatch, lag: Lag) -> None:
    monkeypatch.setattr(replica, "_probe", lambda: lag)
    assert replica.ask(where) == DEFAULT_DB_ALIAS


@pytest.mark.parametrize(
    "error", [OperationalError("the server closed"), InternalError("read-only"), Writes("Case")]
)
@pytest.mark.usefixtures("second")
def test_what_fails_there_is_begun_anew_on_the_primary(error: Exception) -> None:
    tried: list[str] = []

    def work() -> str:
        tried.append(where())
        if len(tried) == 1:
            raise error
        return where()

    assert replica.ask(work) == DEFAULT_DB_ALIAS
    assert tried == [ALIAS, DEFAULT_DB_ALIAS]
    # A replica that died is left alone for a while; one that only refused to write is not.
    assert (replica.ask(where) == DEFAULT_DB_ALIAS) == isinstance(error, OperationalError)


@pytest.mark.usefixtures("second")
def test_other_trouble_is_the_page_s_own() -> None:
    def work() -> str:
        raise KeyError

    with pytest.raises(KeyError):
        replica.ask(work)
    assert replica.alias() == DEFAULT_DB_ALIAS


@pytest.mark.usefixtures("second")
def test_nothing_is_written_in_a_context_that_reads_the_replica() -> None:
    router, refused = Router(), []

    def work() -> None:
        if replica.alias() == ALIAS:
            with pytest.raises(Writes) as told:
                router.db_for_write(Lag)
            refused.append(str(told.value))

    replica.ask(work)
    assert refused == ["Lag"]
    assert router.db_for_write(Lag) == DEFAULT_DB_ALIAS
    assert (router.allow_migrate(ALIAS, ""), router.allow_migrate(DEFAULT_DB_ALIAS, "")) == (False, True)
    assert router.allow_relation(None, None)


@pytest.mark.usefixtures("second")
def test_a_visitor_who_has_written_reads_the_primary_for_a_while(settings: Any) -> None:
    make = RequestFactory()
    answers = {method: HttpResponse() for method in ("GET", "POST")}
    for method, answer in answers.items():
        replica.remember_write(make.generic(method, "/"), answer)
    assert replica.FRESH not in answers["GET"].cookies
    cookie = answers["POST"].cookies[replica.FRESH]
    assert cookie["max-age"] > settings.REPLICA_LAG_SECONDS
    assert cookie["httponly"]
    request = make.get("/figures")
    assert replica.may_ask(request)
    request.COOKIES[replica.FRESH] = "1"
    assert not replica.may_ask(request)
    assert not replica.may_ask(make.post("/figures"))


class Answers:
    """A connection that answers the probe, or fails."""

    def __init__(self, row: tuple[Any, ...] | Exception) -> None:
        self._row = row

    def __getitem__(self, _alias: str) -> "Answers":
        return self

    def cursor(self) -> "Answers":
        return self

    def __enter__(self) -> "Answers":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def execute(self, _sql: str) -> None:
        if isinstance(self._row, Exception):
            raise self._row

    def fetchone(self) -> object:
        return self._row

    def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize(
    ("row", "usable", "seconds"),
    [
        ((True, MOMENT, 2), True, 2.0),
        ((True, MOMENT, 11), False, 11.0),
        ((True, None, None), False, None),
        ((False, MOMENT, 0), False, None),
        (OperationalError("nobody there"), False, None),
    ],
    ids=["near", "far", "nothing replayed yet", "promoted", "away"],
)
def test_how_it_stands(
    monkeypatch: pytest.MonkeyPatch, row: Any, usable: bool, seconds: float | None
) -> None:
    monkeypatch.setattr(replica, "connections", Answers(row))
    found = replica.lag()
    assert (found.usable, found.seconds) == (usable, seconds)
    monkeypatch.setattr(replica, "_probe", lambda: pytest.fail("asked again at once"))
    assert replica.lag() is found


@pytest.mark.django_db
def test_the_heartbeat_is_a_transaction_of_its_own() -> None:
    before = sql.one("select pg_current_xact_id()::text::bigint")
    replica.beat()
    assert before is not None


def test_a_read_that_the_server_itself_refuses_to_write(committed: dict[str, str], monkeypatch: Any) -> None:
    """The replica's connection only reads: a statement of the runner that writes goes on the primary, and only there."""
    settings = connections[DEFAULT_DB_ALIAS].settings_dict
    options = {
        **settings["OPTIONS"],
        "options": settings["OPTIONS"]["options"] + " -c default_transaction_read_only=on",
    }
    monkeypatch.setitem(connections.databases, ALIAS, {**settings, "OPTIONS": options})
    monkeypatch.setattr(replica, "_probe", lambda: NEAR)
    seen: list[str] = []

    def work() -> int:
        seen.append(where())
        return sql.execute("insert into effects_cursor (name, seal) values ('replica', 0)")

    try:
        assert replica.ask(work) == 1
        assert seen == [ALIAS, DEFAULT_DB_ALIAS]
        assert sql.one("select count(*) from effects_cursor where name = 'replica'") == (1,)
        assert replica.ask(where) == ALIAS, "it is not away"
    finally:
        connections[ALIAS].close()
