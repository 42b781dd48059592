"""The policy of the whole site: who may open which address, and what everybody else is answered.

An address whose parameters, or whose answer to those who may open it, is not in the tables below fails the matrix: whoever
adds a page says here (or in `yichuang/<room>/tests/addresses*.py`) who may see what on it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zlib import crc32

from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from tests.stories.samples import Samples
from tests.stories.tables import rooms_tables
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account
from yichuang.directory.queries import actor_of
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS, Actor
from yichuang.kernel.web import PUBLIC, SIGNED_IN, requirement

IDENTITIES = (
    "", "company", "person", "clerk", "reviewer.water", "reviewer.industry", "head.water", "catalogue.editor",
    "catalogue.publisher", "report.editor", "report.reviewer", "leader", "auditor", "admin", "contributor.water",
    "coordinator", "inspector", "supervisor", "second.water",
)  # fmt: skip
# What an empty form may be answered with: a page, a redirect, or a refusal that says why. Never a fault.
POLITE = {200, 204, 302, 400, 401, 403, 404, 405, 409, 422, 429}

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
        and (by.everywhere or by.name in ("李审查（示例）", "钱处长（示例）", "孔复审（示例）"))
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


def patterns() -> list[URLPattern]:
    """What the resolver knows. An include() would hide its addresses, so there is none."""
    found = get_resolver().url_patterns
    assert all(isinstance(each, URLPattern) for each in found)
    return [each for each in found if isinstance(each, URLPattern)]


def address_of(
    pattern: URLPattern, samples: Samples, instead: Mapping[str, Any] | None = None
) -> "Address | str":
    """An address filled in, with other samples where given; else the words that say what is missing."""
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
    given |= {name: value for name, value in (instead or {}).items() if name in given}
    return Address(name, reverse(name, kwargs=given) + QUERIES.get(name, ""), wanted)


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

    def send(self, method: str, path: str) -> HttpResponseBase:
        """Ask by any method, with the form's token; whatever it did is undone."""
        self.client.cookies.load(self.cookies)
        with transaction.atomic():
            answer = self.client.generic(method, path, headers={"X-CSRFToken": self.token})
            if answer.streaming:
                b"".join(answer)
            transaction.set_rollback(True)
        self.client.cookies.load(self.cookies)
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
    """The answer of the front door to those who may not open an address; None for those who may.

    At the JSON door no browser is anybody: cookies do not count there, only tokens.
    """
    if address.wanted == PUBLIC:
        return None
    if address.path.startswith("/api/"):
        return 401
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


METHODS = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
NOWHERE = UUID("018091bb-1a80-7708-ba43-98d068184ed4")


def turns(addresses: Sequence[Address], actors: Mapping[str, Actor]) -> dict[str, list[Address]]:
    """Every address once: by one who may open it, and by one who may not; who that is goes round by the address's name."""
    found: dict[str, list[Address]] = {username: [] for username in actors}
    for address in addresses:
        place = crc32(address.name.encode())
        for may in (True, False):
            fitting = [who for who, by in actors.items() if (refusal(address, by) is None) is may]
            if fitting:
                found[fitting[place % len(fitting)]].append(address)
    return found


@dataclass(frozen=True)
class Standing:
    """Where an object stands, read without the house's own queries: its department and its applicant."""

    department_id: UUID
    applicant_id: UUID
    confidentiality: int


def standing(case_id: UUID) -> Standing:
    """Where a case stands."""
    row = sql.one(
        "select department_id, applicant_id, confidentiality from cases_case where id = %(id)s",
        {"id": case_id},
    )
    assert row is not None
    return Standing(*row)


def sees(username: str, case: Standing) -> bool:
    """The auditor's own rule for cases: the applicant; staff who search cases, of the department or of all, and cleared."""
    row = sql.one(
        "select a.applicant_id, p.department_id, p.everywhere, p.capabilities, p.clearance from directory_account a "
        "left join directory_post p on p.id = a.post_id where a.username = %(username)s",
        {"username": username},
    )
    if row is None:
        return False
    applicant, department, everywhere, capabilities, clearance = row
    if applicant is not None:
        return bool(applicant == case.applicant_id)
    reaches = everywhere or department == case.department_id
    return bool(reaches and "case.search" in capabilities and clearance >= case.confidentiality)
