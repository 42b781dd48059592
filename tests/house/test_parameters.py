"""Names of URL parameters: one name means one thing, so that the matrix of addresses has one sample for it."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOMS = Path(__file__).parents[2] / "yichuang"
TABLES = sorted(ROOMS.glob("*/tests/addresses*.py"))


def names(path: Path) -> list[str]:
    """The URL parameters for which a room's table gives a sample."""
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Tables"
    ]
    given = [word.value for call in calls for word in call.keywords if word.arg == "parameters"]
    keys = [key for one in given if isinstance(one, ast.Dict) for key in one.keys]
    return [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]


def clashes(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """The parameters for which more than one table gives a sample: the later would silently win."""
    owners: dict[str, list[str]] = defaultdict(list)
    for table, given in found.items():
        for name in given:
            owners[name].append(table)
    return {name: tables for name, tables in owners.items() if len(tables) > 1}


def test_no_two_tables_give_a_sample_for_one_parameter() -> None:
    found = {str(path.relative_to(ROOMS)): names(path) for path in TABLES}
    assert any(found.values())
    assert clashes(found) == {}


@pytest.mark.parametrize(
    "found", [{"a.py": ["task_id"], "b.py": ["task_id"]}, {"a.py": ["task_id", "task_id"]}]
)
def test_a_clash_is_found(found: dict[str, list[str]]) -> None:
    assert list(clashes(found)) == ["task_id"]
