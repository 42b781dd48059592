"""The description of the JSON door says what the door does: every address, every field, every answer."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from tests.described import misfit
from yichuang.cases.api import STEPS
from yichuang.directory.tests.machines import machine_of
from yichuang.home.api import description
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.test_api_filing import body

SAID = description()


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def fits(schema: dict[str, Any], value: Any) -> bool:
    """Whether a value has the shape that the description gives it."""
    whole = {**schema, "components": SAID["components"]}
    return bool(jsonschema_rs.validator_for(whole).is_valid(value))


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def walk(value: Any) -> list[str]:
    """Every reference in a description."""
    if isinstance(value, dict):
        return [one for name, item in value.items() for one in ([item] if name == "$ref" else walk(item))]
    return [one for item in value for one in walk(item)] if isinstance(value, list) else []


def test_the_addresses_described_are_those_that_exist() -> None:
    routes = {
        "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(one.pattern))
        for one in get_resolver().url_patterns
        if isinstance(one, URLPattern) and str(one.pattern).startswith("api/")
    }
    described = {
        re.sub(
            r"(/cases/\{number\})/(?!content|receipt|waiting|answer_correction|supply)\w+$",
            r"\1/{action}",
            path,
        )
        for path in SAID["paths"]
    }
    assert described == routes
    assert {path.rpartition("/")[2] for path in SAID["paths"]} >= {str(name) for name in STEPS}


def test_every_reference_leads_somewhere_and_every_write_asks_for_a_key() -> None:
    names = {f"#/components/schemas/{name}" for name in SAID["components"]["schemas"]}
    assert set(walk(SAID)) <= names
    for path, methods in SAID["paths"].items():
        for method, said in methods.items():
            headers = [one["name"] for one in said.get("parameters", ()) if one["in"] == "header"]
            assert (headers == ["Idempotency-Key"]) == (method == "post"), path
            assert said["summary"]
            assert {"401", "404", "409", "422"} <= set(said["responses"]) or method == "get"


def test_every_field_of_a_step_is_described_and_no_other() -> None:
    for name, step in STEPS.items():
        shape = SAID["paths"][f"/api/v1/cases/{{number}}/{name}"]["post"]["requestBody"]["content"][
            "application/json"
        ]["schema"]
        assert set(shape["properties"]) == {"seen", *(one.name for one in step.parameters)}
        assert set(shape["required"]) == {one.name for one in step.parameters if one.required}


@pytest.mark.django_db
def test_what_is_sent_and_answered_has_the_shape_that_is_described() -> None:
    make.offer()
    machine = machine_of(make.window_clerk(), at=make.AT)
    assert fits(ref("Filing"), body())
    assert not fits(ref("Filing"), body(surprise=1))
    key = make.key()
    handed = json.loads(machine.post("/api/v1/cases", body(), key).content)
    assert fits(ref("Handed"), handed)
    number = handed["receipt"]["case_no"]
    for path, shape in (
        (f"/api/v1/keys/{key}", "KeyState"), ("/api/v1/keys/neverseen", "KeyState"), (f"/api/v1/cases/{number}", "Case"),
        (f"/api/v1/cases/{number}/content", "Content"), (f"/api/v1/cases/{number}/receipt", "Handed"),
        ("/api/v1/cases/510000119-2022-999999", "Problem"), ("/api/v1/nowhere", "Problem"),
    ):  # fmt: skip
        answer = machine.get(path)
        assert fits(ref(shape), json.loads(answer.content)), (path, answer.content.decode())
    done = machine.post(f"/api/v1/cases/{number}/accept", {}, make.key())
    assert fits(ref("Stepped"), json.loads(done.content)), done.content.decode()
    wrong = machine.post(f"/api/v1/cases/{number}/propose", {}, make.key())
    assert fits(ref("Problem"), json.loads(wrong.content))


def test_an_answer_that_is_not_described_is_noticed() -> None:
    """The broken variants: a status, a field and an address that the description does not know."""
    problem = json.dumps({"title": "t", "how": "h", "fields": {}}).encode()
    assert not misfit("GET", "/api/v1/cases/1", 404, problem)
    assert "not described" in misfit("GET", "/api/v1/cases/1", 418, problem)
    assert "not described" in misfit("GET", "/api/v1/people", 200, b"{}")
    assert misfit("GET", "/api/v1/cases", 200, b'{"after":null,"as_of":"2022-05-16","cases":[{}]}')
    assert misfit("GET", "/api/v1/cases", 200, b"<html>")
    assert not misfit("GET", "/api/v1/cases?size=1", 200, b'{"after":null,"as_of":"2022-05-16","cases":[]}')


@pytest.mark.django_db
def test_the_description_is_open_to_everybody_and_names_no_host_and_nobody() -> None:
    said = Client().get("/api/v1/openapi.json")
    assert said.status_code == 200
    assert json.loads(said.content) == json.loads(json.dumps(SAID))
    assert "http://" not in said.content.decode()
