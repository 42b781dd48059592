"""The cluster of the tests: shared, and gone with its last user."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from config.launch import processes
from config.launch.places import Places
from config.launch.testing import LINGER_SECONDS, test_cluster

from .conftest import ROOT, SEARCH

KEEPER_USER = """\
import time
from config.launch.testing import ensure_test_cluster
print(ensure_test_cluster()["owner"], flush=True)
time.sleep(99)
"""


@contextlib.contextmanager
def user(room: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that uses the test cluster until it is killed, and the address it was given."""
    environment = {**SEARCH, "YICHUANG_VAR": str(room / "var")}
    process = subprocess.Popen(
        [sys.executable, "-c", KEEPER_USER], env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        yield process, next(line.strip() for line in process.stdout if line.startswith("postgresql:"))
    finally:
        process.kill()
        process.communicate()


def test_the_test_cluster_is_shared_and_ends_with_its_last_user_even_a_killed_one(room: Path) -> None:
    lock = room / "var" / "test" / "postgres" / "postmaster.pid"
    with user(room) as (_, address):
        with user(room) as (_, second):
            assert second == address
        server = int(lock.read_text().splitlines()[0])
        time.sleep(LINGER_SECONDS + 1)
        with psycopg.connect(address) as connection:
            assert connection.execute("show fsync").fetchone() == ("off",)

    assert processes.wait_until(lambda: not processes.alive(server), 30)


def test_what_killed_tests_left_is_gone_before_anybody_makes_databases(room: Path) -> None:
    """Else the keeper drops with the leftovers what the first of the new tests has just made."""
    lock = room / "var" / "test" / "postgres" / "postmaster.pid"
    with user(room) as (_, address), psycopg.connect(admin(room), autocommit=True) as connection:
        server = int(lock.read_text().splitlines()[0])
        for number in range(20):
            connection.execute(f"create database test_left_{number} strategy file_copy")
    assert processes.wait_until(lambda: not processes.alive(server), 30)
    with user(room) as (_, second):
        assert second.rpartition("@")[0] == address.rpartition("@")[0]
        with psycopg.connect(admin(room), autocommit=True) as connection:
            found = connection.execute("select count(*) from pg_database where datname ~ '^test_'").fetchone()
    assert found == (0,)


def admin(room: Path) -> str:
    """The superuser's address of the room's test cluster."""
    made = Places(ROOT, room / "var")
    return test_cluster(made).urls()["admin"]
