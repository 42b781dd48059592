"""Real material that stands beside the checkout on some machines: law texts, reports, lists."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MATERIAL = Path(os.environ.get("YICHUANG_MATERIAL", ROOT.parent / "shared"))


def shared(name: str) -> Path:
    """The path of one piece of real material, or a skipped test where it is absent."""
    path = MATERIAL / name
    if not path.exists():
        pytest.skip(f"real material is not on this machine: {name}")
    return path
