"""What the tests of the architecture read is the house's own source, each file once, and nothing else."""

import ast
from pathlib import Path

import pytest

from tests.house.source import FOLDERS, ROOT, Module, modules, own


def module(path: str, text: str = "") -> Module:
    return Module(ROOT / path, text)


@pytest.mark.parametrize(
    ("path", "door", "is_test"),
    [
        ("yichuang/cases/commands/step.py", "commands", False),
        ("yichuang/cases/models.py", "models", False),
        ("yichuang/cases/__init__.py", "__init__", False),
        ("yichuang/__init__.py", "", False),
        ("yichuang/cases/tests/test_faults.py", "tests", True),
        ("yichuang/cases/tests/factories.py", "tests", True),
        ("config/launch/setup.py", "", False),
        ("bench/tests/broken.py", "", True),
        ("tests/stories/matrix.py", "", True),
        ("conftest.py", "", True),
        ("yichuang/home/pages/contests.py", "pages", False),
    ],
)
def test_a_file_belongs_to_a_door_or_to_the_tests(path: str, door: str, is_test: bool) -> None:
    found = module(path)
    assert (found.name, found.door, found.is_test) == (path, door, is_test)


def test_functions_are_those_of_classes_and_inside_others_too() -> None:
    text = "def a():\n    def b(): ...\nclass C:\n    async def d(self): ...\n    e = lambda: 1\n"
    assert {one.name for one in module("config/x.py", text).functions} == {"a", "b", "d"}


def test_a_file_is_parsed_when_somebody_asks_and_once() -> None:
    """Collecting seventeen thousand tests reads names and texts: to parse for them would take most of its time."""
    broken = module("config/x.py", "def (")
    assert (broken.name, broken.door, broken.is_test) == ("config/x.py", "", False)
    with pytest.raises(SyntaxError):
        _ = broken.tree
    sound = module("config/x.py", "a = 1\n")
    assert sound.tree is sound.tree
    assert isinstance(sound.tree, ast.Module)


def test_every_file_is_there_once_and_read_once() -> None:
    every = modules()
    assert every is modules()
    names = [one.name for one in every]
    assert len(names) == len(set(names))
    assert {Path(name).parts[0] for name in names} == {*FOLDERS, "conftest.py"}
    assert not [name for name in names if "/migrations/" in name or not name.endswith(".py")]
    assert {"conftest.py", "tests/house/source.py", "yichuang/cases/flow/transitions.py"} <= set(names)


def test_own_is_what_is_no_test() -> None:
    mine = {one.name for one in own()}
    tests = {one.name for one in modules() if one.is_test}
    assert mine
    assert not mine & tests
    assert mine | tests == {one.name for one in modules()}
    assert not [name for name in mine if name.startswith("tests/") or "/tests/" in name]
