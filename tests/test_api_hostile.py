"""The JSON door against its own description, tried by a machine: no answer that is not described, no fault of ours (5xx).

`YICHUANG_API_TRIES=2000` tries each address two thousand times in each of two ways.
"""

import inspect
import json
import os
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.generation import GenerationMode

from tests.described import misfit
from yichuang.cases.api import STEPS
from yichuang.catalogue.tests.factories import departments
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.machines import machine_of
from yichuang.home.api import description
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.test_api_filing import body
from yichuang.kernel.actor import Actor

TRIES = int(os.environ.get("YICHUANG_API_TRIES", "6"))
# What takes nothing cannot be tried with anything.
OPERATIONS = [
    (path, method)
    for path, methods in description()["paths"].items()
    for method, said in methods.items()
    if said.get("parameters") or "requestBody" in said
]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def everything(where: Department) -> Actor:
    """Somebody who may do all that a token can do."""
    return people.staff("everything", people.post(where, "全能岗", list(Capability), everywhere=True))


def tried(
    said: dict[str, Any], path: str, method: str, mode: GenerationMode, secret: str, number: str
) -> None:
    """Send what the description allows, or forbids, about a case that is there, and check every answer."""
    schema = schemathesis.openapi.from_dict(said)
    client = Client(raise_request_exception=False)
    strategy = schema[path][method].as_strategy(generation_mode=mode)

    @settings(
        max_examples=TRIES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=strategy)
    def one(case: Case[Any]) -> None:
        if "number" in case.path_parameters and mode is GenerationMode.POSITIVE:
            case.path_parameters["number"] = number
        sent = case.as_transport_kwargs(base_url="http://127.0.0.1")
        # What the door says of strangers is asked elsewhere: whoever is let in reaches more of it.
        path_of = sent["url"].removeprefix("http://127.0.0.1")
        headers = {**sent["headers"], "Authorization": f"Bearer {secret}"}
        data = json.dumps(sent["json"]).encode() if "json" in sent else sent.get("data") or b""
        answer = client.generic(
            method.upper(), f"{path_of}?{urlencode(sent['params'], doseq=True)}", data,
            content_type=headers.pop("Content-Type", "application/json"), headers=headers,
        )  # fmt: skip
        assert answer.status_code < 500, case.as_curl_command()
        differs = misfit(method, path_of, answer.status_code, answer.content)
        assert not differs, f"{differs}\n{case.as_curl_command()}"

    one()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_is_described(path: str, method: str) -> None:
    make.offer()
    by = everything(departments()["centre_window"])
    machine = machine_of(by, at=make.AT)
    handed = machine.post("/api/v1/cases", body(), make.key())
    number = handed.json()["receipt"]["case_no"]
    for mode in GenerationMode:
        tried(description(), path, method, mode, machine.secret, number)


def test_what_a_step_may_leave_out_its_command_does_without() -> None:
    """A field that may be left out and is asked for all the same would be a fault of ours for whoever leaves it out."""
    for name, step in STEPS.items():
        taken = inspect.signature(step.command).parameters
        for one in step.parameters:
            assert (
                one.required
                or one.name not in taken
                or taken[one.name].default is not inspect.Parameter.empty
            ), f"{name}: {one.name}"


def test_the_trial_finds_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: a view that stumbles. (An answer that is not described: `home/tests/test_openapi.py`.)"""
    make.offer()
    machine = machine_of(everything(departments()["centre_window"]), at=make.AT)

    def trial() -> None:
        tried(description(), "/api/v1/cases", "get", GenerationMode.POSITIVE, machine.secret, "")

    trial()
    monkeypatch.setattr("yichuang.cases.api.reading.listed", lambda **_: 1 // 0)
    with pytest.raises(AssertionError, match="curl"):
        trial()
