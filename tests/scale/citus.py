"""`make test-citus DIR=…`: the large tables on an engine that distributes. Skipped, with its reason, where there is none.

DIR holds a PostgreSQL with the extension installed (`DIR/bin/postgres`). A coordinator and two workers on loopback; the
migrated schema, lives of cases, bulk filing, drain, figures held against their facts and a weekly report, first on the
coordinator alone and then, after the plan of `yichuang distribute`, on the cluster. What the engine refuses is printed statement by
statement, with the processors' time of all servers against that of the one before.
"""

import importlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench.machine import tree_seconds
from config.distribution import plan
from config.launch.ground import ids, server_user
from config.launch.machine import free_port
from tests.faults.installation import throwaway_folder
from tests.scale.site import Shared, migrate

OWNER, APP = "yichuang_owner", "yichuang_app"
WARM_UP, LIVES = 4, 12
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

    @property
    def pid(self) -> int:
        """Its first process."""
        return int((self.data / "postmaster.pid").read_text(encoding="ascii").split()[0])

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
def cluster(programs: Path, folder: Path) -> Iterator[list[Node]]:
    """A coordinator with two workers; the coordinator first."""
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
        yield nodes
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
    with runner.counting() as statements:
        try:
            done = work()
            said = f"done ({done})" if isinstance(done, str) else "done"
        except Exception as error:
            said = "refused"
            asked = [one for one in statements if not one.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]
            last = " ".join(asked[-1].split())[:160] if asked else "no statement"
            refused.append(f"{name}: {str(error).strip().partition(chr(10))[0]} [{last}]")
    print(f"{name}: {said}, {time.process_time() - began:.2f} s of Python, {len(statements)} statements")


@dataclass
class Costs:
    """Processor seconds of every server and of this process, and how many cases they were for."""

    servers: Sequence[int]
    found: dict[str, float] = field(default_factory=dict)

    def of(self, name: str, work: Callable[[], object], cases: int) -> None:
        """Milliseconds a case of a part."""
        before = self._now()
        work()
        self.found[name] = 1000 * (self._now() - before) / cases

    def _now(self) -> float:
        return sum(map(tree_seconds, self.servers)) + time.process_time()


def ratios(one: Mapping[str, float], spread: Mapping[str, float]) -> Iterator[str]:
    """What a cluster costs against one server, part by part."""
    for name, cost in one.items():
        if name in spread:
            yield f"{name}: {cost:.1f} ms on one server, {spread[name]:.1f} ms on the cluster, {spread[name] / cost:.1f} times"


def tour(
    house: Any, bytes_of: Any, cast: Any, where: str, first: int, refused: list[str], costs: Costs
) -> None:
    """The life of cases, bulk filing, drain, figures and a weekly report; each part's cost."""
    numbers = iter(range(first, first + WARM_UP + LIVES))

    def lives(count: int) -> None:
        for _ in range(count):
            bytes_of.live(next(numbers), cast, cast.at)

    attempt(f"quarters ahead {where}", house.ahead, refused)
    attempt(f"{WARM_UP} lives {where}", lambda: lives(WARM_UP), refused)
    attempt(f"{LIVES} lives {where}", lambda: costs.of("a life", lambda: lives(LIVES), LIVES), refused)
    attempt(f"messages {where}", lambda: cast.after(cast.at), refused)
    attempt(f"bulk filing {where}", lambda: costs.of("a row filed", house.bulk, house.rows), refused)
    attempt(f"drain {where}", lambda: costs.of("drain a row", house.drain, house.rows), refused)
    attempt(f"figures {where}", house.figures, refused)
    attempt(f"a weekly report {where}", lambda: costs.of("a report", house.report, 1), refused)
    attempt(f"drain after it {where}", house.drain, refused)


def main(arguments: list[str]) -> int:
    """Try everything; 0 where nothing was refused or there is no engine."""
    programs = Path(arguments[0] if arguments else "")
    if reason := missing(programs):
        print(f"SKIPPED: {reason}. Citus is a test engine only and is never bundled; see docs/scale.md.")
        return 0
    with throwaway_folder() as folder, cluster(programs.resolve(), folder) as nodes:
        coordinator = nodes[0]
        urls = {"owner": coordinator.url(OWNER, "yichuang"), "app": coordinator.url(APP, "yichuang")}
        urls |= {role: coordinator.url(f"yichuang_{role}", "yichuang") for role in ("report", "audit")}
        shared = Shared(urls, folder)
        migrate(shared)
        os.environ.update(shared.environment(YICHUANG_TOOL="1", YICHUANG_LOG="ERROR"))
        importlib.import_module("django").setup()
        life, bytes_of = (
            importlib.import_module("tests.scale.cluster_life"),
            importlib.import_module("bench.bytes"),
        )
        refused: list[str] = []
        pids = [node.pid for node in nodes]
        cast, house, one, spread = life.cast(), life.House(), Costs(pids), Costs(pids)
        tour(house, bytes_of, cast, "on one server", 1, refused, one)
        before = house.counts()
        refused += tried(coordinator.url("postgres", "yichuang"))
        if house.counts() != before:
            refused.append(f"spreading changed what is there: {before} became {house.counts()}")
        # The connection was told how to plan before there was an engine.
        importlib.import_module("django.db").connection.close()
        tour(house, bytes_of, cast, "on the cluster", 1 + WARM_UP + LIVES, refused, spread)
        grown = tuple(now - was for was, now in zip(before, house.counts(), strict=True))
        if grown != before:
            refused.append(f"the same again left {grown}, at first {before}")
        for words in (*ratios(one.found, spread.found), *(f"REFUSED {one}" for one in refused)):
            print(words)
        return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
