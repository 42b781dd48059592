"""Reads of what was filed: receipts, applications, materials, and what a correction changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from yichuang.cases import rules as case_rules
from yichuang.cases.queries import CaseRow, visible
from yichuang.catalogue.rules.forms import Field
from yichuang.catalogue.rules.guide import Guide
from yichuang.intake.flow import PAPER
from yichuang.intake.queries.guides import guide_of_version, region_names
from yichuang.intake.rules import drafting, privacy
from yichuang.intake.rules.drafting import FieldChange
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the applicant takes home: the number, the code to follow it by, the journal's hash, who answers by when."""

    case_id: UUID
    number: str
    follow_code: str
    hash: str
    filed_at: datetime
    accept_by: date


def make_receipt(case_id: UUID, number: str, hash_: bytes, filed_at: datetime) -> Receipt:
    """The same filing yields the same receipt at any time: nothing in it is stored beside the case."""
    accept_by = calendar().add(local_day(filed_at), case_rules.ACCEPTANCE_DAYS)
    code = case_rules.follow_code(settings.FOLLOW_SECRET, case_id)
    return Receipt(case_id, number, code, hash_.hex(), filed_at, accept_by)


def receipt_of(case_id: UUID) -> Receipt | None:
    """The receipt of a case that was filed; no permission is checked here."""
    row = sql.one(
        "select c.number, f.hash, c.filed_at from cases_case c "
        "join journal_fact f on f.subject_id = c.id and f.seq = 1 where c.id = %(id)s",
        {"id": case_id},
    )
    return make_receipt(case_id, row[0], bytes(row[1]), row[2]) if row else None


def receipt(case_id: UUID, *, by: Actor) -> tuple[Receipt, CaseRow]:
    """The receipt of a case that this actor may see. Raises Missing."""
    row = visible(case_id, by=by)
    found = receipt_of(case_id)
    if found is None:
        raise Missing
    return found, row


@dataclass(frozen=True, slots=True)
class Filed:
    """A filed material. `round` 0 came with the filing, 1 with the first correction; kind `paper` has no file."""

    id: UUID
    round: int
    code: str
    name: str
    kind: str
    size: int
    sha256: str
    added_at: datetime
    title: str

    @property
    def is_paper(self) -> bool:
        """Whether it lies on paper at the window and cannot be downloaded."""
        return self.kind == PAPER


@dataclass(frozen=True, slots=True)
class Earlier:
    """Answers that a correction has replaced."""

    edit: int
    answers: Mapping[str, object]
    at: str


@dataclass(frozen=True, slots=True)
class Application:
    """What was filed for a case, with the guide that it was filed by."""

    case_id: UUID
    version_id: UUID
    answers: dict[str, object]
    salt: str
    edit: int
    earlier: tuple[Earlier, ...]
    materials: tuple[Filed, ...]
    guide: Guide


def read_application(case_id: UUID) -> Application | None:
    """The application of a case in one statement; no permission is checked here."""
    row = sql.one(sql.statement(__file__, "application"), {"id": case_id})
    if row is None:
        return None
    guide = guide_of_version(row[1])
    titles = {material.code: material.name for material in guide.materials}
    files = tuple(_filed(one, titles) for one in json.loads(row[6]))
    earlier = tuple(Earlier(one["edit"], one["answers"], one["at"]) for one in json.loads(row[5]))
    return Application(row[0], row[1], json.loads(row[2]), row[3], row[4], earlier, files, guide)


def _filed(one: list[Any], titles: Mapping[str, str]) -> Filed:
    values = [UUID(one[0]), *one[1:7], datetime.fromisoformat(one[7]), titles.get(one[2], "其他材料")]
    return Filed(*values)


def application(case_id: UUID, *, by: Actor) -> Application:
    """What was filed for a case that this actor may see. Raises Missing."""
    visible(case_id, by=by)
    found = read_application(case_id)
    if found is None:
        raise Missing("这个办件没有网上申请内容。", how="申请材料在纸质案卷中。")
    return found


def materials(case_id: UUID, *, by: Actor) -> tuple[Filed, ...]:
    """The filed materials of a case that this actor may see, by round. Raises Missing."""
    return application(case_id, by=by).materials


def material(case_id: UUID, material_id: UUID, *, by: Actor) -> Filed:
    """One filed material for download. Raises Missing for one that is not there, not theirs, or on paper."""
    return material_of(case_id, material_id, by=by)[0]


def material_of(case_id: UUID, material_id: UUID, *, by: Actor) -> tuple[Filed, CaseRow]:
    """One filed material with its case. Raises Missing for one that is not there, not theirs, or on paper."""
    row = visible(case_id, by=by)
    found = read_application(case_id)
    for one in found.materials if found else ():
        if one.id == material_id and not one.is_paper:
            return one, row
    raise Missing("没有找到这份材料，或者您无权查看。", how="请从办件页重新打开。")


def changes(case_id: UUID, *, by: Actor, shade: bool = False) -> list[FieldChange]:
    """What the latest correction changed in the answers, field by field; empty before the first. Raises Missing.

    With `shade`, what is personal is masked.
    """
    found = application(case_id, by=by)
    if not found.earlier:
        return []
    before = dict(found.earlier[-1].answers)
    form = found.guide.form
    codes = [*drafting.region_answers(form, before), *drafting.region_answers(form, found.answers)]
    changed = drafting.changed_fields(form, before, found.answers, region_names(codes))
    return privacy.shaded_changes(changed, form, found.answers) if shade else changed


@dataclass(frozen=True, slots=True)
class Answered:
    """One section of a filed form, as people read it: (label, answer)."""

    code: str
    title: str
    rows: tuple[tuple[str, str], ...]


def _shown(field: Field, answers: Mapping[str, object], names: Mapping[str, str], *, shade: bool) -> str:
    text = drafting.shown_answer(field, answers[field.code], names)
    return privacy.shaded(field, text, answers) if shade else text


def in_words(guide: Guide, answers: Mapping[str, object], *, shade: bool = False) -> list[Answered]:
    """Every answer in words, section by section; questions that were not asked are left out.

    With `shade`, what is personal is masked.
    """
    form = guide.form
    names = region_names(drafting.region_answers(form, answers))
    made = []
    for section in form.sections:
        rows = tuple(
            (field.label, _shown(field, answers, names, shade=shade))
            for field in section.fields
            if answers.get(field.code) not in (None, "", [])
        )
        if rows:
            made.append(Answered(section.code, section.title, rows))
    return made
