"""Filings for tests: 取水许可 for a fictional company, brought along by the real commands."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from yichuang.cases import commands as cases
from yichuang.cases.flow import Channel
from yichuang.catalogue.models import GuideVersion
from yichuang.catalogue.tests import factories as catalogue
from yichuang.catalogue.tests.factories import departments
from yichuang.catalogue.tests.factories_authorisations import open_to_window
from yichuang.directory.flow import Capability
from yichuang.directory.models import Applicant, Region
from yichuang.directory.tests import factories as people
from yichuang.intake import commands
from yichuang.intake.commands import NewFile
from yichuang.intake.models import Draft
from yichuang.intake.queries import Receipt
from yichuang.kernel.actor import Actor
from yichuang.kernel.canonical import digest
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 5, 16, 10, 0, tzinfo=SHANGHAI)
WATER = catalogue.WATER
COUNTY = "510107000000"
COMPANY_CODES = ("91510000MA00000072", "91510000MA0000090M")
PERSON_ID = "510100199001010013"
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
REQUIRED = ("third_party_statement", "demonstration_report")


def key() -> str:
    """A fresh client key."""
    return uuid4().hex


def offer(**changes: Any) -> GuideVersion:
    """取水许可, published, the window authorised for it, with the county that the answers name."""
    made = catalogue.published(**changes)
    open_to_window(made.item, AT)
    Region.objects.get_or_create(
        code=COUNTY, defaults={"name": "武侯区", "level": "county", "parent_id": "510100000000"}
    )
    return made


def answers(**changes: object) -> dict[str, object]:
    """Everything that the form asks of a company, beyond what the directory knows."""
    given: dict[str, object] = {
        "legal_representative": "李示例",
        "address": "四川省示例市示例区示例路1号",
        "contact_name": "张示例",
        "contact_phone": "13800000000",
        "by_agent": "no",
        "reason": "新建城镇供水工程，现有水源不能满足需要。",
        "for_project": "yes",
        "project_kind": "approve",
        "project_code": "2204-510000-00-01-000002",
        "starts_on": "2028-07-01",
        "ends_on": "2033-06-30",
        "uses": ["domestic", "industry"],
        "annual_volume": "438.000",
        "monthly_volumes": "1月36.5，2月33.0",
        "peak_rate": "0.180",
        "source_kind": "river",
        "source_name": "示例河",
        "region": COUNTY,
        "place": "示例镇示例村示例河左岸",
        "position": "104.0650000,30.6570000",
        "in_reserve": "no",
        "method": "pump",
        "facilities": "新建取水泵站1座。",
        "metering": "online",
        "saving": "管网漏损率控制在9%以内。",
        "discharges": "no",
        "promises": ["true_materials", "as_approved", "metering", "fee"],
        "signer": "李示例",
        "signed_on": "2022-05-13",
    }
    return given | changes


def company(name: str = "示例科技有限公司", code: str = COMPANY_CODES[0]) -> Applicant:
    """The fictional company, complete."""
    made = people.company(name, code)
    Applicant.objects.filter(pk=made.pk).update(
        legal_representative="李示例", address="四川省示例市示例区示例路1号"
    )
    made.refresh_from_db()
    return made


def applicant(username: str = "company") -> Actor:
    """Somebody signed in for the company."""
    return people.applicant_actor(company(), username)


def stranger() -> Actor:
    """Somebody signed in for another company."""
    return people.applicant_actor(company("另一示例有限公司", COMPANY_CODES[1]), "stranger")


def window_clerk() -> Actor:
    """A clerk of the window who may also hand in corrections for walk-ins."""
    office = departments()["centre_window"]
    return people.staff(
        "window", people.post(office, "综窗收件", [*people.CLERK, Capability.CASE_APPLY], everywhere=True)
    )


def pdf(name: str = "材料.pdf", data: bytes = PDF) -> NewFile:
    """A stored file as the commands take it."""
    return NewFile(name, "pdf", len(data), digest(data))


def draft(by: Actor | None = None, *, at: datetime = AT) -> Draft:
    """A draft that was just begun."""
    offer()
    return commands.begin_draft(WATER, by=by or applicant(), at=at, channel=Channel.ONLINE, key=key())


def fill(draft_id: UUID, by: Actor, *, at: datetime = AT, **changes: object) -> None:
    """Fill in every section, page by page as an applicant does."""
    found = Draft.objects.select_related("version").get(pk=draft_id)
    edit = found.edit
    for section in found.version.elements["form"]["sections"]:
        edit = commands.save_section(draft_id, section["code"], answers(**changes), edit, by=by, at=at)


def complete(by: Actor | None = None, *, at: datetime = AT) -> Draft:
    """A draft that is ready to be filed."""
    by = by or applicant()
    made = draft(by, at=at)
    fill(made.pk, by, at=at)
    for code in REQUIRED:
        commands.add_material(made.pk, code, pdf(f"{code}.pdf"), by=by, at=at)
    return made


def filed(by: Actor | None = None, *, at: datetime = AT) -> Receipt:
    """A case filed online."""
    by = by or applicant()
    return commands.file_draft(complete(by, at=at).pk, key=key(), by=by, at=at)


LINES = [
    {"material": "与第三者利害关系的相关说明", "problem": "未盖章", "requirement": "加盖公章后重新扫描"},
    {"material": "申请书", "problem": "取水量与论证报告不一致", "requirement": "按论证报告改正年取水量"},
]


def asked_to_correct(by: Actor | None = None, *, at: datetime = AT) -> Receipt:
    """A filed case that waits for its correction."""
    from_ = filed(by, at=at)
    ask(from_.case_id, at)
    return from_


def ask(case_id: UUID, at: datetime, newly_shown: str = "") -> None:
    """The window asks for a correction."""
    cases.ask_correction(
        case_id,
        lines=LINES,
        respond_by=date(2022, 6, 10),
        newly_shown=newly_shown,
        by=window_clerk(),
        at=at,
        key=key(),
    )


def person() -> Actor:
    """Somebody signed in for themselves."""
    made, _ = Applicant.objects.get_or_create(
        paper_type="111",
        paper_number=PERSON_ID,
        defaults={"id": uuid4(), "kind": "person", "name": "张示例", "phone": "13800000001"},
    )
    return people.applicant_actor(made, "person")
