"""The house's own source: what the tests of the architecture read."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("config", "yichuang", "tests", "bench")


@dataclass(frozen=True)
class Module:
    """One source file."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file parsed, when somebody first asks: the names and texts that tests are collected by need no tree."""
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        """The path below the checkout."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def is_test(self) -> bool:
        """Whether it holds tests."""
        return "tests" in self.path.relative_to(ROOT).parts or self.path.name == "conftest.py"

    @property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every def, methods and nested ones included."""
        return [n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]

    @property
    def door(self) -> str:
        """The door of a room that the file belongs to: flow, rules, commands …; empty outside the rooms."""
        parts = self.path.relative_to(ROOT).parts
        return parts[2].removesuffix(".py") if parts[0] == "yichuang" and len(parts) > 2 else ""


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the house except migrations, read once in a process."""
    paths = [ROOT / "conftest.py", *(p for folder in FOLDERS for p in sorted((ROOT / folder).rglob("*.py")))]
    return tuple(
        Module(path, path.read_text(encoding="utf-8"))
        for path in paths
        if "migrations" not in path.parts and path.exists()
    )


def own() -> Iterator[Module]:
    """The product's code, without tests."""
    return (module for module in modules() if not module.is_test)
