"""A real Chromium before a real server: for the stories that people live through with eyes and keys.

The server serves a copy of a template database that holds the whole demo province. The template is made once for each
state of the sources and kept in the cluster of the tests; the business clock of every copy begins at the same moment.
"""

import fcntl
import hashlib
import http.client
import os
import pickle
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from config.launch.browser import found as find_chromium
from yichuang.home.commands import demo_password
from yichuang.kernel.times import SHANGHAI

ROOT = Path(__file__).resolve().parent.parent
BINARIES = Path(sys.executable).parent
SECRET = "a-secret-of-the-browser-stories"
MOMENT = datetime(2026, 6, 11, 14, 0, tzinfo=SHANGHAI)
HOME = ROOT / "var" / "test" / "demo"
SOURCES = ("*.py", "*.sql", "*.json", "*.csv")
START_SECONDS = 60.0
# What a page may keep somebody waiting for. Only a sign-in may take longer: it is the first thing that a cold server is asked,
# and hashes a password, which is meant to be dear.
PATIENCE_MS, SIGN_IN_MS = 10_000, 30_000
PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-default-apps", "--disable-extensions", "--disable-sync", "--no-first-run",
    "--disable-features=Translate,OptimizationHints,MediaRouter", "--force-color-profile=srgb",
]  # fmt: skip


def with_name(url: str, name: str) -> str:
    """The address of another database of the same cluster for the same role."""
    return url.rpartition("/")[0] + "/" + name


def environment(urls: Mapping[str, str], database: str) -> dict[str, str]:
    """What the settings read, for a process that serves the database as the app role."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))},
        "DATABASE_URL": with_name(urls["app"], database),
        "SECRET_KEY": SECRET,
        "FOLLOW_SECRET": SECRET,
        "YICHUANG_DEMO": "1",
        "YICHUANG_FILES": str(HOME / "files"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUTF8": "1",
    }


def demo_template(urls: Mapping[str, str], migrated: str, finish: Callable[[str], object]) -> tuple[str, Any]:
    """The name of the template database with the demo province, and what `finish` has made of it.

    Loaded where these sources have none yet: `finish` is called with the name of the loaded database and may add to it;
    what it gives is kept beside the template.
    """
    name = f"template_{_digest(migrated)}_demo"
    beside = HOME / f"{name}.pickle"
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with psycopg.connect(urls["admin"], autocommit=True) as admin:
            known = admin.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
            if known and beside.exists():
                return name, pickle.loads(beside.read_bytes())
            making = "template_demo_being_made"
            for old in (making, name):
                admin.execute(f"drop database if exists {old} with (force)")
            admin.execute(f"create database {making} template {migrated} owner yichuang_owner")
            set_clock(urls, making)
            _tool(["demo", "load"], environment(urls, making))
            made = finish(making)
            beside.write_bytes(pickle.dumps(made))
            admin.execute(f"alter database {making} rename to {name}")
    return name, made


def _digest(migrated: str) -> str:
    """The state of everything that the demo is made from."""
    made = hashlib.sha256(migrated.encode())
    paths = sorted(path for pattern in SOURCES for path in (ROOT / "yichuang").rglob(pattern))
    for path in [*paths, ROOT / "tests" / "stories" / "samples.py"]:
        if "pages" not in path.parts and ("tests" not in path.parts or path.name == "samples.py"):
            made.update(path.read_bytes())
    return made.hexdigest()[:12]


def set_clock(urls: Mapping[str, str], database: str) -> None:
    """Let the business clock of a database show the moment at which every story begins."""
    offset = int((MOMENT - datetime.now(SHANGHAI)).total_seconds())
    with psycopg.connect(with_name(urls["owner"], database), autocommit=True) as owner:
        owner.execute(
            "insert into workdays_businessclock (id, offset_seconds, moved_at, moved_by) values (1, %s, %s, '') "
            "on conflict (id) do update set offset_seconds = excluded.offset_seconds",
            [offset, MOMENT],
        )


def _tool(command: list[str], variables: Mapping[str, str]) -> None:
    done = subprocess.run(
        [str(BINARIES / "yichuang"), *command], cwd=ROOT, env=dict(variables), capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"


@contextmanager
def demo_copy(urls: Mapping[str, str], template: str) -> Iterator[str]:
    """A copy of the demo's database for one module of stories; dropped afterwards."""
    name = f"test_demo_{os.getpid()}_{secrets.token_hex(4)}"
    with psycopg.connect(urls["admin"], autocommit=True) as admin:
        admin.execute(f"create database {name} template {template} owner yichuang_owner")
        try:
            set_clock(urls, name)
            yield name
        finally:
            admin.execute(f"drop database {name} with (force)")


@dataclass
class Site:
    """A running server: where it answers, and who may sign in there."""

    address: str
    database: str
    urls: Mapping[str, str]

    def password(self, username: str) -> str:
        """The password of an account of the demo."""
        return demo_password(SECRET, username)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Read the database as its owner, past the application."""
        with psycopg.connect(with_name(self.urls["owner"], self.database)) as owner:
            return owner.execute(statement.encode()).fetchall()


@contextmanager
def served(urls: Mapping[str, str], database: str, *, worker: bool = False) -> Iterator[Site]:
    """Serve a database on a free port until the block ends, where wanted with the worker beside the web server."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    variables = environment(urls, database)
    web = [str(BINARIES / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    web += ["--workers", "1", "--blocking-threads", "4", "--no-ws", "config.wsgi:application"]
    commands = [web, *([[str(BINARIES / "yichuang"), "work"]] if worker else [])]
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / f"server-{os.getpid()}.log").open("wb") as log:
        children = [
            subprocess.Popen(
                command, cwd=ROOT, env=variables, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
            for command in commands
        ]
        try:
            _await_answer(port, children, Path(log.name))
            yield Site(f"http://127.0.0.1:{port}", database, urls)
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.wait(20)


def _await_answer(port: int, children: list["subprocess.Popen[bytes]"], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and all(child.poll() is None for child in children):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")


CHROMIUM = find_chromium()
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: `make test` as root installs it"
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Person:
    """Somebody at a screen: their own browser context, and what the console complained about."""

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(self.site.address + path)
        return self.page

    def sign_in(self, username: str) -> "Person":
        """Sign in through the page."""
        self.page.goto(f"{self.site.address}/sign-in", timeout=SIGN_IN_MS)
        self.page.get_by_label("账号").fill(username)
        self.page.get_by_label("密码").fill(self.site.password(username))
        self.page.get_by_role("button", name="登录").click(timeout=SIGN_IN_MS)
        self.page.wait_for_url(lambda url: "/sign-in" not in url, timeout=SIGN_IN_MS)
        return self

    def press(self, name: str) -> None:
        """Press the one button with exactly this label."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str, *, exact: bool = False) -> None:
        """Follow the first link with these words."""
        self.page.get_by_role("link", name=name, exact=exact).first.click()

    def will_say(self, path: str, wanted: str, *, tries: int = 30) -> None:
        """Open a page again and again until it says what the worker has yet to bring; at most half a minute."""
        for _ in range(tries):
            self.go(path)
            if wanted in self.page.locator("body").inner_text():
                return
            self.page.wait_for_timeout(1000)
        raise AssertionError(f"{path} does not say {wanted}")

    def says(self, *wanted: str) -> None:
        """Wait until the page shows all of this."""
        for words in wanted:
            self.page.locator("body").filter(has_text=words).wait_for()


def person(
    browser: Browser, site: Site, *, size: Mapping[str, int] = LAPTOP, dark: bool = False, username: str = ""
) -> Person:
    """A new person at a new screen, signed in where a name is given."""
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, locale="zh-CN", timezone_id="Asia/Shanghai",
        color_scheme="dark" if dark else "light", reduced_motion="reduce",
    )  # fmt: skip
    context.set_default_timeout(PATIENCE_MS)
    made = Person(site, context, context.new_page())
    made.page.on("console", lambda message: _listen(made, message))
    made.page.on("pageerror", lambda error: made.complaints.append(f"{made.page.url}: {error}"))
    return made.sign_in(username) if username else made


def _listen(who: Person, message: ConsoleMessage) -> None:
    # A browser also logs answers such as 404 or 422 there: those are the page's business, not a fault of its code.
    if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
        who.complaints.append(f"{who.page.url}: {message.text}")
