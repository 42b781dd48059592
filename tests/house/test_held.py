"""Whatever begins beside a case and has to be settled before its decision holds the case: a step that was judged before cannot end it."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.apps import apps

from tests.house.source import ROOT, Module, own

READ = "yichuang/cases/sql/read.sql"
MAKING = {"create", "bulk_create", "get_or_create", "update_or_create", "save", "acreate"}


def awaited() -> set[str]:
    """The models that a step waits for, by the very statement that it decides by."""
    said = (
        (ROOT / READ)
        .read_text(encoding="utf-8")
        .partition(" as awaited")[0]
        .rpartition("c.confidentiality")[2]
    )
    tables = set(re.findall(r"from (cases_\w+)", said))
    found = {model.__name__ for model in apps.get_models() if model._meta.db_table in tables}
    assert len(found) == len(tables) == 3
    return found


def unheld(modules: Iterable[Module], models: set[str]) -> Iterator[str]:
    """Functions that make a row of these models and do not hold the case."""
    for module in modules:
        for function in module.functions:
            calls = [one.func for one in ast.walk(function) if isinstance(one, ast.Call)]
            makes = any(
                isinstance(call, ast.Attribute)
                and call.attr in MAKING
                and any(isinstance(one, ast.Name) and one.id in models for one in ast.walk(call.value))
                for call in calls
            )
            if makes and not any(isinstance(call, ast.Name) and call.id == "hold" for call in calls):
                yield f"{module.name}:{function.name}"


def test_whatever_a_decision_waits_for_holds_the_case_when_it_begins() -> None:
    assert list(unheld(own(), awaited())) == []
    # Each of the three is begun by somebody: without its hold it would be named.
    loose = [
        Module(one.path, one.text.replace("hold(row)", "pass")) for one in own() if "hold(row)" in one.text
    ]
    assert {one.rpartition(":")[2] for one in unheld(loose, awaited())} >= {
        "ask_opinions",
        "draw_experts",
        "plan_survey",
    }


@pytest.mark.parametrize(
    "line", ["Survey.objects.create(case_id=row.id)", "Survey.objects.filter(key=key).bulk_create(made)"]
)
def test_one_that_does_not_hold_would_be_caught(line: str) -> None:
    text = f"def plan(row, key, made):\n    {line}\n"
    module = Module(Path(ROOT / "yichuang/cases/commands/other.py"), text)
    assert list(unheld([module], {"Survey"})) == ["yichuang/cases/commands/other.py:plan"]
    held = Module(module.path, text + "    hold(row)\n")
    assert list(unheld([held], {"Survey"})) == []
