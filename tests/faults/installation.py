"""A private installation of the whole product: own folder, ports, files and PostgreSQL with all its guarantees."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from config.launch import runfile
from config.launch.machine import free_port, open_log, tail
from config.launch.passwords import Secrets
from config.launch.places import Places
from config.launch.processes import alive, end, marked, send, wait_until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 600.0
STOP_SECONDS = 60.0
# Nothing of the shell that starts us may lead the installation to another database or folder.
OURS = ("DATABASE_URL", "YICHUANG_VAR", "YICHUANG_FILES", "YICHUANG_DEMO", "SECRET_KEY", "YICHUANG_TOOL")
LAUNCH = """\
import sys
from pathlib import Path
from config.launch import running
from config.launch.places import Places
from config.launch.say import Stop
root, var, spare, port = sys.argv[1:]
try:
    sys.exit(running.run(Places(Path(root), Path(var), Path(spare)), int(port)))
except Stop as stop:
    sys.exit(stop.tell())
"""


def clean_environment() -> dict[str, str]:
    """The environment without anything that names a site."""
    return {
        **{name: value for name, value in os.environ.items() if name not in OURS},
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
    }


class Installation:
    """What `make run` would start, in a folder that is thrown away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places = Places(ROOT, folder / "var", folder / "spare")
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._launcher: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers. Errors: RuntimeError with the launcher's last words."""
        log = self.folder / "launcher.log"
        arguments = [str(ROOT), str(self.places.var), str(self.places.spare), str(self.port)]
        handle = open_log(log)
        try:
            self._launcher = subprocess.Popen(
                [sys.executable, "-c", LAUNCH, *arguments], cwd=ROOT, env=clean_environment(),
                stdin=subprocess.DEVNULL, stdout=handle, stderr=handle, start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(handle)
        launcher = self._launcher
        wait_until(lambda: self.run() is not None or launcher.poll() is not None, START_SECONDS, every=0.2)
        if self.run() is None:
            raise RuntimeError(f"the installation did not start: {tail(log, 12)}")

    def run(self) -> runfile.Run | None:
        """What `run.json` says now."""
        return runfile.read(self.places)

    @property
    def urls(self) -> dict[str, str]:
        """Addresses of the database by role."""
        found = self.run()
        assert found is not None, "the installation runs"
        return found["databases"]

    @property
    def database_port(self) -> int:
        """The port of its PostgreSQL."""
        return urlsplit(self.urls["app"]).port or 5432

    @property
    def database_log(self) -> Path:
        """What PostgreSQL says."""
        return self.places.logs / "postgres.log"

    def admin_url(self, name: str = "postgres") -> str:
        """The superuser's address of a database, from the installation's own secrets."""
        kept = Secrets.load(self.places.var / "secrets.json")
        return f"postgresql://postgres:{kept.passwords['admin']}@127.0.0.1:{self.database_port}/{name}"

    def pids(self, role: str) -> list[int]:
        """The live processes of a role: web, worker, database."""
        found = self.run()
        return [pid for pid in (found["processes"][role] if found else []) if alive(pid)]

    def environment(self, **changes: str) -> dict[str, str]:
        """The variables of another web server or command on the same site."""
        made = runfile.environment(self.places, self.urls, demo=True)
        return {**clean_environment(), **made, "YICHUANG_ADDRESS": self.address, **changes}

    def stop(self) -> None:
        """Stop everything as Ctrl-C would, and whatever outlives that."""
        if self._launcher is not None:
            send(self._launcher.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._launcher.wait(STOP_SECONDS)
            if self._launcher.poll() is None:
                send(self._launcher.pid, signal.SIGKILL)
                self._launcher.wait()
        end(marked(str(self.places.var)), patience=5)


@contextmanager
def throwaway_folder() -> Iterator[Path]:
    """A folder that the database's user can enter, gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="yichuang-faults-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def installed() -> Iterator[Installation]:
    """A running installation with the demo; nothing is left of it."""
    with throwaway_folder() as folder:
        made = Installation(folder)
        try:
            made.start()
            yield made
        finally:
            made.stop()


class Web:
    """One more web server on a site, perhaps a deliberately broken build of it."""

    def __init__(
        self, environment: Mapping[str, str], log: Path, *, module: str = "config.wsgi", threads: int = 2,
        inside: str = "", host: str = "127.0.0.1",
    ) -> None:  # fmt: skip
        self.host, self.port = host, free_port()
        self.address = f"http://{host}:{self.port}"
        self._log, self._environment = log, dict(environment)
        self._environment["ALLOWED_HOSTS"] = f"127.0.0.1,localhost,{host}"
        self._command = [
            *(["ip", "netns", "exec", inside] if inside else []),
            str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", host,
            "--port", str(self.port), "--workers", "1", "--blocking-threads", str(threads), "--no-ws",
            "--respawn-failed-workers", "--respawn-interval", "0.2", "--workers-kill-timeout", "2",
            f"{module}:application",
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, until: float = 60.0) -> None:
        """Start it and wait until it answers anything at all. Errors: RuntimeError with its last words."""
        handle = open_log(self._log)
        try:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=handle,
                stderr=handle, start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(handle)
        if not wait_until(self.answers, until, every=0.1):
            self.kill()
            raise RuntimeError(f"the web server did not start: {tail(self._log, 12)}")

    def answers(self) -> bool:
        """Whether somebody answers there with any page."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status in {200, 503}
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """`kill -9` of the server and all its workers."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def serving(web: Web) -> Iterator[Web]:
    """The web server while it is needed."""
    try:
        web.start()
        yield web
    finally:
        web.kill()


def waited(since: float) -> float:
    """Seconds since then."""
    return time.monotonic() - since
