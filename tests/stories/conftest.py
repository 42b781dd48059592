"""A small province for the stories: real guides, the demo's people, and a clock that the administrator moves."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.stories.province import Province
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
def province(committed: dict[str, str], settings: Settings, tmp_path: Path) -> Iterator[Province]:
    """A database of the story's own in which everything commits, founded on a Friday in April 2022."""
    settings.DEMO_CLOCK = True
    settings.FILES_DIR = tmp_path / "files"
    settings.STATIC_ROOT = None
    load_packaged(FOUNDED, SYSTEM)
    load_departments(FOUNDED)
    load_guides(FOUNDED, [(name, data) for name, data in fixtures.guides() if name in GUIDES])
    load_people(secret=SECRET, at=FOUNDED)
    yield Province(SECRET, committed)
