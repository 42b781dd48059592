"""The typefaces that `make setup` brings, for tests that set documents and draw."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from yichuang.gateways import charts
from yichuang.gateways.documents.typesetting import has_chinese


def chinese_fonts() -> Path:
    """The fonts folder, or a skipped test on a machine without any Chinese typeface."""
    if not has_chinese(settings.FONTS_DIR):
        pytest.skip("no Chinese typeface here: run make setup")
    return Path(settings.FONTS_DIR)


def svg(spec: Mapping[str, Any]) -> str:
    """A chart as pages show it; drawn as well where there is no Chinese typeface."""
    return charts.svg(spec, Path(settings.FONTS_DIR))
