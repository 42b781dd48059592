"""Empty migrated databases beside the installation's own, each for one test."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from django.db import connections

from config.settings import database
from tests.faults.installation import ROOT, Installation
from yichuang.workdays import queries as workdays

TEMPLATE = "faults_template"


def named(url: str, name: str) -> str:
    """The same server, another database."""
    return f"{url.rpartition('/')[0]}/{name}"


def point_at(url: str) -> None:
    """From now on this process asks that database."""
    connection = connections["default"]
    connection.close()
    connection.settings_dict.update(database(url))
    workdays.forget()


def make_template(site: Installation) -> None:
    """Migrate an empty database once; the others are copies of it."""
    with psycopg.connect(site.admin_url(), autocommit=True) as admin:
        admin.execute(f"create database {TEMPLATE} owner yichuang_owner")
    environment = site.environment(DATABASE_URL=named(site.urls["owner"], TEMPLATE))
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "django", "migrate", "--no-input", "-v", "0"],
        cwd=ROOT, env=environment, check=True, stdout=sys.stderr,
    )  # fmt: skip


@contextmanager
def scratch(site: Installation) -> Iterator[dict[str, str]]:
    """A database of the test's own, which this process asks while the block runs; its addresses by role."""
    name = f"faults_{uuid4().hex[:8]}"
    with psycopg.connect(site.admin_url(), autocommit=True) as admin:
        admin.execute(f"create database {name} template {TEMPLATE} owner yichuang_owner")
    urls = {role: named(url, name) for role, url in site.urls.items()}
    point_at(urls["app"])
    try:
        yield {**urls, "name": name}
    finally:
        point_at(site.urls["app"])
        with psycopg.connect(site.admin_url(), autocommit=True) as admin:
            admin.execute(f"drop database {name} with (force)")
