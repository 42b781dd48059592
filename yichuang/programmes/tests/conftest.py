"""Files of these tests go to a folder of their own; the calendar is the packaged one."""

from pathlib import Path
from typing import Any

import pytest

from yichuang.kernel.actor import SYSTEM
from yichuang.programmes.tests import factories as make
from yichuang.workdays.commands import load_packaged


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path / "files"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()


@pytest.fixture
def calendar_of_2022(db: None) -> None:
    """The official calendar in the database."""
    load_packaged(make.AT, SYSTEM)
