"""Reads of drafts: somebody's own, with the guide they are made by."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from yichuang.catalogue.rules.guide import Guide
from yichuang.directory.models import Applicant
from yichuang.intake.flow import MOST_DRAFTS
from yichuang.intake.queries.guides import guide_of_version, region_names
from yichuang.intake.rules import drafting
from yichuang.intake.rules.drafting import Party, Review
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing

NOT_THERE = "没有找到这份草稿，或者它不属于您。"
WHERE = "请从「我的办件」重新打开。"


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file put to a draft's material, or a paper on the window's table (kind `paper`)."""

    id: UUID
    code: str
    name: str
    kind: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft in the order of `draft.sql`."""

    id: UUID
    owner_id: UUID
    channel: str
    answers: dict[str, object]
    marks: Mapping[str, Mapping[str, object]]
    edit: int
    mends: UUID | None
    begun_at: datetime
    changed_at: datetime
    case_id: UUID | None
    version_id: UUID
    version_number: int
    item_id: UUID
    item_code: str
    item_name: str
    item_type: str
    handling_kind: str
    statutory_days: int
    promised_days: int
    region: str
    current_version_id: UUID | None
    department_id: UUID
    department_code: str
    department_name: str
    applicant: Applicant
    materials: tuple[DraftFile, ...]
    guide: Guide

    @property
    def is_current(self) -> bool:
        """Whether the guide has not been replaced since; a correction stays with the version it was filed by."""
        return self.mends is not None or self.current_version_id == self.version_id

    @property
    def is_withdrawn(self) -> bool:
        """Whether the item is not offered any more: what was typed can be read and thrown away, not filed."""
        return self.mends is None and self.current_version_id is None

    @property
    def party(self) -> Party:
        """Whom the filing is for, as values."""
        return party_of(self.applicant)

    @property
    def held(self) -> frozenset[str]:
        """Answers that come from the directory and are not typed."""
        return drafting.locked(self.guide.form, self.party)

    def files_of(self, code: str) -> list[DraftFile]:
        """What was put to one material."""
        return [file for file in self.materials if file.code == code]


def party_of(applicant: Applicant) -> Party:
    """An applicant as values for the rules."""
    return Party(
        applicant.kind, applicant.name, applicant.paper_number, applicant.phone, applicant.address,
        applicant.legal_representative,
    )  # fmt: skip


def own_draft(draft_id: UUID, *, by: Actor) -> DraftRow:
    """A draft of this account. Raises Missing for one that is not there or somebody else's: the two look the same."""
    row = sql.one(sql.statement(__file__, "draft"), {"id": draft_id, "owner": by.id}) if by.id else None
    if row is None:
        raise Missing(NOT_THERE, how=WHERE)
    applicant = Applicant(**dict(zip(APPLICANT_FIELDS, row[24:32], strict=True)))
    files = tuple(DraftFile(UUID(one[0]), *one[1:]) for one in json.loads(row[32]))
    guide = guide_of_version(row[10])
    answers: dict[str, object] = json.loads(row[3])
    is_filed, is_correction = row[9] is not None, row[6] is not None
    if not is_filed and not is_correction:
        # Who applies may have been brought up to date since the draft was begun; what was filed stays as filed.
        answers |= drafting.identity(guide.form, party_of(applicant))
    values: list[Any] = [*row[:3], answers, json.loads(row[4]), *row[5:24], applicant, files, guide]
    return DraftRow(*values)


APPLICANT_FIELDS = (
    "id", "kind", "name", "paper_type", "paper_number", "phone", "address", "legal_representative",
)  # fmt: skip


def open_draft(draft_id: UUID, *, by: Actor) -> DraftRow:
    """A draft that can still be changed. Raises Missing when it was filed: the receipt stands in its place."""
    found = own_draft(draft_id, by=by)
    if found.case_id is not None:
        raise Missing("这份草稿已经提交，不能再修改。", how="请到「我的办件」查看办理进度。")
    return found


def review_of(draft: DraftRow, *, today: date, filed: frozenset[str] = frozenset()) -> Review:
    """Everything that is wrong with a draft; `filed` are codes of materials that the case has already."""
    form = draft.guide.form
    known = region_names(drafting.region_answers(form, draft.answers))
    present = filed | {file.code for file in draft.materials}
    return drafting.review(draft.guide, draft.answers, present, today=today, regions=known)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line of the list of drafts."""

    id: UUID
    item_name: str
    item_code: str
    applicant_name: str
    begun_at: datetime
    changed_at: datetime


def own_drafts(
    *, by: Actor, item_code: str = "", applicant_id: UUID | None = None, limit: int = MOST_DRAFTS
) -> list[DraftLine]:
    """Drafts of this account that have not been filed, the last changed first; corrections stand with their case."""
    if by.id is None:
        return []
    found = sql.rows(
        "select d.id, i.name, i.code, a.name, d.begun_at, d.changed_at from intake_draft d "
        "join catalogue_guideversion v on v.id = d.version_id join catalogue_item i on i.id = v.item_id "
        "join directory_applicant a on a.id = d.applicant_id "
        "where d.owner_id = %(owner)s and d.case_id is null and d.mends is null "
        "and (%(item)s = '' or i.code = %(item)s) and (%(applicant)s::uuid is null or d.applicant_id = %(applicant)s) "
        "order by d.changed_at desc limit %(limit)s",
        {"owner": by.id, "item": item_code, "applicant": applicant_id, "limit": limit},
    )
    return [DraftLine(*row) for row in found]
