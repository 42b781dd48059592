"""Every address of the site by everybody of the demo: each answer is what the view declares, and never a fault.

An address whose parameters, or whose answer to those who may open it, is not in the tables below fails the test: whoever
adds a page says here who may see what on it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from pytest_django import DjangoDbBlocker

from tests.stories.conftest import Demo
from tests.stories.samples import Samples, pointed_at
from tests.stories.tables import rooms_tables
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account
from yichuang.directory.queries import actor_of
from yichuang.kernel.actor import ANONYMOUS, Actor
from yichuang.kernel.web import PUBLIC, SIGNED_IN, requirement

IDENTITIES = (
    "", "company", "person", "clerk", "reviewer.water", "reviewer.industry", "head.water", "catalogue.editor",
    "catalogue.publisher", "report.editor", "report.reviewer", "leader", "auditor", "admin", "contributor.water",
    "coordinator", "inspector", "supervisor",
)  # fmt: skip
# What an empty form may be answered with: a page, a redirect, or a refusal that says why. Never a fault.
POLITE = {200, 204, 302, 400, 403, 404, 405, 409, 422, 429}

PARAMETERS: dict[str, Callable[[Samples], Any]] = {
    "case_id": lambda s: s.correcting,
    "action": lambda s: "refuse_acceptance",
    "seq": lambda s: 2,
    "subject_id": lambda s: s.correcting,
    "department_id": lambda s: s.department,
    "post_id": lambda s: s.post,
    "account_id": lambda s: s.account,
    "item_code": lambda s: s.item,
    "code": lambda s: "purpose",
    "draft_id": lambda s: s.draft,
    "entry_id": lambda s: s.entry,
    "slug": lambda s: s.slug,
    "form": lambda s: "txt",
    "report_id": lambda s: s.editing,
    "section": lambda s: "efficiency",
    "visit_id": lambda s: s.visit,
    "contribution_id": lambda s: s.contribution,
    "number": lambda s: 1,
    "version_id": lambda s: s.version,
    "item_id": lambda s: s.item_id,
    "run_id": lambda s: s.run,
    "key": lambda s: "materials",
    "name": lambda s: "submit",
}
SPECIAL: dict[tuple[str, str], Callable[[Samples], Any]] = {
    ("item", "code"): lambda s: s.item,
    ("follow-case", "number"): lambda s: s.own_number,
    ("material-file", "material_id"): lambda s: s.material[1],
    ("draft-file-of", "material_id"): lambda s: s.draft_material,
    ("draft-remove", "material_id"): lambda s: s.draft_material,
    ("window-draft-file-of", "material_id"): lambda s: s.window_material,
    ("window-draft-remove", "material_id"): lambda s: s.window_material,
    ("desk-report-act", "action"): lambda s: "submit",
    ("manual-move", "name"): lambda s: "publish",
}
QUERIES = {"desk-figures-cases": "?measure=concluded", "desk-figures-cases-csv": "?measure=concluded"}
POST_ONLY = {
    "sign-out", "elder", "desk-claim", "desk-release", "desk-act", "calendar-preview", "calendar-enter", "clock-move",
    "window-start", "brought-forward-enter", "brought-forward-cancel", "desk-report-new", "desk-report-withdraw",
    "desk-report-act", "desk-report-take", "desk-report-decline", "desk-report-bring-forward",
    "desk-report-visit-remove", "staff-password", "catalogue-import-file", "catalogue-import-packaged", "guide-begin",
    "guide-move", "manual-save", "manual-move", "desk-messages-read",
    *(f"{prefix}-{page}" for prefix in ("draft", "window-draft") for page in ("save", "questions", "remove", "file", "discard")),
}  # fmt: skip


def own(by: Actor, samples: Samples) -> int:
    """What belongs to the company is not there for anybody else who may file."""
    return 200 if by.name == "示例科技有限公司" else 404


def case(by: Actor, samples: Samples) -> int:
    """The company's case of the water department: for the company, and for staff who search cases and reach it."""
    return own(by, samples) if by.kind == "applicant" else desk_case(by, samples)


def desk_case(by: Actor, samples: Samples) -> int:
    """A case of the water department, for staff who search cases and reach that department."""
    return (
        200
        if by.can(Capability.CASE_SEARCH)
        and (by.everywhere or by.name in ("李审查（示例）", "钱处长（示例）"))
        else 404
    )


def mending(by: Actor, samples: Samples) -> int:
    """To mend or withdraw the company's case: the company, and the window for somebody who walks in."""
    return case(by, samples)


def followed(by: Actor, samples: Samples) -> int:
    """A case of the industry department that nobody has shown the code of in this session."""
    if by.kind == "anonymous":
        return 302
    mine = by.can(Capability.CASE_SEARCH) and (by.everywhere or by.name == "赵审查（示例）")
    return own(by, samples) if by.kind == "applicant" else 200 if mine else 404


def drafted(by: Actor, samples: Samples) -> int:
    """A report that is not issued yet, for those who edit, review or issue."""
    return (
        200
        if any(
            by.can(each)
            for each in (Capability.REPORT_EDIT, Capability.REPORT_REVIEW, Capability.REPORT_ISSUE)
        )
        else 404
    )


def start_filing(by: Actor, samples: Samples) -> int:
    """Applicants file themselves, the window is led to its own page, other staff do not file."""
    return 200 if by.kind == "applicant" else 302 if by.can(Capability.CASE_FILE_FOR) else 403


def desk(by: Actor, samples: Samples) -> int:
    """Those who handle no cases are led to their first page."""
    return 200 if by.can(Capability.CASE_SEARCH) else 302


def desk_reports(by: Actor, samples: Samples) -> int:
    """Whoever has a part in reports."""
    part = (
        Capability.REPORT_EDIT,
        Capability.REPORT_REVIEW,
        Capability.REPORT_ISSUE,
        Capability.REPORT_CONTRIBUTE,
        Capability.REPORT_IMPORT,
    )
    return 200 if any(by.can(each) for each in part) else 403


def not_for_strangers(by: Actor, samples: Samples) -> int:
    """A document of the company's case: open to whoever may see that case, and not there for the rest."""
    return 404 if by.kind == "anonymous" else case(by, samples)


def for_applicants(by: Actor, samples: Samples) -> int:
    """Staff are led to their desk."""
    return 302 if by.kind == "staff" else 200


Answer = Callable[[Actor, Samples], int]
DRAFT = ("", "-section", "-materials", "-file-of", "-check")
ANSWERS: dict[str, Answer] = {
    "desk": desk,
    "desk-case": desk_case,
    "document": not_for_strangers,
    "receipt": case,
    "receipt-calendar": case,
    "material-file": case,
    "my-case": case,
    "my-correction": mending,
    "my-withdraw": mending,
    "my": for_applicants,
    "follow-case": followed,
    "file-start": start_filing,
    "desk-reports": desk_reports,
    **{f"draft{page}": own for page in DRAFT},
    **dict.fromkeys(
        ("desk-report", "desk-report-file", "desk-report-versions", "desk-report-version"), drafted
    ),
}


for _tables in rooms_tables():
    PARAMETERS |= _tables.parameters
    SPECIAL |= _tables.special
    QUERIES |= _tables.queries
    POST_ONLY |= _tables.post_only
    ANSWERS |= _tables.answers


@dataclass(frozen=True)
class Address:
    """An address of the site, filled in from the demo."""

    name: str
    path: str
    wanted: str


@pytest.fixture(scope="module")
def province(demo: Demo, django_db_blocker: DjangoDbBlocker) -> Iterator[Demo]:
    """Django's own connection at the demo for all tests of this module."""
    with django_db_blocker.unblock(), pointed_at(demo.urls, demo.name):
        yield demo
        connections["default"].close()


@pytest.fixture(scope="module")
def addresses(province: Demo) -> list[Address]:
    """Every address that the resolver knows and the tables can fill in."""
    found = [_address(each, province.samples) for each in patterns()]
    return [each for each in found if isinstance(each, Address)]


def patterns() -> list[URLPattern]:
    """What the resolver knows. An include() would hide its addresses, so there is none."""
    found = get_resolver().url_patterns
    assert all(isinstance(each, URLPattern) for each in found)
    return [each for each in found if isinstance(each, URLPattern)]


def _address(pattern: URLPattern, samples: Samples) -> "Address | str":
    """An address filled in; else the words that say what is missing."""
    name, wanted = str(pattern.name), requirement(pattern.callback)
    if wanted is None or wanted not in {PUBLIC, SIGNED_IN, *Capability}:
        return f"{name} declares {wanted!r}"
    given = {}
    for parameter in pattern.pattern.converters:
        known = SPECIAL.get((name, parameter)) or PARAMETERS.get(parameter)
        if known is None:
            return f"{name}: no sample for <{parameter}>"
        given[parameter] = known(samples)
        if name.startswith("window-draft") and parameter == "draft_id":
            given[parameter] = samples.window_draft
    return Address(name, reverse(name, kwargs=given) + QUERIES.get(name, ""), wanted)


def test_every_address_is_classified(province: Demo) -> None:
    found = [_address(each, province.samples) for each in patterns()]
    assert [each for each in found if isinstance(each, str)] == []


class Browser:
    """A client that keeps its session whatever is answered."""

    def __init__(self, username: str) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.by = ANONYMOUS
        if username:
            account = Account.objects.get(username=username)
            self.client.force_login(account, backend=settings.AUTHENTICATION_BACKENDS[-1])
            self.by = actor_of(account.pk)
        page = self.client.get("/sign-in").content.decode()
        self.token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        assert self.token
        self.cookies = self.client.cookies.output(header="", sep=";")

    def get(self, path: str) -> HttpResponseBase:
        """Ask, and read the answer to its end: an export may fail in its middle."""
        answer = self.client.get(path)
        if answer.streaming:
            b"".join(answer)
        return answer

    def post(self, path: str, *, token: bool) -> HttpResponseBase:
        """Send an empty form; whatever it did is undone."""
        self.client.cookies.load(self.cookies)
        with transaction.atomic():
            answer = self.client.post(path, {"csrfmiddlewaretoken": self.token} if token else {})
            transaction.set_rollback(True)
        self.client.cookies.load(self.cookies)
        return answer


def refusal(address: Address, by: Actor) -> int | None:
    """The answer of the front door to those who may not open an address; None for those who may."""
    if address.wanted == PUBLIC:
        return None
    if by.kind == "anonymous":
        return 302
    return None if address.wanted == SIGNED_IN or by.can(address.wanted) else 403


def expected(address: Address, by: Actor, samples: Samples) -> int:
    """What a question must be answered with."""
    refused = refusal(address, by)
    if refused is not None:
        return refused
    if address.name in POST_ONLY:
        return 405
    answer = ANSWERS.get(address.name)
    return answer(by, samples) if answer else 200


@pytest.mark.parametrize("username", IDENTITIES, ids=lambda name: name or "anonymous")
def test_every_question_is_answered_as_declared(
    username: str, province: Demo, addresses: list[Address]
) -> None:
    browser = Browser(username)
    wrong = []
    for address in addresses:
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
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("username", IDENTITIES, ids=lambda name: name or "anonymous")
def test_every_empty_form_is_answered_politely(
    username: str, province: Demo, addresses: list[Address]
) -> None:
    browser = Browser(username)
    wrong = []
    for address in addresses:
        status = browser.post(address.path, token=True).status_code
        refused = refusal(address, browser.by)
        if status not in POLITE or (refused is not None and status != refused):
            wrong.append(f"{address.name} {address.path}: {status}, refused is {refused}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("username", ["", "company", "admin"], ids=lambda name: name or "anonymous")
def test_no_form_is_taken_from_another_site(username: str, province: Demo, addresses: list[Address]) -> None:
    browser = Browser(username)
    taken = [
        address.name for address in addresses if browser.post(address.path, token=False).status_code != 403
    ]
    assert taken == []


def test_every_identity_of_the_demo_is_walked(province: Demo) -> None:
    known = set(Account.objects.exclude(password__startswith="!").values_list("username", flat=True))
    assert known == set(IDENTITIES) - {""}
