"""Lists are read from the replica where one follows closely; what it does not end, the primary does; rights are asked of the primary."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, connections

from yichuang.directory.models import Post
from yichuang.exports import render
from yichuang.exports.flow import Format, State
from yichuang.exports.models import Export
from yichuang.exports.tests.test_run import AT, asked, exporter, folder
from yichuang.kernel import replica
from yichuang.kernel.replica import ALIAS, AWAY, Lag

NEAR, FAR = Lag(AT, 1.0, usable=True), Lag(AT, 60.0, usable=False)


class Reading:
    """Which servers were read, and which of them die in the middle."""

    def __init__(self, lag: Lag, *dying: str) -> None:
        self.lag, self.dying = lag, dying
        self.read: list[str] = []
        self.wrote_within: list[str] = []

    @contextmanager
    def reader(self, alias: str = DEFAULT_DB_ALIAS) -> Iterator[Any]:
        """In place of a connection, which sees nothing of what a test has not committed."""
        yield alias

    def write(self, connection: Any, _chosen: Any, path: Any, progress: render.Progress) -> int:
        """In place of the list."""
        self.read.append(connection)
        self.wrote_within.append(replica.alias())
        path.write_text(connection)
        if connection in self.dying:
            raise psycopg.OperationalError("canceling statement due to conflict with recovery")
        progress.rows = 1
        return 1


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Reading]:
    """An installation with a replica, and what became of it."""
    given: Reading = request.param
    given.read, given.wrote_within = [], []
    replica.forget()
    monkeypatch.setitem(connections.databases, ALIAS, {**connections[DEFAULT_DB_ALIAS].settings_dict})
    monkeypatch.setattr(replica, "_probe", lambda: given.lag)
    monkeypatch.setattr(render, "reader", given.reader)
    monkeypatch.setattr(render, "_locked", lambda *_: True)
    monkeypatch.setattr(render, "_expected", lambda *_: 1)
    monkeypatch.setattr(render, "WRITERS", dict.fromkeys(Format, given.write))
    yield given
    replica.forget()
    with suppress(AttributeError):
        del connections[ALIAS]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reading", "servers"),
    [
        (Reading(NEAR), [ALIAS]),
        (Reading(FAR), [DEFAULT_DB_ALIAS]),
        (Reading(AWAY), [DEFAULT_DB_ALIAS]),
        (Reading(NEAR, ALIAS), [ALIAS, DEFAULT_DB_ALIAS]),
    ],
    ids=["near", "far behind", "away", "dies in the middle"],
    indirect=["reading"],
)
def test_the_list_is_read_where_it_can_be(reading: Reading, servers: list[str]) -> None:
    export_id = asked(exporter())
    render.run(export_id, at=AT)
    assert reading.read == servers
    # The rows that say how far it has come are the primary's, whatever is read.
    assert set(reading.wrote_within) == {DEFAULT_DB_ALIAS}
    row = Export.objects.get(pk=export_id)
    assert (row.state, row.rows) == (State.DONE, 1)
    with render.handouts().open(render.file_name(row)) as file:
        assert file.read() == servers[-1].encode(), "nothing of the file that was not ended"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "reading",
    [Reading(NEAR, ALIAS, DEFAULT_DB_ALIAS), Reading(AWAY, DEFAULT_DB_ALIAS)],
    indirect=True,
    ids=["both", "one"],
)
def test_where_the_primary_dies_too_the_job_waits_and_leaves_nothing(reading: Reading) -> None:
    export_id = asked(exporter())
    with pytest.raises(psycopg.OperationalError):
        render.run(export_id, at=AT)
    assert reading.read[-1] == DEFAULT_DB_ALIAS
    assert folder() == []
    assert Export.objects.get(pk=export_id).state == State.RUNNING


@pytest.mark.django_db
@pytest.mark.parametrize("reading", [Reading(NEAR)], indirect=True, ids=[""])
def test_who_lost_the_right_a_moment_ago_gets_nothing_though_the_replica_does_not_know(
    reading: Reading,
) -> None:
    export_id = asked(exporter())
    Post.objects.filter(name="导出岗").update(capabilities=[])
    render.run(export_id, at=AT)
    assert reading.read == []
    assert Export.objects.get(pk=export_id).state == State.REFUSED


def test_without_a_replica_lists_are_read_from_the_primary() -> None:
    assert not replica.configured()
    assert render.source() == DEFAULT_DB_ALIAS
