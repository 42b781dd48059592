"""Tests run against a cluster of their own, as the application's database role.

A template database is migrated once per state of the migrations; every worker, and every test that must really
commit, gets a copy of it, which takes a fifth of a second.
"""

import fcntl
import gc
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from hypothesis import settings
from pytest_django import DjangoDbBlocker

from config.launch.testing import ensure_test_cluster
from config.settings import database
from yichuang.catalogue.commands import load_divisions
from yichuang.journal import commands as journal
from yichuang.kernel.times import SHANGHAI
from yichuang.workdays import queries as workdays

ROOT = Path(__file__).resolve().parent
# What tests start serves from a cluster that is made to be fast; tests of the refusals take this away again.
os.environ["YICHUANG_DEVELOPMENT"] = "1"
# Less than a statement may take, so that it is the lock that is told of.
LOCK_MS = 25_000
# Whether the calendar was corrected elsewhere is asked every few seconds, by three statements. A test that counts statements must
# not count them because it was slow; each begins with nothing kept.
workdays.CALENDAR_PROBE_SECONDS = 3600.0
# Quarters that tests live in; others are made on first use.
QUARTERS = ("2022-02-01", "2022-05-01", "2022-08-01", "2022-11-01", "2026-08-01", "2026-11-01", "2027-02-01")


@pytest.fixture(scope="session")
def cluster_urls() -> dict[str, str]:
    """Addresses of the test cluster by role: owner, app, report, audit, admin."""
    return ensure_test_cluster()


def _with_name(url: str, name: str) -> str:
    return url.rpartition("/")[0] + "/" + name


def _point_at(url: str) -> None:
    connection = connections["default"]
    connection.close()
    connection.settings_dict.update(patient(database(url)))


def patient(made: dict[str, Any]) -> dict[str, Any]:
    """A database's description with more time for a lock: the product's five seconds are for people who wait, and six who race
    for one on a machine that is busy with other work may need more.
    """
    said, changed = re.subn(r"-c lock_timeout=\d+", f"-c lock_timeout={LOCK_MS}", made["OPTIONS"]["options"])
    assert changed == 1
    return made | {"OPTIONS": made["OPTIONS"] | {"options": said}}


def _migrations_digest() -> str:
    found = hashlib.sha256()
    for path in sorted(
        [
            *ROOT.glob("yichuang/*/migrations/*.py"),
            *ROOT.glob("yichuang/catalogue/fixtures/*.*"),
            *ROOT.glob("requirements*.txt"),
            Path(__file__),
        ]
    ):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


@contextmanager
def _admin(urls: dict[str, str]) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(urls["admin"], autocommit=True) as connection:
        yield connection


def _template(urls: dict[str, str]) -> str:
    name = f"template_{_migrations_digest()}"
    lock = ROOT / "var" / "test-template.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with _admin(urls) as admin:
            if admin.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                return name
            admin.execute("drop database if exists template_being_made")
            admin.execute("create database template_being_made owner yichuang_owner")
            _point_at(_with_name(urls["owner"], "template_being_made"))
            call_command("migrate", verbosity=0, interactive=False)
            # Every installation has the divisions of its province; loading them in each test would take most of the time.
            load_divisions()
            with connections["default"].cursor() as cursor:
                for day in QUARTERS:
                    cursor.execute(
                        "select journal_ensure_quarter(parent, %s) from journal_partitioned", [day]
                    )
            connections["default"].close()
            admin.execute(f"alter database template_being_made rename to {name}")
    return name


@contextmanager
def _copy(urls: dict[str, str], template: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{uuid4().hex[:8]}"
    with _admin(urls) as admin:
        admin.execute(f"create database {name} template {template} strategy file_copy owner yichuang_owner")
    try:
        yield name
    finally:
        connections["default"].close()
        with _admin(urls) as admin:
            admin.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def database_template(cluster_urls: dict[str, str], django_db_blocker: DjangoDbBlocker) -> str:
    """The migrated database that tests copy."""
    with django_db_blocker.unblock():
        return _template(cluster_urls)


@pytest.fixture(scope="session")
def django_db_setup(
    cluster_urls: dict[str, str], database_template: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The worker's own database, opened as the application's role."""
    with django_db_blocker.unblock(), _copy(cluster_urls, database_template) as name:
        _point_at(_with_name(cluster_urls["app"], name))
        # Once in a transaction that commits: what a test is told, its end takes back, and each fact would ask anew.
        for day in QUARTERS:
            journal.ensure_partitions(datetime.combine(date.fromisoformat(day), time(12), SHANGHAI))
        yield


@pytest.fixture
def committed(
    cluster_urls: dict[str, str],
    database_template: str,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[dict[str, str]]:
    """A database of the test's own in which transactions really commit; yields its addresses by role."""
    before = dict(connections["default"].settings_dict)
    with django_db_blocker.unblock(), _copy(cluster_urls, database_template) as name:
        addresses = {role: _with_name(url, name) for role, url in cluster_urls.items()}
        _point_at(addresses["app"])
        try:
            yield addresses
        finally:
            connections["default"].close()
            connections["default"].settings_dict.update(before)


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    """Nothing that one test's calendar or clock left in the process reaches the next, nor its tries at codes: strangers from this
    machine are turned away after some, and the next test would be one of them.
    """
    workdays.forget()
    cache.clear()
    yield
    workdays.forget()
    cache.clear()


# A machine that is busy with other work must not fail a property for being slow.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers first, then whole installations and clusters: what takes minutes must not be what one worker ends with."""
    items.sort(key=lambda item: (_room(item) != "tests", item.get_closest_marker("browser") is None))


def _room(item: pytest.Item) -> str:
    return item.path.relative_to(ROOT).parts[0]


def pytest_collection_finish() -> None:
    """Fifteen thousand collected tests never become garbage: without this every search for it walks through them."""
    gc.freeze()
