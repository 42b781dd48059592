"""Folders that a database user can enter, and a small stand-in for the whole site."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.launch import runfile
from config.launch.machine import free_port
from config.launch.places import Places
from config.launch.postgres import Cluster
from config.launch.processes import wait_until

ROOT = Path(__file__).resolve().parents[2]
SEARCH = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
for name in ("DATABASE_URL", "YICHUANG_VAR", "YICHUANG_DEMO"):
    SEARCH.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def _signals_as_in_a_terminal() -> None:
    """A shell that runs us in the background lets us, and so our children, ignore these; the tests send them."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder that every user of the machine can enter; pytest's own `tmp_path` is closed to others."""
    made = Path(tempfile.mkdtemp(prefix="yichuang-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def places(room: Path) -> Places:
    """The places of a checkout that holds nothing yet but shares our virtual environment."""
    (room / "checkout").mkdir()
    (room / "checkout" / ".venv").symlink_to(ROOT / ".venv")
    return Places(room / "checkout", room / "checkout" / "var", room / "spare")


@pytest.fixture
def cluster(places: Places) -> Iterator[Cluster]:
    """A cluster that is not made yet; whatever becomes of it, no server is left."""
    made = Cluster(places, places.var, places.spare, fleeting=True)
    yield made
    made.stop()


GRANIAN = """\
import http.server, os, pathlib, sys, time
port = int(sys.argv[sys.argv.index("--port") + 1])
root = pathlib.Path(__file__).resolve().parents[2]
if (root / "web-breaks").exists():
    sys.exit("web cannot start: broken on purpose")
(root / "web-environment").write_text(repr(dict(os.environ)))
if os.fork() == 0:
    time.sleep(600)
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", port), Answer).serve_forever()
"""
YICHUANG = """\
import json, os, pathlib, sys, time
root = pathlib.Path(__file__).resolve().parents[2]
if sys.argv[1:2] == ["work"]:
    time.sleep(600)
elif sys.argv[1:] == ["demo", "load"]:
    if (root / "demo-breaks").exists():
        sys.exit("OSError: [Errno 28] No space left on device")
    (root / "demo-loaded").write_text(os.environ["DATABASE_URL"])
    print("演示数据已装入", file=sys.stderr)
elif sys.argv[1:] == ["demo", "accounts", "--json"]:
    print(json.dumps([{"role": "窗口人员", "username": "window", "password": "w-1"}]))
else:
    sys.exit(2)
"""
PYTHON = """\
#!/bin/sh
if [ "$2" = django ]; then printf %s "$DATABASE_URL" > "{root}/migrated"; exit 0; fi
if [ "$2" = config.web ]; then shift 2; exec "{root}/.venv/bin/granian" "$@"; fi
exec {python} "$@"
"""


@dataclass
class Site:
    """A checkout whose web server, worker and commands are stand-ins; the launcher and the database are real."""

    places: Places
    port: int
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def launch(self, *, port: int | None = None, **environment: str) -> subprocess.Popen[str]:
        """Start the launcher in a session of its own, as a terminal would."""
        code = (
            "import sys; from pathlib import Path; from config.launch import running;"
            "from config.launch.places import Places; from config.launch.say import Stop\n"
            f"try: sys.exit(running.run(Places(Path({str(self.places.root)!r}), Path({str(self.places.var)!r}),"
            f" Path({str(self.places.spare_root)!r})), {port or self.port}))\n"
            "except Stop as stop: sys.exit(stop.tell())"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=self.places.root,
            env={**SEARCH, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def ready(self, process: subprocess.Popen[str]) -> runfile.Run:
        """Wait for run.json; fail with what the launcher said when it ended instead."""
        assert wait_until(lambda: self.run() is not None or process.poll() is not None, 60)
        run = self.run()
        assert run is not None, process.communicate()[0]
        return run

    def run(self) -> runfile.Run | None:
        """What run.json says, if a launcher lives behind it."""
        return runfile.read(self.places)

    def said(self, process: subprocess.Popen[str]) -> str:
        """Wait for the end and give everything that the launcher said."""
        return process.communicate(timeout=60)[0]


@pytest.fixture
def site(room: Path) -> Iterator[Site]:
    """A checkout of stand-ins; nothing of it runs on after the test."""
    root = room / "checkout"
    bin_folder = root / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    for name, text in {
        "granian": f"#!{sys.executable}\n{GRANIAN}",
        "yichuang": f"#!{sys.executable}\n{YICHUANG}",
        "python": PYTHON.format(root=root, python=sys.executable),
    }.items():
        (bin_folder / name).write_text(text)
        (bin_folder / name).chmod(0o755)
    made = Site(Places(root, root / "var", room / "spare"), free_port())
    yield made
    for process in made.started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        elif process.stdout is not None:
            process.stdout.close()
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from config.launch.stopping import stop;"
            "from config.launch.places import Places;"
            "stop(Places(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))",
            *(str(path) for path in (root, root / "var", room / "spare")),
        ],
        env=SEARCH,
        check=True,
        capture_output=True,
    )
