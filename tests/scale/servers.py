"""Two real PostgreSQL servers: one as the launcher makes it, with all its guarantees, and a streaming replica of it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from config.launch.ground import Ground, ids
from config.launch.machine import free_port
from config.launch.passwords import Secrets
from config.launch.places import Places, make_folder
from config.launch.postgres import ADMIN, Cluster
from config.launch.processes import children, wait_until
from tests.faults.installation import ROOT

CAUGHT_UP_SECONDS = 60.0


class Standby(Cluster):
    """A server made from the base backup of another; it follows that one until it is promoted."""

    def __init__(self, places: Places, home: Path, spare: Path, of: Cluster) -> None:
        super().__init__(places, home, spare)
        self._of = of

    def start(self) -> None:
        """Make it from a base backup where it is missing, start it, and wait until it answers."""
        make_folder(self.home)
        if not self.secrets_file.exists():
            kept = Secrets.load(self._of.secrets_file)
            kept.port = free_port()
            kept.save(self.secrets_file)
        ground = self._choose()
        if not (ground.data / "PG_VERSION").exists():
            self._initialise(ground)
        self._process, self._found = None, None
        self._launch(ground)
        self._wait_ready(ground)

    def promote(self) -> None:
        """Make a primary of it; returns when it takes writes."""
        with psycopg.connect(self.urls()["admin"], autocommit=True) as admin:
            admin.execute("select pg_promote(true, 60)")

    def _initialise(self, ground: Ground) -> None:
        shutil.rmtree(ground.data, ignore_errors=True)
        parts = urlsplit(self._of.urls()["admin"])
        uid, gid, groups = ids(ground.user)
        with tempfile.TemporaryDirectory(prefix=".copy-", dir=ground.data.parent) as made:
            room = Path(made)
            if uid is not None and gid is not None:
                os.chown(room, uid, gid)
            subprocess.run(
                [
                    ground.binaries.program("pg_basebackup"), "-D", room / "data", "-X", "stream", "-c", "fast", "-R",
                    "-d", f"host=127.0.0.1 port={parts.port} user={ADMIN} application_name=standby",
                ],
                cwd="/", check=True, user=uid, group=gid, extra_groups=groups, stdout=subprocess.DEVNULL,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PGPASSWORD": self.secrets.passwords["admin"]},
            )  # fmt: skip
            (room / "data").rename(ground.data)


def execute(server: Cluster, *statements: str) -> None:
    """Run statements as the superuser of a server."""
    with psycopg.connect(server.urls()["admin"], autocommit=True) as admin:
        for statement in statements:
            admin.execute(statement.encode())


def synchronous(primary: Cluster, *, wanted: bool) -> None:
    """Whether the primary confirms nothing that the replica does not have on its disk."""
    names = "'*'" if wanted else "''"
    execute(primary, f"alter system set synchronous_standby_names = {names}", "select pg_reload_conf()")
    if wanted:
        state = "select 1 from pg_stat_replication where sync_state in ('sync', 'quorum')"
        assert wait_until(lambda: bool(asked(primary, state)), CAUGHT_UP_SECONDS)


def asked(server: Cluster, statement: str) -> list[tuple[object, ...]]:
    """The rows of a statement, as the superuser."""
    with psycopg.connect(server.urls()["admin"], autocommit=True) as admin:
        return admin.execute(statement.encode()).fetchall()


def killed(server: Cluster) -> None:
    """`kill -9` of a server and all its children at one blow."""
    pid = server.pid()
    for one in children(pid) if pid is not None else []:
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    wait_until(lambda: server.pid() is None, 10)


def cut_off(standby: Cluster) -> None:
    """Let a replica receive nothing more: it stays as it is while its primary goes on."""
    execute(standby, "alter system set primary_conninfo = ''", "select pg_reload_conf()")
    gone = "select 1 where not exists (select from pg_stat_wal_receiver)"
    assert wait_until(lambda: bool(asked(standby, gone)), CAUGHT_UP_SECONDS)


@contextmanager
def two_servers(folder: Path) -> Iterator[tuple[Cluster, Standby]]:
    """A primary and its replica, both running; nothing is left of them."""
    places = Places(ROOT, folder / "var", folder / "spare")
    primary = Cluster(places, folder / "one", folder / "spare" / "one")
    standby = Standby(places, folder / "two", folder / "spare" / "two", primary)
    try:
        primary.start()
        standby.start()
        yield primary, standby
    finally:
        for server in (primary, standby):
            server.stop()


def both(url: str, other: str) -> str:
    """One address with two hosts: whichever is the primary."""
    parts, second = urlsplit(url), urlsplit(other)
    login = parts.netloc.rpartition("@")[0]
    return f"postgresql://{login}@127.0.0.1:{parts.port},127.0.0.1:{second.port}{parts.path}"
