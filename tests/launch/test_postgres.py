"""The private PostgreSQL for real: made, reused, found again after a kill, stopped, refused."""

import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from config.launch.binaries import Binaries
from config.launch.ground import Ground
from config.launch.lockfile import server_pid
from config.launch.places import Places
from config.launch.postgres import LONGEST_SOCKETS, SOCKETS, Cluster, _sockets
from config.launch.processes import alive, wait_until, working_in
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


def test_locale_encoding_checksums_and_addresses(cluster: Cluster) -> None:
    cluster.start()
    admin = cluster.urls()["admin"]

    assert value(admin, "select current_setting('server_encoding')") == "UTF8"
    assert value(admin, "select datcollate from pg_database where datname = 'yichuang'") == "C"
    assert value(admin, "select datctype from pg_database where datname = 'yichuang'") == "C.UTF-8"
    assert value(admin, "select current_setting('data_checksums')") == "on"
    assert value(admin, "select current_setting('listen_addresses')") == "127.0.0.1"
    assert value(admin, "select current_setting('unix_socket_directories')") == str(cluster.home / SOCKETS)
    assert value(admin, "select upper('ä') || lower('Ö')") == "Äö", "letters beyond ASCII are known"


def test_the_socket_is_ours_alone_and_still_asks_for_the_password(cluster: Cluster) -> None:
    url = cluster.urls()["app"]
    assert cluster.near(url) == url, "nothing runs yet"
    cluster.start()
    folder, near = cluster.home / SOCKETS, cluster.near(cluster.urls()["app"])
    assert str(folder).replace("/", "%2F") in near
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert value(near, "select inet_client_addr() is null") is True
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(near.replace(cluster.secrets.passwords["app"], "wrong"))
    assert other(cluster).near(cluster.urls()["app"]) == near, "whoever comes later finds it too"
    foreign = "postgresql://u:p@db.example:5432/d"
    assert cluster.near(foreign) == foreign
    cluster.stop()
    assert cluster.near(url) == url


def test_what_a_killed_server_leaves_of_its_socket_stands_in_nobodys_way(cluster: Cluster) -> None:
    cluster.start()
    pid, port = cluster.pid(), cluster.secrets.port
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not working_in(cluster.home / "postgres"), 10)
    cluster.stop()
    # Its number may be another's by now, of somebody who lives: without taking it away PostgreSQL would not start.
    (cluster.home / SOCKETS / f".s.PGSQL.{port}.lock").write_text(
        f"{os.getppid()}\n{cluster.home}\n1\n{port}\n\n\n"
    )
    again = other(cluster)
    again.start()
    try:
        assert value(again.near(again.urls()["app"]), "select 1") == 1
    finally:
        again.stop()


def test_a_path_too_long_or_not_to_be_quoted_leaves_the_loopback(tmp_path: Path) -> None:
    def folder(name: str) -> str:
        home = tmp_path / name
        home.mkdir()
        return _sockets(Ground(home / "postgres", None, Binaries(tmp_path, 15)))

    room = LONGEST_SOCKETS - len(str(tmp_path)) - len(f"//{SOCKETS}")
    if room > 0:
        assert folder("a" * room) == str(tmp_path / ("a" * room) / SOCKETS)
    assert folder("b" * max(room + 1, 1)) == ""
    assert [folder(name) for name in ("it's", "a,b", 'a"b', "a\\b")] == [""] * 4


def test_the_cluster_of_a_site_is_durable(places: Places) -> None:
    cluster = Cluster(places, places.var, places.spare)
    try:
        cluster.start()
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert value(cluster.urls()["admin"], f"select current_setting('{setting}')") == "on"
    finally:
        cluster.stop()


def test_roles_may_connect_but_only_the_owner_may_create(cluster: Cluster) -> None:
    cluster.start()
    urls = cluster.urls()

    assert value(urls["owner"], "select has_database_privilege(current_database(), 'create')") is True
    for role in ("app", "report", "audit"):
        with psycopg.connect(urls[role]) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("create table public.mine (value int)")
    for role in ("owner", "app", "report", "audit"):
        assert (
            value(urls[role], "select rolsuper or rolcreaterole from pg_roles where rolname = current_user")
            is False
        )


def test_passwords_are_random_needed_and_closed_to_others(cluster: Cluster) -> None:
    cluster.start()
    passwords = cluster.secrets.passwords

    assert len(set(passwords.values())) == 5
    assert all(len(password) >= 24 for password in passwords.values())
    assert stat.S_IMODE(cluster.secrets_file.stat().st_mode) == 0o600
    wrong = cluster.urls()["app"].replace(passwords["app"], "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    hba = (cluster.home / "postgres" / "pg_hba.conf").read_text()
    assert "trust" not in [line.split()[-1] for line in hba.splitlines() if line.strip() and line[0] != "#"]


def test_starting_twice_finds_the_running_server(cluster: Cluster) -> None:
    cluster.start()
    pid = cluster.pid()

    again = other(cluster)
    again.start()

    assert again.pid() == pid
    assert again.running()


def test_stop_keeps_what_was_committed_and_leaves_no_process(cluster: Cluster) -> None:
    cluster.start()
    with psycopg.connect(cluster.urls()["owner"]) as connection:
        connection.execute("create table kept as select 7 as seven")
    pid = cluster.pid()
    assert pid is not None
    cluster.stop()
    assert not alive(pid)
    assert cluster.pid() is None
    assert not working_in(cluster.home / "postgres")

    cluster.start()
    assert value(cluster.urls()["owner"], "select seven from kept") == 7


def test_stop_of_a_server_that_another_launcher_started(cluster: Cluster) -> None:
    cluster.start()
    later = other(cluster)

    later.stop()

    assert later.pid() is None
    assert not cluster.running()


def test_stop_waits_for_the_process_not_for_its_lock_file(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server takes its lock file away before it ends."""
    cluster.start()
    later, pid = other(cluster), cluster.pid()
    assert pid is not None
    said = iter([pid])
    monkeypatch.setattr(later, "pid", lambda: next(said, None))

    later.stop()

    assert not alive(pid)


def test_start_after_kill_nine_though_the_server_is_a_zombie(cluster: Cluster) -> None:
    cluster.start()
    pid = cluster.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not alive(pid), 30)
    assert Path(f"/proc/{pid}").exists(), "nobody collected it: PostgreSQL itself would take it for alive"

    again = other(cluster)
    again.start()

    assert again.pid() not in (None, pid)
    cluster.running()
    again.stop()


def test_start_although_the_pid_in_the_lock_file_is_another_program(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    lock = cluster.home / "postgres" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{cluster.home / 'postgres'}\n{int(time.time())}\n5432\n\n127.0.0.1\n")

    assert server_pid(cluster.home / "postgres") is None
    cluster.start()

    assert cluster.pid() != os.getpid()


def test_another_port_where_the_remembered_one_is_taken(cluster: Cluster) -> None:
    cluster.start()
    before = cluster.secrets.port
    cluster.stop()
    listener = subprocess.Popen(
        [
            "python3",
            "-c",
            f"import socket,time;s=socket.create_server(('127.0.0.1',{before}));print(1,flush=True);time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert listener.stdout is not None
        listener.stdout.readline()
        cluster.start()
        assert cluster.secrets.port != before
        assert value(cluster.urls()["app"], "select 1") == 1
    finally:
        listener.kill()
        listener.communicate()


def test_a_broken_off_initdb_leaves_nothing_that_stands_in_the_way(cluster: Cluster) -> None:
    (cluster.home / "postgres").mkdir(parents=True)
    (cluster.home / "postgres" / "half-made").touch()

    cluster.start()

    assert not (cluster.home / "postgres" / "half-made").exists()
    assert cluster.pid() is not None


def test_lost_passwords_are_a_sentence_and_the_data_stays(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    cluster.secrets_file.unlink()

    with pytest.raises(Stop, match="已丢失"):
        other(cluster).start()

    assert (cluster.home / "postgres" / "PG_VERSION").exists()


def test_damaged_passwords_are_a_sentence(cluster: Cluster) -> None:
    cluster.home.mkdir()
    cluster.secrets_file.write_text("{")

    with pytest.raises(Stop, match="已损坏"):
        cluster.start()


def test_data_of_a_version_that_is_not_installed_is_a_sentence(cluster: Cluster) -> None:
    data = cluster.home / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("11\n")

    with pytest.raises(Stop, match="PostgreSQL 11"):
        cluster.start()


def test_a_server_that_cannot_start_is_a_sentence_with_its_reason(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.home / "postgres" / "global" / "pg_control").unlink()

    with pytest.raises(Stop, match="数据库启动失败"):
        cluster.start()


def test_a_full_disk_is_the_sentence_about_the_disk(room: Path, places: Places) -> None:
    fake = room / "bin"
    fake.mkdir()
    for name in ("initdb", "postgres"):
        (fake / name).write_text(
            '#!/bin/sh\necho "initdb: error: could not write: No space left on device" >&2\nexit 1\n'
        )
        (fake / name).chmod(0o755)
    cluster = Cluster(places, places.var, places.spare, binaries=Binaries(fake, 15))

    with pytest.raises(Stop, match="磁盘空间不足"):
        cluster.start()


def test_remove_deletes_data_and_passwords(cluster: Cluster) -> None:
    cluster.start()

    cluster.remove()

    assert cluster.pid() is None
    assert not (cluster.home / "postgres").exists()
    assert not cluster.secrets_file.exists()
