"""The typefaces that `make setup` brings, for tests that set documents."""

from pathlib import Path

import pytest
from django.conf import settings

from yichuang.gateways.documents.typesetting import has_chinese


def chinese_fonts() -> Path:
    """The fonts folder, or a skipped test on a machine without any Chinese typeface."""
    if not has_chinese(settings.FONTS_DIR):
        pytest.skip("no Chinese typeface here: run make setup")
    return Path(settings.FONTS_DIR)
