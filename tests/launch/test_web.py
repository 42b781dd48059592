"""The web server's first process: it loads the whole site for its workers to share, and nothing that they cannot share."""

import json
import os
import subprocess
import sys

import pytest

from config import web
from yichuang.kernel.making_way import WEB

# Libraries that few requests need: each process would hold them from its start.
LATE = (
    "typst",
    "cryptography",
    "pypdfium2",
    "xlsxwriter",
    "fontTools",
    "docx",
    "lxml",
    "pyhanko",
    "vl_convert",
    "duckdb",
)
TOLD = """
import gc, json, os, sys, threading
from config import web
{before}
web.load()
from django.db import connections
print(json.dumps({{
    "modules": sorted({{name.partition(".")[0] for name in sys.modules}}),
    "rooms": "yichuang.home.pages" in sys.modules and "config.wsgi" not in sys.modules,
    "frozen": gc.get_freeze_count(), "threshold": gc.get_threshold(), "enabled": gc.isenabled(), "threads": threading.active_count(),
    "connections": [one.connection is not None for one in connections.all(initialized_only=True)],
}}))
"""


def told(before: str = "") -> dict[str, object]:
    """What a fresh process looks like after loading."""
    environment = {**os.environ, "YICHUANG_TOOL": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    environment["DATABASE_URL"] = "postgresql://nobody:x@127.0.0.1:1/none"
    done = subprocess.run(
        [sys.executable, "-c", TOLD.format(before=before)], env=environment, capture_output=True, text=True, check=True
    )  # fmt: skip
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def loaded() -> dict[str, object]:
    """One look for all questions: it costs seconds."""
    return told()


def test_the_whole_site_is_loaded_and_left_to_the_collector_of_nobody(loaded: dict[str, object]) -> None:
    assert loaded["rooms"] is True
    assert isinstance(loaded["frozen"], int)
    assert loaded["frozen"] > 100_000
    assert loaded["enabled"] is True
    assert loaded["threshold"] == [web.YOUNG, web.MIDDLE, web.OLD]
    assert loaded["frozen"] > web.YOUNG, "what a worker makes itself is still looked through"


def test_nothing_is_made_that_a_fork_cannot_share(loaded: dict[str, object]) -> None:
    assert loaded["threads"] == 1
    assert not any(loaded["connections"] if isinstance(loaded["connections"], list) else [True])


@pytest.mark.parametrize("library", LATE)
def test_libraries_that_few_requests_need_are_not_loaded_at_the_start(
    library: str, loaded: dict[str, object]
) -> None:
    assert isinstance(loaded["modules"], list)
    assert library not in loaded["modules"]


def test_a_library_named_at_the_top_of_a_page_would_be_seen() -> None:
    """The broken variant of the test above."""
    modules = told("import xlsxwriter")["modules"]
    assert isinstance(modules, list)
    assert "xlsxwriter" in modules


NAMED = """
from config import web
{before}
def served():
    from django.db import connection
    with connection.cursor() as cursor:
        cursor.execute("show application_name")
        print(cursor.fetchone()[0])
web.entrypoint = served
web.main()
"""


def called(urls: dict[str, str], before: str = "") -> str:
    """What a web process that serves nothing calls its connection."""
    environment = {name: value for name, value in os.environ.items() if name != "PGAPPNAME"}
    environment |= {"YICHUANG_TOOL": "1", "DATABASE_URL": urls["app"]}
    done = subprocess.run(
        [sys.executable, "-c", NAMED.format(before=before)], env=environment, capture_output=True, text=True, check=True
    )  # fmt: skip
    return done.stdout.strip()


def test_connections_of_the_web_are_known_as_such(cluster_urls: dict[str, str]) -> None:
    """Long work makes way while they are in use (`kernel.making_way`)."""
    assert called(cluster_urls) == WEB == "web"
    # The broken variant: a name under which nobody looks for them.
    assert called(cluster_urls, "web.WEB = ''") == ""
