"""R8: the worker is killed between taking a job and finishing it; every job is done in the end, its effect once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg

from config.launch.machine import open_log
from config.launch.processes import wait_until
from tests.faults.filing import Post, encoded, new_key, settle
from tests.faults.installation import ROOT, Installation
from tests.faults.invariants import Auditor
from tests.faults.kills import kill
from tests.faults.ledger import Ledger

TAKEN_SECONDS = 30.0
# Nothing may be stuck longer than this.
DONE_SECONDS = 60.0
# A worker without leases gets as long as one with leases needs at the worst, and a little more.
GIVEN_UP_SECONDS = 35.0


@contextmanager
def held_up(owner_url: str) -> Iterator[None]:
    """Whoever wants to write a message waits while the block runs."""
    with psycopg.connect(owner_url) as owner:
        owner.execute("lock table notices_message in exclusive mode")
        yield
        owner.rollback()


def taken(auditor: Auditor) -> bool:
    """Whether a worker has taken a job and not finished it."""
    return bool(auditor.ask("select 1 from procrastinate_jobs where status = 'doing' limit 1"))


def kill_between(
    auditor: Auditor, owner_url: str, deed: Callable[[], object], workers: Callable[[], list[int]]
) -> tuple[int, list[str]]:  # fmt: skip
    """Let something happen, wait until the worker has taken its job, and kill the worker there; kills, complaints."""
    with held_up(owner_url):
        deed()
        if not wait_until(lambda: taken(auditor), TAKEN_SECONDS):
            return 0, ["R8: no worker has taken the job"]
        return sum(int(kill(pid)) for pid in workers()), []


def kill_workers(site: Installation, post: Post, ledger: Ledger, kills: int) -> tuple[int, float, list[str]]:
    """Kill the worker again and again in the middle of a job; kills, seconds until everything was done, complaints."""
    owner = site.urls["owner"]
    auditor, sender, done = Auditor(owner), post.sender(), 0
    wrong: list[str] = []
    settled(auditor)
    for turn in range(kills):
        body = encoded(post.bodies(500_000 + turn))
        before = site.pids("worker")
        deed = partial(settle, sender, ledger, body, new_key())
        more, said = kill_between(auditor, owner, deed, lambda: site.pids("worker")[:1])
        done, wrong = done + min(more, 1), wrong + said
        wait_until(partial(_another_worker, site, before), TAKEN_SECONDS)
    sender.close()
    healed = time.monotonic()
    wrong += settled(auditor)
    return done, time.monotonic() - healed, [*wrong, *auditor.messages_once(), *auditor.untold()]


def _another_worker(site: Installation, before: Sequence[int]) -> bool:
    return bool(set(site.pids("worker")) - set(before))


def settled(auditor: Auditor) -> list[str]:
    """Wait until the worker has nothing left to do; what is left after a minute."""
    wait_until(lambda: not auditor.undrained() and not auditor.stuck_jobs(), DONE_SECONDS, every=0.5)
    facts = auditor.undrained()
    return auditor.stuck_jobs() + ([f"I13: {facts} facts have not been drained"] if facts else [])


class Worker:
    """A worker process of a scratch site, perhaps one that never gives the jobs of the dead back."""

    def __init__(self, environment: Mapping[str, str], log: Path, *, leases: bool) -> None:
        self._environment = {**environment, "FAULTS_LEASES": "1" if leases else "0"}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        handle = open_log(self._log)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.broken_worker"], cwd=ROOT, env=self._environment,
            stdin=subprocess.DEVNULL, stdout=handle, stderr=handle, start_new_session=True,
        )  # fmt: skip
        os.close(handle)

    def pids(self) -> list[int]:
        """The process."""
        return [self._process.pid] if self._process is not None else []

    def reap(self) -> None:
        """End it and forget it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def kill_a_worker(worker: Worker, auditor: Auditor, owner_url: str, deed: Callable[[], object]) -> list[str]:
    """Kill a worker of its own site in the middle of a job, start the next one, and see whether it is ever done."""
    worker.start()
    try:
        _, wrong = kill_between(auditor, owner_url, deed, worker.pids)
        worker.reap()
        worker.start()
        wait_until(lambda: not taken(auditor), GIVEN_UP_SECONDS, every=0.5)
        return wrong + [one for one in auditor.stuck_jobs() if "doing" in one]
    finally:
        worker.reap()
