"""Files of these tests go to a folder of their own, and pages can be opened at a moment of the test's choosing."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from yichuang.cases.tests.factories import LATER


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.FILES_DIR = tmp_path / "files"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the moment at which the next pages are opened: 2022-05-12 until told otherwise."""

    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr("config.front_door.now", lambda: moment)

    set_clock(LATER)
    return set_clock
