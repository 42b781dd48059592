"""The site under test: a PostgreSQL of its own with everything that makes writes durable, web server and worker as `make run`
starts them, and a database that is made once for each state of the sources."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench.machine import Usage, seconds_of, usage
from config.launch import processes
from config.launch.machine import free_port
from config.launch.places import Places, checkout, make_folder
from config.launch.postgres import Cluster
from config.launch.running import health
from config.launch.say import Stop

SETTINGS = {
    "shared_buffers": "{buffers}MB", "work_mem": "64MB", "max_wal_size": "8GB", "wal_compression": "lz4",
    "checkpoint_timeout": "15min", "jit": "off", "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
    "autovacuum": "on",
}  # fmt: skip
BUFFERS_MB = 4096
# How `make run` starts its web server, and so how the site and every peer is served: a test holds the two against each other.
SERVER = (
    "--workers", "2", "--blocking-threads", "16", "--backlog", "1024", "--no-ws",
    "--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "8",
)  # fmt: skip
# So many write the ballast at the same time: as many as the processors of the machine that the plan is for.
SEEDERS = 2
QUARTERS = """
select journal_ensure_quarter(p.parent, (current_date - g.back * interval '1 month')::date)
from journal_partitioned p, generate_series(0, 13) as g(back)
"""
# Whom a process of the database serves.
SERVED = ("web", "worker", "server")
Part = tuple[str, float]
START_SECONDS, STOP_SECONDS = 60.0, 20.0
SOURCES = (
    "yichuang/**/migrations/*.py",
    "yichuang/**/fixtures/**/*.json",
    "bench/prepare.py",
    "bench/seed.sql",
)


@dataclass
class Site:
    """One run: cluster, database, processes. `start` brings it up, `stop` leaves nothing behind."""

    cases: int
    places: Places = field(default_factory=checkout)
    web: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None
    port: int = 0
    prepared: dict[str, Any] = field(default_factory=dict)
    database: str = ""
    beside: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        home = make_folder(self.places.var / "bench")
        self.cluster = Cluster(self.places, home, self.places.spare / "bench")

    def url(self, role: str) -> str:
        """The address of the database under test for a role, by the socket as `make run` takes it; `admin` is the superuser."""
        return self.cluster.near(self.cluster.urls()[role]).rpartition("/")[0] + "/" + self.database

    def environment(self, role: str = "app") -> dict[str, str]:
        """What the settings read: a real site, no demonstration clock."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("YICHUANG", "PG"))}
        return {
            **clean, "DATABASE_URL": self.url(role), "SECRET_KEY": self.cluster.secrets.key,
            "DJANGO_SETTINGS_MODULE": "config.settings", "YICHUANG_VAR": str(self.cluster.home / "site"),
            "YICHUANG_DEMO": "0", "PYTHONUTF8": "1", "ALLOWED_HOSTS": "127.0.0.1", **processes.MEMORY,
            processes.MARK: str(self.cluster.home),
        }  # fmt: skip

    def start(self) -> None:
        """Cluster with the bench's settings, database, web server and worker. Errors: Stop."""
        self.start_database()
        self.serve()

    def serve(self, queues: str = "") -> None:
        """Web server and worker on the database under test; the worker of all queues, or of those named. Errors: Stop."""
        self.port = free_port()
        web = [str(self.places.python), "-m", "config.web", *serving(self.port), "config.wsgi:application"]
        self.web = self._child("web", web)
        of = ["--queues", queues] if queues else []
        self.worker = self._child("worker", [str(self.places.command), "work", *of])
        self._await()

    def start_database(self) -> None:
        """Cluster with the bench's settings and the prepared database, no processes. Errors: Stop."""
        self._start_cluster()
        self._make_database()

    def start_empty(self, name: str = "bench_empty", *, kept: bool = False) -> None:
        """Cluster with the bench's settings and a migrated database with nothing in it; no processes. Errors: Stop.

        `kept`: the database of that name stays as an earlier run has left it, brought to today's tables. Names that do not begin with "bench_" stay on the disk.
        """
        self._start_cluster()
        self.database = name
        with psycopg.connect(self.cluster.urls()["admin"], autocommit=True) as admin:
            there = admin.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
            if not (kept and there):
                admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
                admin.execute(sql.SQL("create database {} owner yichuang_owner").format(sql.Identifier(name)))
        self._tool(["-m", "django", "migrate", "--no-input", "-v", "0"], "owner")

    def drop(self) -> None:
        """Remove the database under test."""
        with psycopg.connect(self.cluster.urls()["admin"], autocommit=True) as admin:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(self.database)))

    def _child(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        """One process of the site, in a session of its own, its words in a log."""
        with (make_folder(self.cluster.home / "log") / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.places.root, env=self.environment() | {"PGAPPNAME": name}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def _start_cluster(self) -> None:
        """The server, freshly started (what it is started with may be another than before), under the bench's settings."""
        # What a run that was killed has left behind carries our mark.
        processes.end(processes.marked(str(self.cluster.home)), patience=5)
        self.cluster.stop()
        self.cluster.start()
        self._configure()

    def _configure(self) -> None:
        """The settings under which performance is told; some need a second start, where they were not in force already."""
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
        wanted = {
            name: value.format(buffers=min(BUFFERS_MB, memory // 6)) for name, value in SETTINGS.items()
        }
        with psycopg.connect(self.cluster.urls()["admin"], autocommit=True) as admin:
            # The server was started a moment ago: what its files say and can be applied is in force.
            stands: dict[str, str] = dict(
                admin.execute("select name, setting from pg_file_settings where applied").fetchall()
            )
            if wanted.items() <= stands.items():
                return
            for name, value in wanted.items():
                admin.execute(
                    sql.SQL("alter system set {} = {}").format(sql.Identifier(name), sql.Literal(value))
                )
        self.cluster.stop()
        self.cluster.start()

    def _make_database(self) -> None:
        """A fresh copy of the prepared database; prepared anew where the sources or the number of cases changed."""
        digest = self._digest()
        base, empty = f"base_{self.cases}_{digest}", f"base_0_{digest}"
        with psycopg.connect(self.cluster.urls()["admin"], autocommit=True) as admin:
            known = [
                name
                for (name,) in admin.execute(
                    "select datname from pg_database where datname ~ '^(base|bench)_'"
                )
            ]
            standing = set()
            for name in known:
                # Of the same sources every number of cases stays: scenarios of one run ask for several.
                if name.endswith(digest) and self._told(name).exists():
                    standing.add(name)
                    continue
                admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
                self._told(name).unlink(missing_ok=True)
            # Catalogue, people and tokens are the same whatever stands there before: they are made once.
            if not {base, empty} & standing:
                self._prepare(admin, empty)
            if base not in standing | {empty}:
                self._seed(admin, base, empty)
            self.database = "bench_run"
            admin.execute(
                f"create database bench_run template {base} owner yichuang_owner strategy file_copy"
            )
        self.prepared = json.loads(self._told(base).read_text())

    def _digest(self) -> str:
        found = hashlib.sha256(self.cluster.secrets.key.encode())
        for pattern in SOURCES:
            for path in sorted(self.places.root.glob(pattern)):
                found.update(path.read_bytes())
        return found.hexdigest()[:12]

    def _told(self, base: str) -> Path:
        """What the load needs to know of a prepared database; it is there when that is finished."""
        return self.cluster.home / f"{base}.json"

    def _prepare(self, admin: psycopg.Connection[Any], empty: str) -> None:
        """A migrated database with catalogue, people and tokens, and no case."""
        print("  preparing catalogue and people (once for these sources)", file=sys.stderr, flush=True)
        admin.execute(f"create database {empty} owner yichuang_owner")
        self.database = empty
        self._tool(["-m", "django", "migrate", "--no-input", "-v", "0"], "owner")
        said = self._tool(["-m", "bench.prepare"], "app")
        with psycopg.connect(self.url("admin"), autocommit=True) as superuser:
            superuser.execute("vacuum analyze")
        self._told(empty).write_text(said)

    def _seed(self, admin: psycopg.Connection[Any], base: str, empty: str) -> None:
        """A copy of it with cases."""
        print(f"  preparing {self.cases:,} cases (once for these sources)", file=sys.stderr, flush=True)
        admin.execute(f"create database {base} template {empty} owner yichuang_owner strategy file_copy")
        self.database = base
        text = (Path(__file__).with_name("seed.sql")).read_text(encoding="utf-8")
        self.ask(QUARTERS)
        with ThreadPoolExecutor(SEEDERS) as pool:
            for written in [pool.submit(self.ask, part) for part in parts(text, self.cases, SEEDERS)]:
                written.result()
        self.ask("vacuum analyze")
        self._told(base).write_text(self._told(empty).read_text())

    def _tool(self, arguments: list[str], role: str) -> str:
        done = subprocess.run(
            [str(self.places.python), *arguments], cwd=self.places.root, env=self.environment(role), capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise Stop(f"准备失败：{done.stderr[-1500:]}", f"{arguments} failed.", code=1)
        return done.stdout

    def tool(self, arguments: list[str], given: str = "", more: Mapping[str, str] | None = None) -> str:
        """Run one of the bench's own modules on the database under test, with `more` in its environment; its standard output."""
        done = subprocess.run(
            [str(self.places.python), "-m", *arguments], cwd=self.places.root, env=self.environment() | dict(more or {}),
            input=given, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise Stop(f"{arguments[0]} 失败：{done.stderr[-1500:]}", f"{arguments[0]} failed.", code=1)
        return done.stdout

    def _await(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if health(self.port)[0] == 200:
                return
            time.sleep(0.2)
        raise Stop(
            f"网站没有就绪，详见 {self.cluster.home}/log", "The site under test was not ready.", code=1
        )

    def usage(self) -> Usage:
        """What web server, worker and database have used up to now."""
        return usage(pid_of(self.web), pid_of(self.worker), self.cluster.pid())

    def database_parts(self) -> dict[int, Part]:
        """What the database's processes that live now have used, by process: whom they serve (web, worker, or the server itself)
        and processor seconds up to now."""
        serving = self.ask(
            "select case when backend_type = 'client backend' then application_name else 'server' end, pid from pg_stat_activity "
            "where pid <> pg_backend_pid()"
        )
        return {pid: (name, seconds_of(pid)) for name, pid in serving if name in SERVED}

    def rest_worker(self) -> None:
        """End the worker in order: beside the limit nothing else runs, and nothing holds a lock."""
        if self.worker is not None:
            end(self.worker)
            self.worker = None

    def rest(self) -> None:
        """End web server and worker; the database stays up."""
        self.rest_worker()
        if self.web is not None:
            end(self.web)
            self.web = None

    def wake_worker(self) -> None:
        """Start the worker again."""
        self.worker = self._child("worker", [str(self.places.command), "work"])

    def start_beside(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        """One more process of the site, ended with it."""
        child = self._child(name.replace(" ", "-"), command)
        self.beside.append(child)
        return child

    def ask(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """One question to the database under test, as its superuser."""
        with psycopg.connect(self.url("admin"), autocommit=True) as admin:
            found = admin.execute(statement.encode(), parameters)
            return found.fetchall() if found.description else []

    def stop(self) -> None:
        """Stop web server, worker and database; the prepared database is kept for the next run."""
        for child in (*self.beside, self.web, self.worker):
            if child is not None:
                end(child)
        self.cluster.stop()
        # What a tool of the bench has started itself, where that was ended before it could.
        processes.end(processes.marked(str(self.cluster.home)), patience=1)


def parts(text: str, cases: int, many: int) -> list[str]:
    """The script that seeds, once for each of those who write at the same time: together they write every case, none twice."""
    given = {":parts": many, ":cases": cases}
    found = []
    for part in range(1, many + 1):
        script = text
        for name, value in {**given, ":part": part}.items():
            script = script.replace(name, str(value))
        found.append(script)
    return found


def worked_for(before: Mapping[int, Part], after: Mapping[int, Part], whole: float) -> dict[str, float]:
    """Processor seconds of the database between two moments by whom they served. `whole`: of all its processes; what is left of it
    is told as "ended": of processes that did not live to the second moment, or that serve none of the three.

    One that ended takes nothing of what it had used before with it, and one that began between the two counts from its beginning.
    """
    found = dict.fromkeys(SERVED, 0.0)
    for pid, (name, seconds) in after.items():
        was, used = before.get(pid, (name, 0.0))
        # A number that was given to another process in between says nothing of this one.
        found[name] += max(0.0, seconds - used) if was == name else seconds
    return {**found, "ended": max(0.0, whole - sum(found.values()))}


def serving(port: int) -> list[str]:
    """The arguments of granian for the site and for every peer: the same for all, and those of a real start."""
    return ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), *SERVER]


def pid_of(child: subprocess.Popen[bytes] | None) -> int | None:
    """The process id of a child that was started."""
    return child.pid if child else None


def end(child: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, wait, and leave nothing of its session behind."""
    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
