"""Files of these tests go to a folder of their own, and nobody's tries at codes are remembered."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from yichuang.directory.tests.factories import account_of
from yichuang.intake.tests import factories as make
from yichuang.kernel.actor import Actor


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.FILES_DIR = tmp_path / "files"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    cache.clear()
    yield
    cache.clear()


def browser(by: Actor | None = None) -> Client:
    """A browser, signed in where an actor is given."""
    client = Client()
    if by is not None:
        client.force_login(account_of(by), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def site(db: None) -> Client:
    """A browser signed in for the company."""
    return browser(make.applicant())


@pytest.fixture
def desk(db: None) -> Client:
    """A browser signed in for the window's clerk."""
    return browser(make.window_clerk())
