"""Large libraries that few processes ever use: named at the top of a file like any import, loaded at the first use.

Measured when this was made: the library of PDF signatures takes 24 MB and that of charts 8 MB in every process that only
names it, and four processes serve a small installation.
"""

import importlib
from typing import Any


class Late:
    """A module by its name; the first attribute that is asked for loads it (safe with threads: the import's own lock)."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)
