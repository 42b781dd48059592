"""What a start refuses: four settings of PostgreSQL, secrets and DEBUG; and that without the check it would have served."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection
from django.db.backends.signals import connection_created
from pytest_django import Settings

from config import guard, refusals
from config.launch import database
from config.launch.passwords import Secrets
from config.launch.places import Places
from config.launch.postgres import Cluster
from config.launch.processes import wait_until
from config.launch.say import Stop

from .conftest import Site

ROOT = Path(__file__).resolve().parents[2]
GOOD = "Zq3v9L0xWm7Tt2Kc8RbYhNfJ5aPsDgE1uViOoXr4Bw6QnM-kCz"
STARTED = "import config.wsgi; print('started')"


def given(url: str, **more: str) -> dict[str, str]:
    """An environment in which nothing of ours is set but what is given."""
    ours = ("DJANGO", "DATABASE", "YICHUANG", "SECRET", "FOLLOW")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **clean,
        "DATABASE_URL": url,
        "SECRET_KEY": GOOD,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        **more,
    }


def begin(url: str, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a service of the house until it ends by itself."""
    program = command or (sys.executable, "-c", STARTED)
    return subprocess.run(
        program, cwd=ROOT, env=given(url, **more), capture_output=True, text=True, check=False, timeout=60
    )


def reasons(url: str) -> list[str]:
    with psycopg.connect(url) as open_one:
        return [found.english for found in refusals.weak_database(open_one)]


@contextmanager
def set_so(admin: str, on: str, undo: str, gone: str) -> Iterator[None]:
    """Run a statement as the superuser, wait until new sessions see it, and take it back."""
    with psycopg.connect(admin, autocommit=True) as one:
        one.execute(on)
        one.execute("select pg_reload_conf()")
        yield
        one.execute(undo)
        one.execute("select pg_reload_conf()")
    assert wait_until(lambda: not [why for why in reasons(gone) if "checksums" not in why], 30)


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("", "没有设置"),
        (refusals.TOOL_KEY, "默认值"),
        ("django-insecure-" + GOOD, "默认值"),
        ("ChangeMe" + GOOD, "默认值"),
        (GOOD[:49], "太短"),
        ("abcd" * 20, "太单调"),
        ("k" * 60, "太单调"),
    ],
)
def test_a_secret_that_is_none_is_told_with_its_mending(key: str, what: str) -> None:
    found = refusals.weak_key(key)
    assert found is not None
    assert what in found.chinese
    for words in (found.chinese, found.english):
        assert "SECRET_KEY" in words
        assert "token_urlsafe(48)" in words
    assert key not in str(found) or not key


def test_secrets_that_the_launcher_makes_are_good() -> None:
    assert refusals.weak_key(GOOD) is None
    assert all(refusals.weak_key(Secrets.fresh().key) is None for _ in range(50))
    database.need_good_settings({})


def test_every_weakness_of_the_environment_is_told_at_once() -> None:
    found = list(refusals.weak_settings("short", "", debug=True))
    assert [next(name for name in ("SECRET_KEY", "FOLLOW_SECRET", "YICHUANG_DEBUG") if name in one.english) for one in found] == [
        "SECRET_KEY", "FOLLOW_SECRET", "YICHUANG_DEBUG",
    ]  # fmt: skip
    assert len(list(refusals.weak_settings("short", "short", debug=False))) == 1
    with pytest.raises(Stop, match="YICHUANG_DEBUG"):
        database.need_good_settings({"YICHUANG_DEBUG": "1"})
    with pytest.raises(Stop, match="太短"):
        database.need_good_settings({"SECRET_KEY": "short"})
    database.need_good_settings({"YICHUANG_DEBUG": "1", "SECRET_KEY": "short", "YICHUANG_DEVELOPMENT": "1"})


@pytest.mark.parametrize("source", [*refusals.SOURCES, "default", "configuration file，/etc/x.conf:3", ""])
@pytest.mark.parametrize("name", refusals.NAMES)
def test_every_sentence_says_what_where_and_how(name: str, source: str) -> None:
    said = refusals.off(name, "app@db:5432/house", source)
    for words in (said.chinese, said.english):
        assert f"{name} 是 off" in words or f"{name} is off" in words
        assert "app@db:5432/house" in words
    assert refusals.MEND[name] in said.chinese
    assert "pg_checksums --enable" in said.english or name in said.english.partition("Mend it")[2]
    assert "/etc/x.conf:3" in said.chinese or "，" not in source or "checksums" in name


def test_four_of_four_settings_are_refused_wherever_they_are_set(places: Places) -> None:
    """R12, with a real server that is durable to begin with: each setting alone, at every level that PostgreSQL has."""
    cluster = Cluster(places, places.var, places.spare)
    try:
        cluster.start()
        app, admin = cluster.urls()["app"], cluster.urls()["admin"]
        assert reasons(app) == []
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            with set_so(admin, f"alter system set {name} = off", f"alter system reset {name}", app):
                assert wait_until(lambda: bool(reasons(app)), 30)
                (why,) = reasons(app)
                assert f"{name} is off" in why
                with pytest.raises(Stop, match=name):
                    database.opened(places, {"DATABASE_URL": app, "YICHUANG_DEMO": "0"})
        for owner in ("role yichuang_app", "database yichuang", "role yichuang_app in database yichuang"):
            set_, reset = (
                f"alter {owner} set synchronous_commit = off",
                f"alter {owner} reset synchronous_commit",
            )
            with set_so(admin, set_, reset, app):
                (why,) = reasons(app)
                assert f"alter {owner.split()[0]}" in why
        assert reasons(app + "?options=-c%20synchronous_commit%3Doff") != []
        assert reasons(app) == []
        _without_checksums(cluster)
        (why,) = reasons(cluster.urls()["app"])
        assert "data_checksums is off" in why
        assert "pg_checksums --enable" in why
        with pytest.raises(Stop, match="data_checksums"):
            database.opened(places, {"YICHUANG_DEMO": "0"})
    finally:
        cluster.stop()


def _without_checksums(cluster: Cluster) -> None:
    cluster.stop()
    ground = cluster._choose()
    from_bin = ground.binaries.program("pg_checksums")
    if not from_bin.exists():
        pytest.skip("this PostgreSQL comes without pg_checksums")
    done = subprocess.run(
        [from_bin, "--disable", "-D", ground.data], capture_output=True, text=True, check=False, **_as(ground)
    )
    assert done.returncode == 0, done.stderr
    cluster.start()


def _as(ground: Any) -> dict[str, Any]:
    return {"user": ground.user.uid, "group": ground.user.gid, "cwd": "/"} if ground.user else {}


def test_a_site_on_a_forgetful_database_does_not_start_and_would_without_the_check(
    cluster_urls: dict[str, str],
) -> None:
    """The tests' own cluster is such a database: it flushes nothing."""
    refused = begin(cluster_urls["app"])
    assert (refused.returncode, refused.stdout) == (guard.CODE, "")
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        assert f"的 {name} 是 off" in refused.stderr
    assert str(urlsplit(cluster_urls["app"]).password) not in refused.stderr
    # The broken variant: the same site with the check skipped serves what it may lose.
    skipped = begin(
        cluster_urls["app"], sys.executable, "-c",
        "from config import guard; guard.stand = lambda **_: None; " + STARTED,
    )  # fmt: skip
    assert (skipped.returncode, skipped.stdout) == (0, "started\n")


def test_the_worker_and_commands_that_write_refuse_too(cluster_urls: dict[str, str]) -> None:
    tool = str(Path(sys.executable).with_name("yichuang"))
    for command in (["work"], ["drain"]):
        done = begin(cluster_urls["app"], tool, *command)
        assert done.returncode == guard.CODE, command
        assert "的 fsync 是 off" in done.stderr
    weak = begin("postgresql://nobody@127.0.0.1:1/nothing", tool, "work", SECRET_KEY="short")
    assert weak.returncode == guard.CODE
    assert "SECRET_KEY" in weak.stderr


def test_a_site_with_a_weak_environment_does_not_start() -> None:
    """Every reason is told at once; not even a developer's machine does without a key."""
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    done = begin(nowhere, SECRET_KEY=refusals.TOOL_KEY, FOLLOW_SECRET="short", YICHUANG_DEBUG="1")
    assert (done.returncode, done.stdout) == (guard.CODE, "")
    for what in ("默认值", "FOLLOW_SECRET", "YICHUANG_DEBUG"):
        assert what in done.stderr
    done = begin(nowhere, SECRET_KEY="", YICHUANG_DEVELOPMENT="1")
    assert (done.returncode, done.stdout) == (guard.CODE, "")
    assert "SECRET_KEY 没有设置" in done.stderr


def test_a_developers_machine_is_warned_and_serves(cluster_urls: dict[str, str]) -> None:
    done = begin(
        cluster_urls["app"], YICHUANG_DEVELOPMENT="1", YICHUANG_DEBUG="1", SECRET_KEY="short-but-there"
    )
    assert (done.returncode, done.stdout) == (0, "started\n")
    assert "YICHUANG_DEBUG" in done.stderr


def test_a_database_that_comes_later_is_judged_when_it_comes(cluster_urls: dict[str, str]) -> None:
    """A site may start before its database; the first connection is judged, closed, and nothing went through."""
    code = (
        "from config import guard; guard.stand()\n"
        "from django.db import connection\n"
        "from config.settings import database\n"
        f"connection.settings_dict.update(database({cluster_urls['app']!r}))\n"
        "for _ in range(2):\n"
        "    try: connection.ensure_connection(); print('open')\n"
        "    except Exception as error: print(type(error).__name__, connection.connection)\n"
    )
    late = begin("postgresql://nobody@127.0.0.1:1/nothing", sys.executable, "-c", code)
    assert late.stdout.splitlines() == ["WeakDatabase None", "WeakDatabase None"]
    assert "does not answer yet" in late.stderr
    open_door = code.replace("guard.stand()", "guard")
    unguarded = begin("postgresql://nobody@127.0.0.1:1/nothing", sys.executable, "-c", open_door)
    assert unguarded.stdout.splitlines() == ["open", "open"]


def test_make_run_refuses_before_anything_is_migrated(site: Site, cluster_urls: dict[str, str]) -> None:
    launcher = site.launch(DATABASE_URL=cluster_urls["app"], YICHUANG_DEVELOPMENT="", YICHUANG_DEMO="0")
    said = site.said(launcher)
    assert launcher.returncode == 2
    assert "的 fsync 是 off" in said
    assert not (site.places.root / "migrated").exists()
    launcher = site.launch(SECRET_KEY="short", YICHUANG_DEVELOPMENT="")
    said = site.said(launcher)
    assert launcher.returncode == 2
    assert "SECRET_KEY" in said
    assert not (site.places.var / "postgres").exists()


def test_the_processes_of_tests_are_not_judged(settings: Settings) -> None:
    before = len(connection_created.receivers)
    guard.stand()
    assert len(connection_created.receivers) == before
    assert settings.TESTING


@pytest.mark.django_db
def test_a_sound_connection_stays_open(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEVELOPMENT = False
    connection.ensure_connection()
    held = SimpleNamespace(connection=connection.connection, close=lambda: closed.append(1))
    closed: list[int] = []
    with pytest.raises(guard.WeakDatabase, match="fsync"):
        guard.prove(held)  # type: ignore[arg-type]
    assert closed == [1]
    monkeypatch.setattr(refusals, "READ", "select 'on', 'on', 'remote_write', 'on'")
    guard.prove(held)  # type: ignore[arg-type]
    assert closed == [1]
