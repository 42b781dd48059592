"""Every address of the site by everybody of the demo: each answer is what the view declares, and never a fault.

The policy stands in `matrix.py`. Every route is tried once by somebody who may and somebody who may not; with
YICHUANG_PROOF=1 (`make proof`) everything is tried by everybody.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.http import HttpResponse, HttpResponseBase
from django.test import override_settings
from django.urls import URLPattern, path
from django.urls.converters import UUIDConverter
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
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS
from yichuang.kernel.web import public

WHOLE = os.environ.get("YICHUANG_PROOF") == "1"
EVERYBODY = pytest.mark.parametrize("username", IDENTITIES, ids=lambda name: name or "anonymous")
asked: dict[str, int] = {"questions": 0, "wrong": 0}


@pytest.fixture(scope="module")
def province(
    demo: Demo, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """Django's own connection at the demo for all tests of this module; what was asked is told to the proof.

    Its own folder too: files for analysts that another test has made are not there.
    """
    folder = override_settings(VAR_DIR=tmp_path_factory.mktemp("province"))
    with django_db_blocker.unblock(), pointed_at(demo.urls, demo.name), folder:
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
            one, work = asked_of_the_database(browser, method, theirs.path)
            none, no_work = asked_of_the_database(browser, method, nowhere.path)
            refused = refusal(theirs, browser.by)
            if none.status_code < 300 or (refused is not None and none.status_code != refused):
                wrong.append(f"{method} {nowhere.path}: {none.status_code} for what is not there")
            if not seen and one.status_code != none.status_code:
                wrong.append(f"{method} {theirs.path}: {one.status_code}, but {none.status_code} for nothing")
            elif not seen and not alike(length(one), length(none)):
                wrong.append(f"{method} {theirs.path}: {length(one)} bytes, {length(none)} for nothing")
            elif not seen and work != no_work:
                wrong.append(f"{method} {theirs.path}: {differing(work, no_work)} as for nothing")
    judge(wrong, questions)


SAVEPOINT = re.compile(r'"?s[0-9]+_x[0-9]+"?')


def asked_of_the_database(browser: Browser, method: str, path: str) -> tuple[HttpResponseBase, list[str]]:
    """The answer, and every statement behind it: as many and the same, or the time they take tells them apart."""
    with sql.counting() as statements:
        answer = browser.send(method, path)
    # The clock is read anew every few seconds, whatever was asked for.
    return answer, [SAVEPOINT.sub("s", one) for one in statements if "workdays_businessclock" not in one]


def differing(work: list[str], other: list[str]) -> str:
    """The first statement that only one of them has."""
    only = next(((one, two) for one, two in zip_longest(work, other) if one != two), ("", ""))
    return f"{len(work)} statements, not {len(other)}; {str(only[0])[:90]!r}, not {str(only[1])[:90]!r},"


def length(answer: HttpResponseBase) -> int:
    """How many bytes an answer has; none that is streamed is an answer to what is not there."""
    return len(answer.content) if isinstance(answer, HttpResponse) else 0


def alike(one: int, other: int) -> bool:
    """Lengths within a twentieth of each other."""
    return 20 * abs(one - other) <= max(one, other)


@pytest.mark.parametrize("username", IDENTITIES[1:] if WHOLE else ("person", "reviewer.industry"))
def test_no_detail_tells_by_its_work_whether_it_is_there(username: str, province: Demo) -> None:
    """Every other address that names something by its id and is answered 404: the same work as for nothing."""
    browser, wrong, questions = Browser(username), [], 0
    for pattern in patterns():
        named = {name for name, one in pattern.pattern.converters.items() if isinstance(one, UUIDConverter)}
        theirs = address_of(pattern, province.samples)
        nowhere = address_of(pattern, province.samples, dict.fromkeys(named, NOWHERE))
        if (
            "case_id" in named
            or not named
            or not isinstance(theirs, Address)
            or not isinstance(nowhere, Address)
        ):
            continue
        if refusal(theirs, browser.by) is None and expected(theirs, browser.by, province.samples) == 404:
            whole = re.match(r".*?/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", theirs.path)
            if whole and whole[0] != theirs.path and browser.get(whole[0]).status_code < 400:
                continue  # It is theirs; only a part of it is not there.
            questions += 1
            one, work = asked_of_the_database(browser, "GET", theirs.path)
            none, no_work = asked_of_the_database(browser, "GET", nowhere.path)
            if one.status_code != none.status_code or not alike(length(one), length(none)):
                wrong.append(
                    f"{theirs.path}: {one.status_code}, {length(one)} bytes; {length(none)} for nothing"
                )
            elif work != no_work:
                wrong.append(f"{theirs.name} {theirs.path}: {differing(work, no_work)} as for nothing")
    assert questions
    judge(wrong, questions)


def test_a_view_that_works_more_for_what_is_there_is_found(
    province: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: it looks something up about the case before it says that there is none for you."""

    def curious(row: Any, by: Any) -> bool:
        return bool(sql.rows("select 1 from cases_work where case_id = %(id)s", {"id": row.id})) and False

    monkeypatch.setattr("yichuang.cases.queries.one.CaseRow.within", curious)
    with pytest.raises(AssertionError, match="as for nothing"):
        test_what_is_not_yours_is_answered_as_what_is_not_there("reviewer.industry", province)
    asked["wrong"] = 0


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
                one, work = asked_of_the_database(browser, method, theirs.path)
                none, no_work = asked_of_the_database(browser, method, nowhere.path)
                if one.status_code != none.status_code or one.status_code < 300:
                    wrong.append(f"{method} {theirs.path}: {one.status_code}, {none.status_code} for nothing")
                elif not alike(length(one), length(none)):
                    wrong.append(f"{method} {theirs.path}: {length(one)} bytes, {length(none)} for nothing")
                elif work != no_work:
                    wrong.append(f"{method} {theirs.path}: {differing(work, no_work)} as for nothing")
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
