"""The cluster of the tests: shared, and gone with its last user."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from config.launch import processes
from config.launch.testing import LINGER_SECONDS

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
