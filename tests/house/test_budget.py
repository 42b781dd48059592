"""The budget's own arithmetic: what it counts as a line, what as typed, what as hidden; and that each limit bites."""

import ast
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.house import budget
from tests.house.source import ROOT, Module

WHOLE = '''"""Two lines
of a docstring."""

# A comment.
import os  # Counts.


class Room:
    """One line."""

    text = """not a
docstring"""

    def door(self) -> str:
        """Says
        something."""
        # Why.
        return os.sep
'''


def module(text: str, path: str = "yichuang/cases/rules/x.py") -> Module:
    return Module(ROOT / path, text)


def function(text: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    return module(text).functions[0]


def test_lines_are_neither_blank_nor_comments_nor_docstrings() -> None:
    assert budget.docstring_lines(module(WHOLE)) == {1, 2, 9, 15, 16}
    assert budget.code_lines(module(WHOLE)) == 6
    assert budget.code_lines(module("")) == 0
    assert budget.code_lines(module('"""Only words."""\n\n# And a comment.\n')) == 0


@given(st.lists(st.sampled_from(["", "    ", "# words", "a = 1", "b = 2  # why"])))
def test_each_line_counts_by_itself(lines: list[str]) -> None:
    counted = budget.code_lines(module("\n".join(lines)))
    assert counted == sum(line.startswith(("a", "b")) for line in lines)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60))
def test_nine_of_ten_are_no_longer_than_the_percentile(values: list[int]) -> None:
    found = budget.p90(values)
    assert found in values
    assert sum(value <= found for value in values) * 10 >= len(values) * 9
    assert sum(value < found for value in values) * 10 < len(values) * 9


def test_nothing_has_a_percentile_of_nothing() -> None:
    assert budget.p90([]) == 0


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("def f(): ...", 1),
        ("def f(\n    a,\n):\n    return a\n", 4),
        ("@cache\n@other\ndef f():\n    return 1\n", 2),
        ("async def f():\n    '''Words.'''\n\n    return 1\n\n\nx = 1", 4),
    ],
)
def test_a_function_is_as_long_as_from_its_def_to_its_end(text: str, length: int) -> None:
    assert budget.length(function(text)) == length


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("def f() -> None: ...", True),
        ("def f(): ...", False),
        ("def f(a) -> None: ...", False),
        ("def f(a: int, /, b: int, *, c: int) -> None: ...", True),
        ("def f(a, /, b: int) -> None: ...", False),
        ("def f(*, c) -> None: ...", False),
        ("def f(*args) -> None: ...", False),
        ("def f(*args: int, **more) -> None: ...", False),
        ("def f(*args: int, **more: int) -> None: ...", True),
        ("class C:\n    def f(self, a: int) -> None: ...", True),
        ("class C:\n    @classmethod\n    def f(cls) -> None: ...", True),
        ("async def f(a: int): ...", False),
    ],
)
def test_typed_is_every_parameter_and_the_result(text: str, typed: bool) -> None:
    assert budget.untyped(function(text)) is not typed


def test_an_import_hides_in_a_function_and_not_in_a_module() -> None:
    assert budget.lazy_imports(module("import os\nfrom a import b\nif os:\n    import c\n")) == []
    hidden = "def f() -> None:\n    import os\n    if os:\n        from a import b\n"
    assert budget.lazy_imports(module(hidden)) == [
        "yichuang/cases/rules/x.py:2",
        "yichuang/cases/rules/x.py:4",
    ]


SHORT = "def f(a: int) -> int:\n    return a\n"
TESTED = module(SHORT * 400, "tests/test_x.py")
LONG = "def f() -> None:\n" + "    print()\n" * budget.FUNCTION_MAX


@pytest.mark.parametrize(
    ("every", "said"),
    [
        ([TESTED, module(SHORT)], []),
        ([module(SHORT)], ["tests: 0 lines for 2 lines of code"]),
        ([TESTED, module("a = 1\n" * (budget.FILE_MAX + 1))], ["x.py: 501 lines", "files: p90 is 501"]),
        ([TESTED, module("a = 1\n" * budget.FILE_MAX), *[module(SHORT)] * 10], []),
        ([TESTED, module(LONG)], ["x.py:f: 61 lines", "functions: p90 is 61"]),
        ([TESTED, module("def f(a): return a\n")], ["x.py:1 f: not fully typed"]),
        ([module("def f(a): return a\n", "tests/test_x.py")], ["tests/test_x.py:1 f: not fully typed"]),
        ([TESTED, module("def f() -> None:\n    import os\n")], ["x.py:2: import inside a function"]),
        ([module("def f() -> None:\n    import os\n", "tests/test_x.py")], []),
    ],
)
def test_every_limit_bites(
    monkeypatch: pytest.MonkeyPatch, every: Sequence[Module], said: Sequence[str]
) -> None:
    monkeypatch.setattr(budget, "modules", lambda: tuple(every))
    broken = budget.report()[1]
    assert len(broken) == len(said), broken
    assert all(any(words in line for line in broken) for words in said), broken


def test_a_broken_budget_is_said_and_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(budget, "modules", lambda: (module(SHORT),))
    assert budget.main() == 1
    said = capsys.readouterr()
    assert "over budget: tests: 0 lines for 2 lines of code" in said.err
    assert "code lines          2" in said.out
    monkeypatch.setattr(budget, "modules", lambda: (TESTED, module(SHORT)))
    assert budget.main() == 0
    assert capsys.readouterr().err == ""
