"""Applicants and their accounts; the divisions they live in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import ApplicantKind, Capability, PaperType
from yichuang.directory.models import Account, Applicant, Region
from yichuang.kernel import bigrams, canonical, identifiers, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import uuid7


@dataclass(frozen=True, slots=True)
class ApplicantForm:
    """What identifies an applicant, as shown on the paper."""

    kind: ApplicantKind
    name: str
    paper_number: str
    phone: str = ""
    address: str = ""
    legal_representative: str = ""


@transaction.atomic
def save_applicant(form: ApplicantForm, *, at: datetime) -> Applicant:
    """Register an applicant, or bring the known one up to date. The paper decides who it is.

    Raises Invalid where the identity number or credit code does not check.
    """
    number = form.paper_number.strip().upper()
    paper = PaperType.CREDIT_CODE if form.kind == ApplicantKind.COMPANY else PaperType.RESIDENT_ID
    verdict = identifiers.check(number, "uscc" if paper == PaperType.CREDIT_CODE else "resident_id")
    wrong: dict[str, str] = {}
    if verdict.verdict == "invalid":
        wrong["paper_number"] = "；".join(verdict.reasons)
    if not form.name.strip():
        wrong["name"] = "请填写证件上的全称，例如：示例科技有限公司"
    if wrong:
        raise Invalid("申请人信息有误，请按提示修改。", fields=wrong)
    known, _ = Applicant.objects.update_or_create(
        paper_type=paper,
        paper_number=number,
        create_defaults={"id": uuid7(at), "kind": form.kind, "name": form.name.strip(), **_contact(form)},
        defaults={"name": form.name.strip(), **_contact(form)},
    )
    _index(known)
    return known


def _contact(form: ApplicantForm) -> dict[str, str]:
    given = {
        "phone": form.phone.strip(),
        "address": form.address.strip(),
        "legal_representative": form.legal_representative.strip(),
    }
    return {name: value for name, value in given.items() if value}


def _index(applicant: Applicant) -> None:
    text = bigrams.document(f"{applicant.name} {applicant.paper_number}")
    sql.execute(
        "update directory_applicant set search = %(text)s::tsvector where id = %(id)s",
        {"text": text, "id": applicant.pk},
    )


@transaction.atomic
def open_applicant_account(
    *, username: str, password: str | None, applicant_id: UUID, display_name: str, at: datetime
) -> Account:
    """An account by which an applicant signs in (without password: by other means). Raises Conflict for a taken name."""
    account = Account(id=uuid7(at), username=username, display_name=display_name, applicant_id=applicant_id)
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        raise Conflict("这个账号名已被使用。", fields={"username": "账号名已被使用，请换一个"}) from error
    return account


def load_regions(rows: Iterable[tuple[str, str, str, str]]) -> int:
    """Load divisions (code, name, level, parent code); parents before children. How many are new or changed."""
    known = {region.code: region for region in Region.objects.all()}
    fresh = []
    for code, name, level, parent in rows:
        before = known.get(code)
        if before is None or (before.name, before.level, before.parent_id or "") != (name, level, parent):
            fresh.append(Region(code=code, name=name, level=level, parent_id=parent or None))
    Region.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "level", "parent"],
        batch_size=1000,
    )
    return len(fresh)


def applicant_commitment(applicant: Applicant, salt: str) -> str:
    """What a fact may say of an applicant: a salted commitment of name and paper."""
    return canonical.commitment(salt, [applicant.name, applicant.paper_type, applicant.paper_number])


def forget_applicant(applicant_id: UUID, *, by: Actor) -> bool:
    """Take everything personal out of an applicant's record (lawful destruction); False where an account still uses it.

    The caller has made sure that no case of theirs is left.
    """
    by.require(Capability.PRIVATE_DESTROY)
    if Account.objects.filter(applicant_id=applicant_id).exists():
        return False
    gone = Applicant.objects.filter(pk=applicant_id).update(
        name="（已依法删除）", paper_number=f"destroyed:{applicant_id}", phone="", address="", legal_representative="",
        search=None,
    )  # fmt: skip
    return bool(gone)
