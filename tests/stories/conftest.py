"""A small province for the stories: real guides, the demo's people, and a clock that the administrator moves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pytest_django import DjangoDbBlocker, Settings

from tests.browser import Site, chromium, demo_copy, demo_template, served
from tests.stories import samples as prepared
from tests.stories.province import Province
from tests.stories.samples import Samples
from yichuang.catalogue import fixtures
from yichuang.catalogue.commands import load_departments, load_guides
from yichuang.home.commands import load_people
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.times import SHANGHAI
from yichuang.workdays.commands import load_packaged

SECRET = "a-secret-of-the-stories"
FOUNDED = datetime(2022, 4, 15, 9, 0, tzinfo=SHANGHAI)
GUIDES = ("water-taking.json", "real-estate-second-class.json")


@pytest.fixture
def province(committed: dict[str, str], settings: Settings, tmp_path: Path) -> Province:
    """A database of the story's own in which everything commits, founded on a Friday in April 2022."""
    settings.DEMO_CLOCK = True
    settings.FILES_DIR = tmp_path / "files"
    settings.STATIC_ROOT = None
    load_packaged(FOUNDED, SYSTEM)
    load_departments(FOUNDED)
    load_guides(FOUNDED, [(name, data) for name, data in fixtures.guides() if name in GUIDES])
    load_people(secret=SECRET, at=FOUNDED)
    return Province(SECRET, committed)


@dataclass(frozen=True)
class Demo:
    """A copy of the demo's database with one of everything in it."""

    urls: dict[str, str]
    name: str
    samples: Samples


@pytest.fixture(scope="module")
def demo(
    cluster_urls: dict[str, str],
    database_template: str,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Demo]:
    """The demo province for one module of stories."""

    def finish(name: str) -> Samples:
        with django_db_blocker.unblock(), prepared.pointed_at(cluster_urls, name):
            return prepared.prepare()

    template, samples = demo_template(cluster_urls, database_template, finish)
    with demo_copy(cluster_urls, template) as name:
        yield Demo(cluster_urls, name, samples)


@pytest.fixture(scope="module")
def site(demo: Demo) -> Iterator[Site]:
    """The demo province, served."""
    with served(demo.urls, demo.name, worker=True) as made:
        yield made


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Browser]:
    """Chromium, after everything that needs Django's own connection: Playwright's loop forbids that one."""
    with chromium() as made:
        yield made
