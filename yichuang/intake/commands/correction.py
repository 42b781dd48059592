"""Answering a correction notice: answers are mended in place, files join the case as a new round."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from yichuang.cases import commands as cases
from yichuang.cases.commands import Stepped
from yichuang.cases.flow import State
from yichuang.cases.queries import CaseRow, visible
from yichuang.catalogue.rules.answers import check_answers, tidy
from yichuang.directory.queries import applicant as find_applicant
from yichuang.intake.commands.materials import OTHER, NewFile
from yichuang.intake.flow import ALL_SECTIONS
from yichuang.intake.models import Draft
from yichuang.intake.queries import (
    Application,
    open_draft,
    own_draft,
    party_of,
    read_application,
    region_names,
)
from yichuang.intake.rules import drafting
from yichuang.journal.commands import hash_of
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day


@dataclass(frozen=True, slots=True)
class Mended:
    """One file of a correction: the material it belongs to, and the stored file."""

    code: str
    file: NewFile


def begin_correction(case_id: UUID, *, by: Actor, at: datetime) -> Draft:
    """A draft in which a correction is prepared: the filed answers, no files. An open one is taken up again.

    Raises Missing (not theirs), Conflict where the case does not wait for a correction.
    """
    row = visible(case_id, by=by)
    filed = _waiting(row)
    values = {
        "version_id": filed.version_id,
        "applicant_id": row.applicant_id,
        "channel": row.channel,
        "answers": filed.answers,
        "begun_at": at,
        "changed_at": at,
    }
    defaults = {"id": uuid7(at), **values}
    made, _ = Draft.objects.get_or_create(owner_id=by.id, mends=case_id, case_id=None, defaults=defaults)
    return made


def _waiting(row: CaseRow) -> Application:
    filed = read_application(row.id)
    if filed is None:
        raise Missing("这个办件没有网上申请内容，不能在网上补正。", how="请到窗口补交。")
    if row.state != State.CORRECTING:
        raise Conflict(
            f"办件 {row.number} 目前为「{State(row.state).label}」，不需要补正。",
            how="请刷新后查看最新进度。",
        )
    return filed


def send_correction(draft_id: UUID, *, note: str, key: str, by: Actor, at: datetime) -> Stepped:
    """Send the correction that a draft holds, and close the draft, in one transaction.

    Raises as `answer_correction`, and Conflict where another page has changed the draft meanwhile.
    """
    draft = own_draft(draft_id, by=by)
    if draft.mends is None:
        raise Missing
    files = [Mended(one.code, NewFile(one.name, one.kind, one.size, one.sha256)) for one in draft.materials]
    if draft.case_id is not None:
        sent = _sent(draft.answers, files)
        return cases.answer_correction(draft.mends, note=note, content={}, by=by, at=at, key=key, sent=sent)
    with transaction.atomic():
        done = answer_correction(
            draft.mends, answers=draft.answers, materials=files, note=note, key=key, by=by, at=at
        )
        # What another page put in since it was read would be lost: nothing is sent then. A repeated key was closed with.
        held = Draft.objects.filter(pk=draft.id, edit=draft.edit, case_id=None)
        if not done.replayed and not held.update(case_id=draft.mends, changed_at=at):
            raise Conflict("补正刚刚在另一个页面改动过，还没有提交。", how="请重新核对后再提交。")
    return done


def answer_correction(
    case_id: UUID, *, answers: Mapping[str, object], materials: Sequence[Mended], note: str, key: str, by: Actor,
    at: datetime, seen: int | None = None,
) -> Stepped:  # fmt: skip
    """Mend the answers in place, add the files as a round of their own, and give the case back to the window.

    `answers` are changes over what was filed (or all of it). The whole form is checked again. Raises Missing,
    Invalid (with fields; also where nothing was mended), Conflict (moved on, or another answer came first).
    """
    row, sent = visible(case_id, by=by, key=key), _sent(answers, materials)
    # What was answered is a receipt, also where the case waits for another correction by now.
    if row.state != State.CORRECTING or row.key_used is not None:
        return cases.answer_correction(
            case_id, note=note, content={}, by=by, at=at, key=key, seen=seen, sent=sent
        )
    filed = _waiting(row)
    mended = _checked(filed, answers, at)
    if mended == filed.answers and not materials and not note.strip():
        raise Invalid(
            "还没有补正任何内容。", how="请补交材料、修改申请表，或者写明情况后再提交。",
            fields={"note": "请补交材料、修改申请表，或者在这里说明情况"},
        )  # fmt: skip
    salt = secrets.token_hex(16)
    content: dict[str, Any] = {
        "answers": canonical.commitment(salt, mended),
        "materials": [{"code": one.code, "sha256": one.file.sha256} for one in materials],
    }
    try:
        with transaction.atomic():
            _replace(filed, mended, salt, at)
            _add(row, materials, at)
            done = cases.answer_correction(
                case_id, note=note, content=content, by=by, at=at, key=key, seen=seen, sent=sent
            )
            if done.replayed:
                raise _Overtaken
    except _Overtaken:
        return cases.answer_correction(
            case_id, note=note, content=content, by=by, at=at, key=key, seen=seen, sent=sent
        )
    return done


def _sent(answers: Mapping[str, object], materials: Sequence[Mended]) -> str:
    """What a key stands for beside the note: the answers as they were sent, and every file by its digest."""
    return hash_of(answers, [[one.code, one.file.name, one.file.sha256] for one in materials])


def answer_directly(
    case_id: UUID, *, answers: Mapping[str, object], materials: Sequence[Mended], note: str, key: str, by: Actor,
    at: datetime, seen: int | None = None,
) -> Stepped:  # fmt: skip
    """Answer a correction that comes whole, from a machine, by the rules of the page; what was prepared on the page ends.

    Raises as `answer_correction`; Invalid also for an answer or a material that the guide does not name.
    """
    row = visible(case_id, by=by)
    filed, party = read_application(case_id), find_applicant(row.applicant_id)
    if filed is None or party is None:
        raise Missing("这个办件没有网上申请内容，不能在网上补正。", how="请到窗口补交。")
    _check_known(filed, answers, materials)
    # Who applies is not mended: kind, name and number stay as the paper says.
    held = drafting.locked(filed.guide.form, party_of(party))
    kept = drafting.typed(filed.guide.form, ALL_SECTIONS, answers, held)
    with transaction.atomic():
        done = answer_correction(
            case_id, answers=kept, materials=materials, note=note, key=key, by=by, at=at, seen=seen
        )
        if not done.replayed:
            Draft.objects.filter(mends=case_id, case_id=None).update(case_id=case_id, changed_at=at)
    return done


def _check_known(filed: Application, answers: Mapping[str, object], materials: Sequence[Mended]) -> None:
    fields = {field.code for field in filed.guide.form.fields()}
    known = {material.code for material in filed.guide.materials} | {OTHER}
    wrong = {f"answers.{code[:64]}": "申请表中没有这一项" for code in answers if code not in fields}
    wrong |= {
        f"materials.{one.code[:64]}": "办事指南中没有这份材料" for one in materials if one.code not in known
    }
    if wrong:
        raise Invalid("补正的内容有误。", how="字段和材料的编码见办事指南。", fields=wrong)


class _Overtaken(Exception):
    """Another answer was committed between our read and our write: ours is rolled back."""


def _checked(filed: Application, answers: Mapping[str, object], at: datetime) -> dict[str, object]:
    form = filed.guide.form
    mended = tidy(form, {**filed.answers, **answers})
    regions = region_names(drafting.region_answers(form, mended))
    wrong = check_answers(form, mended, today=local_day(at), regions=regions)
    if wrong:
        raise Invalid("申请表还有内容需要改正。", how="请按提示修改，已填内容都在。", fields=wrong)
    return mended


def _replace(filed: Application, mended: Mapping[str, object], salt: str, at: datetime) -> None:
    """New answers in place; what they replace is kept with its salt, so that the first commitment still proves it."""
    before = [{"edit": filed.edit, "answers": filed.answers, "salt": filed.salt, "at": at}]
    changed = sql.execute(
        "update intake_application set answers = %(answers)s, salt = %(salt)s, edit = edit + 1, "
        "earlier = (earlier::jsonb || %(before)s::jsonb)::text where case_id = %(id)s and edit = %(edit)s",
        {
            "answers": canonical.text(mended), "salt": salt, "before": canonical.text(before), "id": filed.case_id,
            "edit": filed.edit,
        },
    )  # fmt: skip
    if not changed:
        raise _Overtaken


def _add(row: CaseRow, materials: Sequence[Mended], at: datetime) -> None:
    for one in materials:
        sql.execute(
            "insert into intake_material (case_id, id, round, code, name, kind, size, sha256, added_at) values "
            "(%(case)s, %(id)s, %(round)s, %(code)s, %(name)s, %(kind)s, %(size)s, %(sha256)s, %(at)s)",
            {
                "case": row.id, "id": uuid7(at), "round": row.corrections, "code": one.code, "name": one.file.name,
                "kind": one.file.kind, "size": one.file.size, "sha256": one.file.sha256, "at": at,
            },
        )  # fmt: skip


def correction_draft(draft_id: UUID, *, by: Actor) -> UUID:
    """The case that an open draft mends. Raises Missing for a draft that mends none."""
    draft = open_draft(draft_id, by=by)
    if draft.mends is None:
        raise Missing
    return draft.mends
