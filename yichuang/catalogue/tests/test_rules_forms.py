"""The JSON Schema that a form makes: valid itself, and saying of answers what the form says."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import pytest

from yichuang.catalogue.rules.form_faults import example_answers
from yichuang.catalogue.rules.forms import Condition, FieldKind, asked, holds, json_schema
from yichuang.catalogue.tests.material_of_guides import NAMES, every_kind, guide_of

FORM = every_kind()


def valid(answers: Mapping[str, object]) -> bool:
    return jsonschema_rs.is_valid(json_schema(FORM), dict(answers))


def answers(**changed: object) -> dict[str, object]:
    whole = example_answers(FORM) | changed
    return {code: value for code, value in whole.items() if value is not None}


@pytest.mark.parametrize("name", NAMES)
def test_schema_of_every_guide_is_a_schema(name: str) -> None:
    schema = json_schema(guide_of(name).form)
    jsonschema_rs.meta.validate(schema)
    jsonschema_rs.Draft202012Validator(schema)


def test_schema_names_every_field_once_and_no_other() -> None:
    schema = json_schema(FORM)
    assert list(schema["properties"]) == [item.code for item in FORM.fields()]
    assert schema["additionalProperties"] is False


def test_schema_is_draft_2020_12() -> None:
    assert json_schema(FORM)["$schema"].endswith("2020-12/schema")


def test_changing_the_schema_handed_out_does_not_change_the_next_one() -> None:
    first = json_schema(FORM)
    first.clear()
    assert json_schema(FORM)["type"] == "object"


def test_examples_are_valid() -> None:
    assert valid(answers())


@pytest.mark.parametrize(
    "code", [item.code for item in FORM.fields() if item.required and item.only_if is None]
)
def test_a_required_answer_is_missed(code: str) -> None:
    assert not valid(answers(**{code: None}))


def test_an_optional_answer_is_not_missed() -> None:
    assert valid(answers(why=None))


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("name", ""),
        ("name", "  "),
        ("name", "长" * 21),
        ("name", 7),
        ("code", "91510000ma00000072"),
        ("code", "9151000"),
        ("person", "51010019900101001x"),
        ("phone", "12345678901"),
        ("phone", "02800000000"),
        ("count", 0),
        ("count", 11),
        ("count", "2"),
        ("power", "25.55"),
        ("power", "025"),
        ("power", "1e3"),
        ("power", 25),
        ("starts", "2022-6-1"),
        ("starts", "2022年6月1日"),
        ("colour", "green"),
        ("uses", []),
        ("uses", ["a", "a"]),
        ("uses", ["c"]),
        ("uses", "a"),
        ("region", "440100000000"),
        ("region", "510107"),
        ("place", "104.06,30.65"),
        ("place", "104.0650000，30.6570000"),
        ("promises", ["one"]),
        ("unheard_of", "x"),
    ],
)
def test_a_misshapen_answer_is_refused(code: str, value: object) -> None:
    assert not valid(answers(**{code: value}))


def test_a_field_whose_condition_holds_is_required() -> None:
    assert not valid(answers(agent="yes"))
    assert not valid(answers(agent="yes", agent_kind="firm"))
    assert valid(answers(agent="yes", agent_kind="man"))
    assert valid(answers(agent="yes", agent_kind="firm", agent_code="91510000MA00000072"))


def test_a_field_whose_condition_does_not_hold_may_not_be_answered() -> None:
    assert not valid(answers(agent="no", agent_kind="man"))
    assert not valid(answers(agent_kind="firm", agent_code="91510000MA00000072"))


def test_a_condition_on_a_multiple_choice_holds_when_it_is_among_the_chosen() -> None:
    assert not valid(answers(uses=["a", "b"]))
    assert valid(answers(uses=["a", "b"], b_note="示例"))
    assert not valid(answers(uses=["a"], b_note="示例"))


def test_what_hangs_on_a_question_that_is_not_asked_is_not_asked() -> None:
    # The answer of a hidden question is left over from an earlier choice.
    left_over: dict[str, Any] = {"agent": "no", "agent_kind": "firm"}
    assert "agent_code" not in asked(FORM, left_over)
    assert not holds(FORM, Condition("agent_kind", "firm"), left_over)
    assert "agent_code" in asked(FORM, {"agent": "yes", "agent_kind": "firm"})


def test_lookup_of_a_field() -> None:
    found = FORM.field("power")
    assert found is not None
    assert found.kind is FieldKind.DECIMAL
    assert FORM.field("nothing") is None
