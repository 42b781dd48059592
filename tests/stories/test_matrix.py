"""Every address of the site by everybody of the demo: each answer is what the view declares, and never a fault.

The policy stands in `matrix.py`. Every route is tried once by somebody who may and somebody who may not; with
YICHUANG_PROOF=1 (`make proof`) everything is tried by everybody.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.http import HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from pytest_django import DjangoDbBlocker

from tests.stories import matrix
from tests.stories.conftest import Demo
from tests.stories.matrix import (
    IDENTITIES,
    METHODS,
    NOWHERE,
    POLITE,
    Address,
    Browser,
    address_of,
    expected,
    patterns,
    refusal,
    sees,
    standing,
    turns,
)
from tests.stories.samples import pointed_at
from yichuang.directory.models import Account
from yichuang.directory.queries import actor_named
from yichuang.kernel.actor import ANONYMOUS
from yichuang.kernel.web import public

WHOLE = os.environ.get("YICHUANG_PROOF") == "1"
EVERYBODY = pytest.mark.parametrize("username", IDENTITIES, ids=lambda name: name or "anonymous")
asked: dict[str, int] = {"questions": 0, "wrong": 0}


@pytest.fixture(scope="module")
def province(demo: Demo, django_db_blocker: DjangoDbBlocker) -> Iterator[Demo]:
    """Django's own connection at the demo for all tests of this module; what was asked is told to the proof."""
    with django_db_blocker.unblock(), pointed_at(demo.urls, demo.name):
        yield demo
        connections["default"].close()
    if told := os.environ.get("YICHUANG_PROOF_FILE"):
        Path(told).write_text(json.dumps(asked), encoding="utf-8")


@pytest.fixture(scope="module")
def addresses(province: Demo) -> list[Address]:
    """Every address that the resolver knows and the tables can fill in."""
    found = [address_of(each, province.samples) for each in patterns()]
    return [each for each in found if isinstance(each, Address)]


@pytest.fixture(scope="module")
def asks(addresses: list[Address]) -> Callable[[str], list[Address]]:
    """What somebody asks: everything in the proof, else what is his turn."""
    actors = {name: actor_named(name) if name else ANONYMOUS for name in IDENTITIES}
    shares = turns(addresses, actors)
    return lambda username: addresses if WHOLE else shares[username]


def judge(wrong: list[str], questions: int) -> None:
    """Count what was asked; nothing may be wrong."""
    asked["questions"] += questions
    asked["wrong"] += len(wrong)
    assert not wrong, "\n".join(wrong)


def test_every_address_is_classified(province: Demo) -> None:
    found = [address_of(each, province.samples) for each in patterns()]
    assert [each for each in found if isinstance(each, str)] == []


def test_an_address_that_nobody_has_classified_is_found(
    province: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variants: a view that declares nothing, and one whose parameter no table knows."""

    def careless(request: Any) -> HttpResponse:
        return HttpResponse(str(request))

    @public
    def unknown(request: Any, mystery_id: int) -> HttpResponse:
        return HttpResponse(f"{request}{mystery_id}")

    extra: list[URLPattern] = [
        path("careless", careless, name="careless"), path("mystery/<int:mystery_id>", unknown, name="mystery")
    ]  # fmt: skip
    known = patterns()
    monkeypatch.setattr(matrix, "patterns", lambda: [*known, *extra])
    found = [address_of(each, province.samples) for each in matrix.patterns()]
    wrong = [each for each in found if isinstance(each, str)]
    assert wrong == ["careless declares None", "mystery: no sample for <mystery_id>"]


@EVERYBODY
def test_every_question_is_answered_as_declared(
    username: str, province: Demo, asks: Callable[[str], list[Address]]
) -> None:
    browser, wrong = Browser(username), []
    mine = asks(username)
    for address in mine:
        answer = browser.get(address.path)
        want = expected(address, browser.by, province.samples)
        if answer.status_code != want:
            wrong.append(f"{address.name} {address.path}: {answer.status_code}, not {want}")
        elif (
            want == 302
            and refusal(address, browser.by)
            and not answer.headers["Location"].startswith("/sign-in?")
        ):
            wrong.append(f"{address.name}: leads to {answer.headers['Location']}")
    judge(wrong, len(mine))


@EVERYBODY
def test_every_empty_form_is_answered_politely(username: str, asks: Callable[[str], list[Address]]) -> None:
    browser, wrong = Browser(username), []
    mine = asks(username)
    for address in mine:
        status = browser.post(address.path, token=True).status_code
        refused = refusal(address, browser.by)
        if status not in POLITE or (refused is not None and status != refused):
            wrong.append(f"{address.name} {address.path}: {status}, refused is {refused}")
    judge(wrong, len(mine))


@EVERYBODY
def test_every_other_method_is_refused(
    username: str, province: Demo, asks: Callable[[str], list[Address]]
) -> None:
    """HEAD is a question without its answer's body; nothing else than a question or a form is taken."""
    browser, wrong = Browser(username), []
    mine = asks(username)
    for address in mine:
        refused = refusal(address, browser.by)
        for method in METHODS:
            want = expected(address, browser.by, province.samples) if method == "HEAD" else (refused or 405)
            status = browser.send(method, address.path).status_code
            if status != want and not (method == "HEAD" and status == 405 and refused is None):
                wrong.append(f"{method} {address.name} {address.path}: {status}, not {want}")
    judge(wrong, len(mine) * len(METHODS))


@EVERYBODY
def test_what_is_not_yours_is_answered_as_what_is_not_there(username: str, province: Demo) -> None:
    """Every address of a case, with the case of another applicant and department, and with no case at all."""
    browser, wrong, questions = Browser(username), [], 0
    other = province.samples.other_case
    seen = sees(username, standing(other))
    routes = [each for each in patterns() if "case_id" in each.pattern.converters]
    for pattern in routes if WHOLE or not seen else []:
        theirs = address_of(pattern, province.samples, {"case_id": other})
        nowhere = address_of(pattern, province.samples, {"case_id": NOWHERE})
        assert isinstance(theirs, Address)
        assert isinstance(nowhere, Address)
        for method in ("GET", "POST"):
            questions += 2
            one, none = browser.send(method, theirs.path), browser.send(method, nowhere.path)
            refused = refusal(theirs, browser.by)
            if none.status_code < 300 or (refused is not None and none.status_code != refused):
                wrong.append(f"{method} {nowhere.path}: {none.status_code} for what is not there")
            if not seen and one.status_code != none.status_code:
                wrong.append(f"{method} {theirs.path}: {one.status_code}, but {none.status_code} for nothing")
            elif not seen and not alike(length(one), length(none)):
                wrong.append(f"{method} {theirs.path}: {length(one)} bytes, {length(none)} for nothing")
    judge(wrong, questions)


def length(answer: HttpResponseBase) -> int:
    """How many bytes an answer has; none that is streamed is an answer to what is not there."""
    return len(answer.content) if isinstance(answer, HttpResponse) else 0


def alike(one: int, other: int) -> bool:
    """Lengths within a twentieth of each other."""
    return 20 * abs(one - other) <= max(one, other)


@pytest.mark.parametrize("username", ["reviewer.water", "reviewer.industry", "company", "person"])
def test_drafts_of_others_are_not_there(username: str, province: Demo) -> None:
    """A draft is its owner's alone, whoever else may file or search."""
    browser, wrong = Browser(username), []
    mine = {"company": province.samples.draft, "person": province.samples.other_draft}
    routes = [
        each
        for each in patterns()
        if "draft_id" in each.pattern.converters and not str(each.name).startswith("window")
    ]
    others = {province.samples.draft, province.samples.other_draft} - {mine.get(username)}
    for pattern in routes:
        nowhere = address_of(pattern, province.samples, {"draft_id": NOWHERE})
        for draft in others:
            theirs = address_of(pattern, province.samples, {"draft_id": draft})
            assert isinstance(theirs, Address)
            assert isinstance(nowhere, Address)
            for method in ("GET", "POST"):
                one, none = browser.send(method, theirs.path), browser.send(method, nowhere.path)
                if one.status_code != none.status_code or one.status_code < 300:
                    wrong.append(f"{method} {theirs.path}: {one.status_code}, {none.status_code} for nothing")
                elif not alike(length(one), length(none)):
                    wrong.append(f"{method} {theirs.path}: {length(one)} bytes, {length(none)} for nothing")
    judge(wrong, 2 * len(routes))


@pytest.mark.parametrize("username", ["", "company", "admin"], ids=lambda name: name or "anonymous")
def test_no_form_is_taken_from_another_site(
    username: str, addresses: list[Address], asks: Callable[[str], list[Address]]
) -> None:
    browser = Browser(username)
    forms = addresses if WHOLE or username == "admin" else asks(username)
    taken = [
        address.name
        for address in forms
        if not address.path.startswith("/api/") and browser.post(address.path, token=False).status_code != 403
    ]
    judge(taken, len(forms))


def test_every_identity_of_the_demo_is_walked(province: Demo) -> None:
    known = set(Account.objects.exclude(password__startswith="!").values_list("username", flat=True))
    assert known == set(IDENTITIES) - {""}


def test_every_address_has_its_turn(addresses: list[Address]) -> None:
    actors = {name: actor_named(name) if name else ANONYMOUS for name in IDENTITIES}
    shares = turns(addresses, actors)
    for address in addresses:
        who = [name for name, mine in shares.items() if address in mine]
        assert any(refusal(address, actors[name]) is None for name in who) or address.path.startswith(
            "/api/"
        ), address.name
        closed = any(refusal(address, by) for by in actors.values())
        assert not closed or any(refusal(address, actors[name]) for name in who), address.name


def test_a_view_that_forgets_the_reach_is_found(province: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: where every case is visible to everybody who may search, the matrix is wrong."""
    monkeypatch.setattr("yichuang.cases.queries.one.CaseRow.within", lambda row, by: True)
    with pytest.raises(AssertionError, match="but 404 for nothing"):
        test_what_is_not_yours_is_answered_as_what_is_not_there("reviewer.industry", province)
    asked["wrong"] = 0
