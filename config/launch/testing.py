"""The cluster of the tests: its own data, port and passwords, so that no test ever touches a running demo.

A keeper process starts it and holds on while anybody tests: every test process keeps a shared lock on one
file, and the keeper waits for the exclusive one. The kernel drops the locks of a process however it ends, so
that even a `kill -9` of pytest leaves no server behind.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from config.launch.machine import only_one, open_log, tail
from config.launch.places import Places, checkout, make_folder
from config.launch.postgres import Cluster
from config.launch.processes import wait_until
from config.launch.say import Stop
from yichuang.gateways.late import Late

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql
else:
    psycopg, sql = Late("psycopg"), Late("psycopg.sql")

LINGER_SECONDS = 3.0
START_SECONDS = 150.0
KEPT_TEMPLATES = 3


def test_cluster(places: Places) -> Cluster:
    """The cluster of the tests, started or not; without fsync, for a power cut costs it nothing."""
    return Cluster(places, places.var / "test", places.spare / "test", fleeting=True)


test_cluster.__test__ = False  # type: ignore[attr-defined]


def ensure_test_cluster() -> dict[str, str]:
    """Start or find the cluster of the tests and keep it up until this process ends.

    Gives the addresses by role: admin (a superuser, to make databases), owner, app, report, audit. Errors:
    Stop.
    """
    places = checkout()
    home = make_folder(places.var / "test")
    fcntl.flock(_open(home / "users.lock"), fcntl.LOCK_SH)
    with only_one(home / "start.lock", ("等待测试数据库启动", "Waiting for the test database")):
        cluster = test_cluster(places)
        if not _kept(home):
            # Of a keeper that was killed.
            _swept(home).unlink(missing_ok=True)
        if not (_kept(home) and _ready(cluster, home)):
            _start_keeper(cluster, home)
    return test_cluster(places).urls()


def _open(lock: Path) -> int:
    """A descriptor that stays open as long as the process lives, and its lock with it."""
    return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _kept(home: Path) -> bool:
    """Whether a keeper is at work, who will stop the server in the end."""
    with only_one(home / "keeper.lock", None) as free:
        return not free


def _swept(home: Path) -> Path:
    """Stands while the server is up and what killed tests left in it is gone: whatever is made from then on is somebody's."""
    return home / "swept"


def _ready(cluster: Cluster, home: Path) -> bool:
    """Whether tests may make their databases: an answer alone comes before the leftovers are dropped, and new ones with them."""
    return _swept(home).exists() and _answers(cluster)


def _answers(cluster: Cluster) -> bool:
    """Whether the server is up with its roles and database: those of the last role are made last."""
    if cluster.pid() is None:
        return False
    try:
        psycopg.connect(cluster.urls()["audit"], connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _start_keeper(cluster: Cluster, home: Path) -> None:
    log = home / "log" / "keeper.log"
    make_folder(log.parent)
    descriptor = open_log(log)
    try:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "config.launch.testing"],
            cwd=cluster.places.root,
            env={**os.environ, "PYTHONUTF8": "1"},
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    ready = wait_until(lambda: _ready(cluster, home) or keeper.poll() is not None, START_SECONDS)
    if not ready or keeper.poll() is not None:
        raise Stop(f"测试数据库启动失败：\n{tail(log)}", f"No test database; see {log}.", code=1)
    # The keeper outlives us on purpose; without this Python warns that we forgot about it.
    keeper.returncode = 0


def keep() -> int:
    """The keeper: start the cluster, wait until nobody tests any more, stop it."""
    places = checkout()
    home = places.var / "test"
    cluster = test_cluster(places)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with only_one(home / "keeper.lock", ("等待上一个看守进程结束", "Waiting for the last keeper to end")):
        try:
            cluster.start()
            _drop_leftovers(cluster)
            _swept(home).touch()
            _wait_for_nobody(home)
        except Stop as stop:
            return stop.tell()
        finally:
            _swept(home).unlink(missing_ok=True)
            cluster.stop()
    return 0


def _wait_for_nobody(home: Path) -> None:
    """Return once nobody tests, holding the start lock, so that nobody begins while the server stops."""
    users, starts = _open(home / "users.lock"), _open(home / "start.lock")
    while True:
        fcntl.flock(users, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_UN)
        time.sleep(LINGER_SECONDS)
        fcntl.flock(starts, fcntl.LOCK_EX)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(users, fcntl.LOCK_UN)
            return
        fcntl.flock(starts, fcntl.LOCK_UN)


def _drop_leftovers(cluster: Cluster) -> None:
    """Drop what killed tests left behind, and templates of migrations that have changed since."""
    with psycopg.connect(cluster.urls()["admin"], autocommit=True) as connection:
        copies = connection.execute("select datname from pg_database where datname ~ '^test_'").fetchall()
        templates = connection.execute(
            "select datname from pg_database where datname ~ '^template_' order by oid desc"
        ).fetchall()
        for (name,) in [*copies, *templates[KEPT_TEMPLATES:]]:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


if __name__ == "__main__":
    sys.exit(keep())
