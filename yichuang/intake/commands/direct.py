"""A filing that comes whole, from a machine: the rules are those of the form, only nothing is kept as a draft."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from yichuang.cases.flow import Channel
from yichuang.catalogue.queries import FilingGuide, filing_guide
from yichuang.directory.commands import ApplicantForm, save_applicant
from yichuang.directory.flow import Capability
from yichuang.directory.models import Applicant
from yichuang.directory.queries import applicant as find_applicant
from yichuang.directory.queries import applicant_by_paper
from yichuang.intake.commands.drafts import check_offer
from yichuang.intake.commands.filing import Entry, enter
from yichuang.intake.commands.materials import NewFile
from yichuang.intake.commands.walk_in import require_window_gate
from yichuang.intake.flow import ALL_SECTIONS, MOST_MATERIALS, PAPER
from yichuang.intake.queries import DraftFile, DraftRow, Fixed, known_receipt, party_of, review_of
from yichuang.intake.rules import drafting
from yichuang.intake.rules.drafting import Review
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid, Missing, Problem, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.kernel.together import side_by_side


@dataclass(frozen=True, slots=True)
class DirectFiling:
    """All of a filing at once: which item, by which channel, for whom, the answers, papers shown, files kept already.

    `applicant` is None where an applicant files for the own account.
    """

    item_code: str
    channel: Channel
    applicant: ApplicantForm | None
    answers: Mapping[str, object]
    papers: Sequence[str] = ()
    files: Sequence[tuple[str, NewFile]] = ()


@dataclass(frozen=True, slots=True)
class DirectlyFiled:
    """The case that the key stands for, and its receipt as it was fixed now; None where the key stood for it before."""

    case_id: UUID
    fixed: Fixed | None = None

    @property
    def replayed(self) -> bool:
        """Whether the key stood for the case before."""
        return self.fixed is None


def file_directly(
    filing: DirectFiling, *, key: str, body_hash: str, by: Actor, at: datetime
) -> DirectlyFiled:
    """File in one transaction, all or nothing; the same key yields the same case for ever.

    Staff who file for others (case.file_for) name the applicant, who is found by the paper or registered; an applicant
    files for the own account. `body_hash` is the hash of everything that was sent. Raises Refused, Missing (no such
    item; somebody else's key), Invalid with every field that is wrong, Conflict (key used for another body).
    """
    by.require(Capability.CASE_APPLY if by.kind == "applicant" else Capability.CASE_FILE_FOR)
    try:
        party, guide = side_by_side(lambda: _standing_party(filing, by), lambda: _guide(filing.item_code))
        if party is not None:
            # Nothing is written beside the case: the one statement that files is all or nothing by itself.
            return _filed(filing, (party, _found(guide)), key, body_hash, by, at)
    except Problem:
        # Whatever is wrong by now: what the key stands for is answered first.
        before = known_receipt(key, body_hash, by)
        if before is None:
            raise
        return DirectlyFiled(before.case_id)
    before = known_receipt(key, body_hash, by)
    if before is not None:
        return DirectlyFiled(before.case_id)
    with transaction.atomic():
        return _filed(filing, (_party(filing, at), _found(guide)), key, body_hash, by, at)


def _guide(item_code: str) -> FilingGuide | Missing:
    """The guide, or why there is none: who applies is judged first."""
    try:
        return filing_guide(item_code)
    except Missing as problem:
        return problem


def _found(guide: FilingGuide | Missing) -> FilingGuide:
    if isinstance(guide, Missing):
        raise guide
    return guide


def _filed(
    filing: DirectFiling,
    what: tuple[Applicant, FilingGuide],
    key: str,
    body_hash: str,
    by: Actor,
    at: datetime,
) -> DirectlyFiled:
    party, found = what
    if filing.channel == Channel.WINDOW:
        require_window_gate(found.item_id, at=at)
    check_offer(found, party, filing.channel)
    draft = _draft(filing, found, party, by, at)
    review = review_of(draft, today=local_day(at))
    if not review.is_complete:
        raise Invalid(
            "还有内容需要改正，没有收件。",
            how="请按 fields 中的说明改正后重新提交。",
            fields=_named(review),
        )
    entry = Entry(draft, review.answers, key, body_hash, filing.channel, direct=True)
    entered = enter(entry, by=by, at=at)
    return DirectlyFiled(entered.receipt.case_id, entered.fixed)


def _named(review: Review) -> dict[str, str]:
    """Every message under the place where the machine has sent what it is about."""
    wrong = {f"answers.{code}": words for code, words in review.wrong.items()}
    return wrong | {f"materials.{code}": words for code, words in review.missing_materials.items()}


def _standing_party(filing: DirectFiling, by: Actor) -> Applicant | None:
    """Who applies, where the directory knows them as they were sent; None where they are to be registered or changed."""
    if by.kind == "applicant":
        return _own(filing, by)
    if filing.applicant is None:
        raise Invalid("没有写明申请人。", fields={"applicant": "代他人申请时应写明申请人"})
    form = filing.applicant
    known = applicant_by_paper(form.paper_number)
    unchanged = known is not None and known.kind == form.kind and known.name == form.name.strip()
    return known if known is not None and unchanged and form.phone.strip() in ("", known.phone) else None


def _party(filing: DirectFiling, at: datetime) -> Applicant:
    form = filing.applicant
    assert form is not None
    try:
        return save_applicant(form, at=at)
    except Invalid as wrong:
        fields = {f"applicant.{name}": text for name, text in wrong.fields.items()}
        raise Invalid(wrong.message, how=wrong.how, fields=fields) from wrong


def _own(filing: DirectFiling, by: Actor) -> Applicant:
    found = find_applicant(by.applicant_id) if by.applicant_id else None
    form = filing.applicant
    number = form.paper_number.strip().upper() if form else ""
    if found is None or filing.channel not in (Channel.ONLINE, Channel.MOBILE):
        raise Refused("申请人只能在网上为自己申请。", how="channel 应为 2 或 3。")
    if form is not None and (number != found.paper_number or form.name.strip() != found.name):
        raise Refused("只能为本账号登记的申请人申请。", how="请用申请人自己的账号，或者省略 applicant。")
    return found


def _draft(filing: DirectFiling, found: FilingGuide, party: Applicant, by: Actor, at: datetime) -> DraftRow:
    """The draft that a browser would have made of it, in memory."""
    form, who = found.guide.form, party_of(party)
    held = drafting.locked(form, who)
    answers = drafting.prefill(form, who, local_day(at))
    answers |= drafting.typed(form, ALL_SECTIONS, filing.answers, held)
    assert by.id is not None
    values: dict[str, Any] = {
        "id": uuid7(at), "owner_id": by.id, "channel": str(filing.channel),
        "answers": answers | drafting.identity(form, who), "marks": {}, "edit": 1, "mends": None, "begun_at": at,
        "changed_at": at, "case_id": None, "version_id": found.version_id, "version_number": found.number,
        "item_id": found.item_id, "item_code": found.item_code, "item_name": found.item_name,
        "item_type": found.item_type, "handling_kind": found.handling_kind,
        "statutory_days": found.statutory_days, "promised_days": found.promised_days, "region": found.region,
        "current_version_id": found.version_id, "department_id": found.department_id,
        "department_code": found.department_number, "department_name": found.department_short,
        "applicant": party, "materials": tuple(_materials(filing, found, by, at)), "guide": found.guide,
    }  # fmt: skip
    _check_answers_known(filing, found)
    return DraftRow(**values)


def _check_answers_known(filing: DirectFiling, found: FilingGuide) -> None:
    """A form cannot send a field that it does not have; a machine is told."""
    fields = {field.code for field in found.guide.form.fields()}
    wrong = {f"answers.{code[:64]}": "申请表中没有这一项" for code in filing.answers if code not in fields}
    if wrong:
        raise Invalid("申请表中没有这些内容。", how="字段编码见办事指南的申请表。", fields=wrong)


def _materials(filing: DirectFiling, found: FilingGuide, by: Actor, at: datetime) -> Iterator[DraftFile]:
    copies = {material.code: max(1, material.copies) for material in found.guide.materials}
    codes = [*filing.papers, *(code for code, _ in filing.files)]
    unknown = {f"materials.{code[:64]}": "办事指南中没有这份材料" for code in codes if code not in copies}
    if unknown:
        raise Invalid("材料有误。", how="材料编码见办事指南。", fields=unknown)
    if len(codes) > MOST_MATERIALS:
        raise Invalid(
            f"一份申请最多上传 {MOST_MATERIALS} 个文件。", how="请把同一份材料合并成一个 PDF 文件后再上传。"
        )
    if filing.papers and not by.can(Capability.CASE_FILE_FOR):
        raise Refused("网上申请不能登记纸质材料。", how="请上传电子文件，或者到窗口办理。")
    for code in dict.fromkeys(filing.papers):
        yield DraftFile(uuid7(at), code, "纸质件", PAPER, copies[code], "")
    for code, file in filing.files:
        yield DraftFile(uuid7(at), code, file.name, file.kind, file.size, file.sha256)
