"""A site on servers of its own: the environment that every process of every host gets, and people who file."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from config.launch.database import role_names
from config.launch.machine import open_log
from config.launch.postgres import Cluster
from tests.faults.installation import ROOT, clean_environment

KEY = "a-key-of-the-tests-of-several-hosts-0123456789-abcdefghijklmnop"


@dataclass(frozen=True)
class Shared:
    """What hosts share: the database and one folder."""

    urls: Mapping[str, str]
    folder: Path

    def environment(self, **changes: str) -> dict[str, str]:
        """The variables of a process; the folder of its own host is nobody else's."""
        return {
            **clean_environment(), **role_names(self.urls), "DATABASE_URL": self.urls["app"], "SECRET_KEY": KEY,
            "YICHUANG_FILES": str(self.folder / "files"), "YICHUANG_KEYS": str(self.folder / "keys"),
            "YICHUANG_WITNESS_DIR": str(self.folder / "witness"), "YICHUANG_VAR": str(self.folder / "var"),
            "DJANGO_SETTINGS_MODULE": "config.settings", "YICHUANG_LOG": "INFO", **changes,
        }  # fmt: skip


def migrate(shared: Shared) -> None:
    """Make the tables, as the owner."""
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "django", "migrate", "--no-input", "-v", "0"], cwd=ROOT, check=True,
        env=shared.environment(DATABASE_URL=shared.urls["owner"], YICHUANG_TOOL="1"), stdout=sys.stderr,
    )  # fmt: skip


class Worker:
    """A worker process, perhaps in a network of its own, perhaps with a kind of long job that only tests have."""

    def __init__(self, environment: Mapping[str, str], log: Path, *, inside: str = "") -> None:
        self._command = [
            *(["ip", "netns", "exec", inside] if inside else []), sys.executable, "-m", "tests.scale.worker",
        ]  # fmt: skip
        self._environment, self.log = dict(environment), log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        handle = open_log(self.log)
        try:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=handle, stderr=handle,
                start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(handle)

    def kill(self) -> None:
        """`kill -9`."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def working(*workers: Worker) -> Iterator[None]:
    """Workers while they are needed."""
    try:
        for one in workers:
            one.start()
        yield
    finally:
        for one in workers:
            one.kill()


def page(address: str, path: str, cookie: str = "", seconds: float = 20.0) -> tuple[int, str]:
    """Status and text of a page; 0 where nobody answered."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=seconds)
    try:
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def start_server(server: Cluster) -> None:
    """Start a server again that was killed."""
    server.start()
