"""People and bodies for tests, plainly fictional."""

from datetime import datetime
from typing import Any
from uuid import UUID

from yichuang.directory.commands import ApplicantForm, save_applicant
from yichuang.directory.flow import ApplicantKind, Capability, DepartmentKind
from yichuang.directory.models import Account, Applicant, Department, Post, Region
from yichuang.directory.queries import actor_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 5, 5, 9, 0, tzinfo=SHANGHAI)
PROVINCE = "510000000000"
# Fictional companies: the organisation part is made up, the check digits are computed.
COMPANY_CODES = ("91510000MA6EXAMP2K", "91510000MA6EXAMT50")


def province() -> Region:
    """The province of all tests."""
    return Region.objects.get_or_create(code=PROVINCE, defaults={"name": "四川省", "level": "province"})[0]


def department(name: str = "水利厅", code: str = "119", word: str = "川水") -> Department:
    """A provincial department."""
    made, _ = Department.objects.get_or_create(
        region=province(),
        code=code,
        defaults={
            "id": uuid7(AT),
            "name": name,
            "short_name": name,
            "kind": DepartmentKind.PROVINCIAL,
            "document_word": word,
            "number_code": code,
        },
    )
    return made


def post(
    where: Department, name: str, capabilities: list[Capability], *, everywhere: bool = False, reach_region: bool = False,
    clearance: int = 0,
) -> Post:  # fmt: skip
    """A post with capabilities."""
    held: dict[str, Any] = {
        "capabilities": [str(c) for c in capabilities], "everywhere": everywhere, "reach_region": reach_region,
        "clearance": clearance,
    }  # fmt: skip
    made, _ = Post.objects.get_or_create(department=where, name=name, defaults={"id": uuid7(AT), **held})
    return made


def division(code: str, name: str, parent: str | None = None) -> Region:
    """A division below the province, or below another."""
    province()
    defaults = {"name": name, "level": "city", "parent_id": parent or PROVINCE}
    return Region.objects.get_or_create(code=code, defaults=defaults)[0]


def local_office(region: Region, name: str, code: str = "119") -> Department:
    """A department of a city or a county."""
    made, _ = Department.objects.get_or_create(
        region=region,
        code=code,
        defaults={
            "id": uuid7(AT), "name": name, "short_name": name, "kind": DepartmentKind.DISTRICT, "document_word": "示例",
            "number_code": code,
        },
    )  # fmt: skip
    return made


def staff(username: str, held: Post) -> Actor:
    """A member of staff, as an actor."""
    account, _ = Account.objects.get_or_create(
        username=username,
        defaults={"id": uuid7(AT), "display_name": f"{username}（示例）", "is_staff": True, "post": held},
    )
    return actor_of(account.pk)


CLERK = [
    Capability.CASE_FILE_FOR, Capability.CASE_ACCEPT, Capability.CASE_REFUSE_ACCEPTANCE,
    Capability.CASE_ASK_CORRECTION, Capability.CASE_CLAIM, Capability.CASE_DELIVER, Capability.CASE_SEARCH,
    Capability.CASE_TERMINATE,
]  # fmt: skip
REVIEWER = [
    Capability.CASE_REVIEW, Capability.CASE_PAUSE, Capability.CASE_CLAIM, Capability.CASE_HAND_OVER,
    Capability.CASE_SEARCH,
]  # fmt: skip
HEAD = [
    Capability.CASE_DECIDE, Capability.CASE_EXTEND, Capability.CASE_CLAIM, Capability.CASE_HAND_OVER,
    Capability.CASE_SEARCH, Capability.CASE_EXPEDITE,
]  # fmt: skip


def clerk(username: str = "clerk") -> Actor:
    """A clerk of the one-stop window: receives for every department."""
    office = department("政务一窗受理协调处", "901", "川政务")
    return staff(username, post(office, "综窗工作人员", CLERK, everywhere=True))


def reviewer(where: Department | None = None, username: str = "reviewer") -> Actor:
    """A reviewer of a department."""
    return staff(username, post(where or department(), "审查岗", REVIEWER))


def head(where: Department | None = None, username: str = "head") -> Actor:
    """The head who decides."""
    return staff(username, post(where or department(), "负责人", HEAD))


def company(name: str = "示例科技有限公司", code: str = "91510000MA6EXAMP2K") -> Applicant:
    """A fictional company."""
    known = Applicant.objects.filter(paper_number=code).first()
    form = ApplicantForm(ApplicantKind.COMPANY, name, code, phone="13800000000")
    return known or save_applicant(form, at=AT)


def applicant_actor(who: Applicant | None = None, username: str = "company") -> Actor:
    """Somebody signed in for an applicant."""
    who = who or company()
    account, _ = Account.objects.get_or_create(
        username=username, defaults={"id": uuid7(AT), "display_name": who.name, "applicant": who}
    )
    return actor_of(account.pk)


def account_of(actor: Actor) -> Account:
    """The account behind an actor."""
    assert isinstance(actor.id, UUID)
    return Account.objects.get(pk=actor.id)
