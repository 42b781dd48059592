"""No write is decided from a replica: who reads there stands in one table, and no step, command or rule is among them."""

import ast

import pytest

from config.reading import READERS
from tests.house.source import Module, own
from tests.house.test_house import PATTERNS

# Beside the pages of `config.reading.READERS`: the modules that know of the replica, and what for.
KNOWERS = {
    "config/front_door.py": "reads for the pages of the table",
    "yichuang/kernel/sql.py": "the runner follows the context",
    "yichuang/home/queries/page_frame.py": "says at the foot of a page as of when it was read",
    "yichuang/home/pages/health.py": "says how the replica stands",
    "yichuang/effects/cli/worker.py": "keeps the heartbeat by which a replica knows how far it has come",
}
# Doors that decide, and so must never ask it; long jobs ask from `effects`, `render` or `cli`.
DECIDERS = {"commands", "rules", "flow", "models", "sql"}
OWN = list(own())


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
    assert strangers(OWN) == []
    assert set(KNOWERS) <= {one.name for one in OWN if knows(one.tree)}


def test_nobody_who_decides_reads_it() -> None:
    assert [
        one.name
        for one in OWN
        if one.door in DECIDERS and not one.name.startswith("yichuang/kernel/") and knows(one.tree)
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "from yichuang.kernel import replica",
        "from yichuang.kernel.replica import ask",
        "import yichuang.kernel.replica",
    ],
)
def test_a_command_that_reads_it_is_noticed(text: str) -> None:
    some = next(one for one in OWN if one.door == "commands")
    assert strangers([Module(some.path, text, ast.parse(text))]) == [some.name]


def test_the_pages_of_the_table_exist_and_only_show() -> None:
    found = {str(pattern.name): pattern for pattern in PATTERNS}
    assert set(found) >= READERS
    for name in sorted(READERS):
        last = str(found[name].pattern).rpartition("/")[2]
        assert last not in {"save", "enter", "new", "edit", "cancel"}, name
