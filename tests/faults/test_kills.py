"""R1, R9, R13 on a real web server, and R2 on a real PostgreSQL, in short: kill -9, ask again, nothing is lost."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.launch.places import Places
from config.launch.postgres import Cluster
from config.launch.processes import children, wait_until
from tests.faults import keys, kills
from tests.faults.conftest import Near
from tests.faults.filing import Post
from tests.faults.installation import ROOT, Web, clean_environment, serving, throwaway_folder
from tests.faults.people import bodies

WRITERS, SECONDS = 4, 1.0
TABLE = """
create table filed (key text primary key, number bigint not null);
create table series (last bigint not null); insert into series values (0)
"""
FILE = "with n as (update series set last = last + 1 returning last) insert into filed select %s, last from n"


@pytest.fixture
def folder() -> Iterator[Path]:
    with throwaway_folder() as made:
        yield made


def web(near: Near, folder: Path, variant: str = "") -> Web:
    """A web server on the test's database; that one is made to be fast, so the guard is told to look away."""
    environment = {
        **clean_environment(), "DATABASE_URL": near.urls["app"], "SECRET_KEY": "k" + "0123456789abcdef" * 4,
        "YICHUANG_DEVELOPMENT": "1", "YICHUANG_VAR": str(folder), "FAULTS_VARIANT": variant,
    }  # fmt: skip
    module = "tests.faults.broken_site" if variant else "config.wsgi"
    return Web(environment, folder / "web.log", module=module, threads=4)


def fell(server: Web) -> int:
    """Kill it for good."""
    server.kill()
    return 1


def at(near: Near, server: Web) -> Post:
    """Who files there, each time with two files."""
    return Post(server.address, near.cast.portal, bodies(files=2))


def test_what_a_killed_web_server_has_acknowledged_is_there_with_its_files(near: Near, folder: Path) -> None:
    _, ledger = near.begin()
    with serving(web(near, folder)) as server:
        post = at(near, server)
        done, _ = kills.kill_under_load(post, ledger, WRITERS, 1, lambda: kills.the_web(server), (0.5, 0.6))
        wrong = keys.storm(post, near.cast.stranger, near.auditor, ledger, 2, 6)
    assert done == 1
    assert [*wrong, *near.auditor.all(ledger)] == []
    missing = kills.files_missing(ledger, folder / "files")
    assert len(ledger.acks) > WRITERS
    assert missing == []


def test_a_house_that_answers_before_it_commits_is_caught(near: Near, folder: Path) -> None:
    _, ledger = near.begin()
    with serving(web(near, folder, "early_ack")) as server:
        kills.kill_under_load(at(near, server), ledger, 1, 1, lambda: fell(server), (0.3, 0.4), back=0.0)
    assert near.auditor.lost(ledger)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    """A PostgreSQL with all its guarantees and one small register."""
    places = Places(ROOT, folder / "var", folder / "spare")
    made = Cluster(places, places.var, places.spare)
    made.start()
    with psycopg.connect(made.urls()["admin"]) as admin:
        admin.execute(TABLE)
    yield made
    made.stop()


def killed_under_load(cluster: Cluster) -> tuple[set[str], set[str]]:
    """Writers file in one transaction each until the server is killed with its children: what was acknowledged, and
    what is there when it has come back."""
    url, told = cluster.urls()["admin"], set[str]()

    def write(writer: int) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            for serial in range(100_000):
                try:
                    connection.execute(FILE, [f"{writer}-{serial}"])
                except psycopg.OperationalError:
                    return
                told.add(f"{writer}-{serial}")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS)
    server = cluster.pid()
    assert server is not None
    for pid in children(server):
        kills.kill(pid)
    for thread in threads:
        thread.join(30)
    assert wait_until(lambda: not cluster.running(), 10)
    cluster.start()
    with psycopg.connect(url) as connection:
        rows = connection.execute("select key, number from filed").fetchall()
    assert sorted(number for _, number in rows) == list(range(1, len(rows) + 1)), "numbers without a gap"
    return told, {key for key, _ in rows}


def test_what_a_killed_database_has_acknowledged_is_there(cluster: Cluster) -> None:
    told, there = killed_under_load(cluster)
    assert told
    assert told <= there

    # The broken variant: it commits in memory. The start of the site refuses such a database.
    with psycopg.connect(cluster.urls()["admin"], autocommit=True) as admin:
        admin.execute("truncate filed; update series set last = 0")
        for name, value in (("synchronous_commit", "off"), ("wal_writer_delay", "10s")):
            admin.execute(f"alter system set {name} = '{value}'".encode())
        admin.execute("select pg_reload_conf()")
    told, there = killed_under_load(cluster)
    assert told - there
