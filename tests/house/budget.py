"""The size budget of the house: `python -m tests.house.budget`. Files p90 300 and at most 500 lines, functions p90 30
and at most 60, everything typed, no import hidden in a function, test code at least as long as code."""

import ast
import math
import sys
from collections.abc import Sequence

from tests.house.source import Module, modules

FILE_P90, FILE_MAX = 300, 500
FUNCTION_P90, FUNCTION_MAX = 30, 60
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function from its def to its end."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def p90(values: Sequence[int]) -> int:
    """Nearest-rank percentile, 0 of nothing."""
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * 0.9) - 1] if ordered else 0


def docstring_lines(module: Module) -> set[int]:
    """The numbers of the lines that docstrings take."""
    holders = [n for n in ast.walk(module.tree) if isinstance(n, ast.Module | ast.ClassDef | FUNCTIONS)]
    found = [n.body[0] for n in holders if ast.get_docstring(n)]
    return {number for d in found for number in range(d.lineno, (d.end_lineno or d.lineno) + 1)}


def code_lines(module: Module) -> int:
    """Lines that are neither blank, nor only a comment, nor inside a docstring."""
    inside = docstring_lines(module)
    return sum(
        1
        for number, line in enumerate(module.text.splitlines(), start=1)
        if line.strip() and not line.strip().startswith("#") and number not in inside
    )


def untyped(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a parameter or the result lacks its type."""
    given = [
        *node.args.posonlyargs,
        *node.args.args,
        *node.args.kwonlyargs,
        node.args.vararg,
        node.args.kwarg,
    ]
    named = [a for a in given if a is not None and a.arg not in ("self", "cls")]
    return any(a.annotation is None for a in named) or node.returns is None


def lazy_imports(module: Module) -> list[str]:
    """Imports that hide in functions."""
    return [
        f"{module.name}:{inner.lineno}"
        for node in module.functions
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def report() -> tuple[dict[str, object], list[str]]:
    """The figures, and what breaks the budget."""
    every = modules()
    own = [module for module in every if not module.is_test]
    sizes = {module.name: len(module.text.splitlines()) for module in own}
    functions = {f"{m.name}:{node.name}": length(node) for m in own for node in m.functions}
    code, tests = (
        sum(code_lines(m) for m in own),
        sum(code_lines(m) for m in every if m.is_test),
    )
    broken = [f"{name}: {size} lines (at most {FILE_MAX})" for name, size in sizes.items() if size > FILE_MAX]
    broken += [
        f"{n}: {size} lines (at most {FUNCTION_MAX})" for n, size in functions.items() if size > FUNCTION_MAX
    ]
    broken += [
        f"{m.name}:{n.lineno} {n.name}: not fully typed" for m in every for n in m.functions if untyped(n)
    ]
    broken += [f"{place}: import inside a function" for module in own for place in lazy_imports(module)]
    figures: dict[str, object] = {
        "files": len(own),
        "code lines": code,
        "test lines": tests,
        "test:code": f"{tests / max(code, 1):.2f}",
        "file p90/max": f"{p90(list(sizes.values()))} / {max(sizes.values(), default=0)}",
        "function p90/max": f"{p90(list(functions.values()))} / {max(functions.values(), default=0)}",
    }
    if p90(list(sizes.values())) > FILE_P90:
        broken.append(f"files: p90 is {p90(list(sizes.values()))} lines (at most {FILE_P90})")
    if p90(list(functions.values())) > FUNCTION_P90:
        broken.append(f"functions: p90 is {p90(list(functions.values()))} lines (at most {FUNCTION_P90})")
    if tests < code:
        broken.append(f"tests: {tests} lines for {code} lines of code (at least as many)")
    return figures, broken


def main() -> int:
    """Print the figures; 1 when the budget is broken."""
    figures, broken = report()
    for name, value in figures.items():
        print(f"{name:<20}{value}")
    for line in broken:
        print(f"over budget: {line}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
