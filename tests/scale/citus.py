"""`make test-citus DIR=…`: the large tables on an engine that distributes. Skipped, with its reason, where there is none.

DIR holds a PostgreSQL with the extension installed (`DIR/bin/postgres`). A coordinator and two workers on loopback; the
migrated schema, the plan of `yichuang distribute`, and one life of a case, its drain and figures: what the engine refuses is
printed statement by statement, with the cost of a life against the same server before.
"""

import importlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from config.distribution import plan
from config.launch.ground import ids, server_user
from config.launch.machine import free_port
from tests.faults.installation import throwaway_folder
from tests.scale.site import Shared, migrate

OWNER, APP = "yichuang_owner", "yichuang_app"
CONF = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_preload_libraries = 'citus'
wal_level = logical
max_prepared_transactions = 200
citus.shard_count = 8
citus.node_conninfo = 'sslmode=disable'
citus.local_hostname = '127.0.0.1'
citus.enable_statistics_collection = off
"""


def missing(programs: Path) -> str:
    """Why there is no engine to try; empty where there is one."""
    if not str(programs) or str(programs) == ".":
        return "no DIR was given"
    if not (programs / "bin" / "postgres").is_file():
        return f"{programs}/bin holds no postgres"
    found = [*programs.glob("lib/citus.so"), *programs.glob("lib/postgresql/citus.so")]
    return "" if found else f"the PostgreSQL in {programs} has no Citus"


class Node:
    """One server of the cluster."""

    def __init__(self, programs: Path, data: Path) -> None:
        self._programs, self.data, self.port = programs, data, free_port()

    def url(self, user: str = "postgres", database: str = "postgres") -> str:
        """Its address."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Make and start it."""
        self._run(
            "initdb",
            "-D",
            self.data,
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--lc-collate=C",
            "--lc-ctype=C.UTF-8",
            "-A",
            "trust",
            "-k",
        )
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(f"{CONF}port = {self.port}\n")
        self._run("pg_ctl", "-D", self.data, "-l", self.data / "log", "-w", "start")

    def stop(self) -> None:
        """Stop it where it runs."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: object) -> None:
        uid, gid, groups = ids(server_user())
        subprocess.run(
            [str(self._programs / "bin" / program), *map(str, arguments)], check=True, cwd="/", user=uid, group=gid,
            extra_groups=groups, stdout=subprocess.DEVNULL, env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip


@contextmanager
def cluster(programs: Path, folder: Path) -> Iterator[Node]:
    """A coordinator with two workers; the coordinator."""
    user = server_user()
    room = folder / "citus"
    room.mkdir()
    if user is not None:
        os.chown(room, user.uid, user.gid)
    nodes = [Node(programs, room / name) for name in ("coordinator", "one", "two")]
    try:
        for node in nodes:
            node.start()
        roles = [f"create role {name} login" for name in (APP, "yichuang_report", "yichuang_audit")]
        # The engine makes each function on the workers too, and asks there for the ownership of plpgsql: refused to others.
        roles.append(f"create role {OWNER} login superuser")
        for node in nodes:
            run(node.url(), [*roles, f"create database yichuang owner {OWNER}"])
            run(
                node.url(database="yichuang"),
                ["create extension citus", f"grant all on schema public to {OWNER}"],
            )
        first = nodes[0].url(database="yichuang")
        run(first, [f"select citus_set_coordinator_host('127.0.0.1', {nodes[0].port})"])
        run(first, [f"select citus_add_node('127.0.0.1', {node.port})" for node in nodes[1:]])
        yield nodes[0]
    finally:
        for node in nodes:
            node.stop()


def run(url: str, statements: list[str]) -> None:
    """Run statements one after the other. Errors: psycopg.Error."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def tried(url: str) -> list[str]:
    """Run the plan; what was refused, in words. Each statement by itself, so that all refusals are seen."""
    refused = []
    with psycopg.connect(url, autocommit=True) as owner:
        for statement in list(plan(owner)):
            try:
                owner.execute(statement.encode())
            except psycopg.Error as error:
                refused.append(f"{statement}: {str(error).strip().partition(chr(10))[0]}")
    return refused


def attempt(name: str, work: Callable[[], object], refused: list[str]) -> None:
    """Do a part of the life; a refusal is noted with the statement that was refused."""
    began, runner = time.process_time(), importlib.import_module("yichuang.kernel.sql")
    said = "done"
    with runner.counting() as statements:
        try:
            work()
        except Exception as error:
            said = "refused"
            last = " ".join(statements[-1].split())[:160] if statements else "no statement"
            refused.append(f"{name}: {str(error).strip().partition(chr(10))[0]} [{last}]")
    print(f"{name}: {said}, {time.process_time() - began:.2f} s of Python, {len(statements)} statements")


def main(arguments: list[str]) -> int:
    """Try everything; 0 where nothing was refused or there is no engine."""
    programs = Path(arguments[0] if arguments else "")
    if reason := missing(programs):
        print(f"SKIPPED: {reason}. Citus is a test engine only and is never bundled; see docs/scale.md.")
        return 0
    with throwaway_folder() as folder, cluster(programs.resolve(), folder) as coordinator:
        urls = {"owner": coordinator.url(OWNER, "yichuang"), "app": coordinator.url(APP, "yichuang")}
        urls |= {role: coordinator.url(f"yichuang_{role}", "yichuang") for role in ("report", "audit")}
        shared = Shared(urls, folder)
        migrate(shared)
        os.environ.update(shared.environment(YICHUANG_TOOL="1", YICHUANG_LOG="ERROR"))
        importlib.import_module("django").setup()
        lives, bytes_of = importlib.import_module("tests.scale.lives"), importlib.import_module("bench.bytes")
        cast = lives.cast()
        refused: list[str] = []
        attempt("a life on one server", lambda: bytes_of.live(1, cast, cast.at), refused)
        attempt("drain on one server", lambda: cast.after(cast.at), refused)
        refused += tried(coordinator.url("postgres", "yichuang"))
        attempt("a life on the cluster", lambda: bytes_of.live(2, cast, cast.at), refused)
        attempt("drain on the cluster", lambda: cast.after(cast.at), refused)
        for one in refused:
            print(f"REFUSED {one}")
        return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
