"""No write is decided from a replica: who reads there stands in one table, and no step, command or rule is among them."""

import ast
from functools import cache

import pytest
from django.urls import get_resolver

from config.reading import READERS
from tests.house.source import ROOT, Module

# Beside the pages of `config.reading.READERS`: the modules that know of the replica, and what for.
KNOWERS = {
    "config/front_door.py": "reads for the pages of the table",
    "yichuang/kernel/sql.py": "the runner follows the context",
    "yichuang/home/queries/page_frame.py": "says at the foot of a page as of when it was read",
    "yichuang/home/pages/health.py": "says how the replica stands",
    "yichuang/home/pages/private.py": "has looks that must be kept begun anew on the primary",
    "yichuang/cases/pages/blocks.py": "reads downloads block by block",
    "yichuang/exports/render.py": "reads the lists of exports",
    "yichuang/statistics/render/analysis.py": "reads the months for analysts",
    "yichuang/statistics/render/feed.py": "reads the days for analysts",
    "yichuang/effects/cli/worker.py": "keeps the heartbeat by which a replica knows how far it has come",
}
# Doors that decide, and so must never ask it; long jobs ask from `effects`, `render` or `cli`.
DECIDERS = {"commands", "rules", "flow", "models", "sql"}


@cache
def speakers() -> tuple[Module, ...]:
    """The product's modules in which the word stands at all: nothing else need be parsed."""
    paths = [path for folder in ("config", "yichuang") for path in sorted((ROOT / folder).rglob("*.py"))]
    texts = [(path, path.read_text(encoding="utf-8")) for path in paths if "tests" not in path.parts]
    return tuple(Module(path, text) for path, text in texts if "replica" in text)


def knows(tree: ast.Module) -> bool:
    """Whether a module imports the replica."""
    return any(
        (isinstance(node, ast.ImportFrom) and node.module == "yichuang.kernel.replica")
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "yichuang.kernel"
            and "replica" in _names(node)
        )
        or (isinstance(node, ast.Import) and "yichuang.kernel.replica" in _names(node))
        for node in ast.walk(tree)
    )


def _names(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {alias.name for alias in node.names}


def strangers(found: list[Module]) -> list[str]:
    """Modules that read the replica and are not in the table."""
    return [
        one.name
        for one in found
        if knows(one.tree) and one.name not in KNOWERS and one.name != "yichuang/kernel/replica.py"
    ]


def test_who_reads_the_replica_stands_in_the_table() -> None:
    assert strangers(list(speakers())) == []
    assert set(KNOWERS) <= {one.name for one in speakers() if knows(one.tree)}


def test_nobody_who_decides_reads_it() -> None:
    rooms = [one for one in speakers() if not one.name.startswith("yichuang/kernel/")]
    assert [one.name for one in rooms if one.door in DECIDERS and knows(one.tree)] == []


@pytest.mark.parametrize(
    "text",
    [
        "from yichuang.kernel import replica",
        "from yichuang.kernel.replica import ask",
        "import yichuang.kernel.replica",
    ],
)
def test_a_command_that_reads_it_is_noticed(text: str) -> None:
    some = ROOT / "yichuang" / "cases" / "commands" / "step.py"
    assert strangers([Module(some, text)]) == ["yichuang/cases/commands/step.py"]


def test_the_pages_of_the_table_exist_and_only_show() -> None:
    names = {str(name) for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert names >= READERS
    assert not {
        name for name in READERS if name.endswith(("-save", "-enter", "-new", "-edit", "-cancel", "-csv"))
    }
