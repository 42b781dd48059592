"""What R20 kills: processes forked from one that has everything loaded (many kills in a second), or a real web server and a real worker."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from config.launch.machine import free_port, open_log
from config.launch.processes import wait_until
from tests.faults.filing import Sender
from tests.faults.installation import ROOT, Web
from tests.faults.kills import kill
from tests.faults.reporting import Book
from yichuang.directory.models import Department
from yichuang.directory.tests.machines import token_of
from yichuang.exchange.models import System
from yichuang.exchange.tests import factories as make
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import now

FOLDER = "water"
BACK_SECONDS = 30.0


@dataclass(frozen=True)
class Reporter:
    """A system that may report, here and now."""

    user: str
    token: str

    def book(self, cases: int) -> Book:
        """A new book of acceptances of three days ago and decisions of two days ago."""
        today = local_day(now())
        return Book(make.ITEM, (today - timedelta(days=3), today - timedelta(days=2)), cases)

    def sender(self, address: str) -> Sender:
        """A client of it."""
        return Sender(address, self.token, self.user)


def reporter() -> Reporter:
    """The water system on an empty migrated database, with a folder."""
    by = make.reporter()
    make.system(by, folder=FOLDER)
    assert Department.objects.filter(pk__in=System.objects.get(code="water").departments).exists()
    return Reporter(str(by.id), token_of(by, at=now())[1])


@dataclass
class Forks:
    """A web server and a long worker, each forked from one mother, killed and forked again in a moment."""

    environment: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    pids: dict[str, int] = field(default_factory=dict)
    _mother: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        """Where the web server answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the mother, and both."""
        handle = open_log(self.log)
        self._mother = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.faults.reporting_site"], cwd=ROOT, env=dict(self.environment),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=handle, start_new_session=True, text=True,
        )  # fmt: skip
        os.close(handle)
        assert self._said() == "ready"
        for kind in ("web", "worker"):
            self.fork(kind)

    def _said(self) -> str:
        assert self._mother is not None
        assert self._mother.stdout is not None
        return self._mother.stdout.readline().strip()

    def worker(self, variant: str) -> None:
        """Kill the worker and put one of this variant in its place."""
        kill(self.pids.pop("worker"))
        self.fork("worker", variant)

    def fork(self, kind: str, variant: str = "") -> None:
        """One more of a kind."""
        assert self._mother is not None
        assert self._mother.stdin is not None
        self._mother.stdin.write(f"{kind} {self.port if kind == 'web' else ''} {variant}\n")
        self._mother.stdin.flush()
        self.pids[kind] = int(self._said())

    def strike(self, chance: random.Random) -> int:
        """Kill one of the two and let another take its place."""
        kind = chance.choice(sorted(self.pids))
        done = int(kill(self.pids.pop(kind)))
        self.fork(kind)
        return done

    def kill(self) -> None:
        """Everybody goes."""
        if self._mother is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._mother.pid, signal.SIGKILL)
            self._mother.wait()
            for end in (self._mother.stdin, self._mother.stdout):
                if end is not None:
                    end.close()


@contextmanager
def forked(environment: Mapping[str, str], log: Path) -> Iterator[Forks]:
    """The forks while they are needed."""
    made = Forks(environment, log)
    try:
        made.start()
        yield made
    finally:
        made.kill()


@dataclass
class Grown:
    """A web server and `yichuang work --queues long` as `make run` starts them; who is killed is started again."""

    web: Web
    environment: Mapping[str, str]
    log: Path
    _worker: subprocess.Popen[bytes] | None = None

    def start_worker(self) -> None:
        """Start the long worker."""
        handle = open_log(self.log)
        command = [str(Path(sys.executable).parent / "yichuang"), "work", "--queues", "long", "--no-drain"]
        self._worker = subprocess.Popen(
            command, cwd=ROOT, env=dict(self.environment), stdin=subprocess.DEVNULL, stdout=handle, stderr=handle,
            start_new_session=True,
        )  # fmt: skip
        os.close(handle)

    @contextmanager
    def working(self) -> Iterator[None]:
        """The worker while it is needed."""
        self.start_worker()
        try:
            yield
        finally:
            self.kill_worker()

    def kill_worker(self) -> int:
        """Kill the long worker; whether there was one."""
        if self._worker is None:
            return 0
        done = int(kill(self._worker.pid))
        self._worker.wait()
        self._worker = None
        return done

    def strike(self, chance: random.Random) -> int:
        """Kill the web server with its processes, or the worker, and start it again."""
        if chance.random() < 0.5:
            self.web.kill()
            self.web.start()
            return int(wait_until(self.web.answers, BACK_SECONDS))
        done = self.kill_worker()
        self.start_worker()
        return done
