"""The window files for somebody who stands before it: nothing is typed twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.cases.flow import Channel
from yichuang.catalogue.queries import filing_guide
from yichuang.catalogue.queries.authorisations import window_may_accept
from yichuang.catalogue.rules.authorisations import WindowGate
from yichuang.directory.commands import ApplicantForm, save_applicant
from yichuang.directory.flow import Capability
from yichuang.intake.commands.drafts import begin_draft, save_section
from yichuang.intake.commands.filing import file_draft
from yichuang.intake.commands.materials import NewFile, add_material, receive_papers
from yichuang.intake.flow import ALL_SECTIONS
from yichuang.intake.models import Draft
from yichuang.intake.queries import DraftRow, Receipt, own_draft
from yichuang.intake.rules.drafting import typed
from yichuang.journal.commands import keyed
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Refused
from yichuang.kernel.times import local_day


class NotForWindow(Refused):
    """The item is not the window's to accept: why, and to whom the applicant is handed over."""

    title = "综窗不能受理"

    def __init__(self, gate: WindowGate) -> None:
        super().__init__(
            f"综窗不能受理：{gate.reason}", how=f"请把申请人引导到{gate.hand_over_to}办理，并登记流转。"
        )
        self.gate = gate


def require_window_gate(item_id: UUID, *, at: datetime) -> None:
    """Raise NotForWindow unless the department has authorised the window and the manual is published on this day."""
    gate = window_may_accept(item_id, local_day(at))
    if not gate.allowed:
        raise NotForWindow(gate)


@keyed("walk-in")
@transaction.atomic
def begin_walk_in(
    item_code: str,
    form: ApplicantForm,
    *,
    by: Actor,
    at: datetime,
    key: str = "",
    consultation: UUID | None = None,
) -> Draft:
    """Register the walk-in (or bring the known applicant up to date) and begin a draft for them.

    `consultation` is the act of the window that this grew out of; the draft keeps it. Raises Invalid where the paper
    does not check, NotForWindow where the window may not accept the item, Missing and Refused as `begin_draft`.
    """
    by.require(Capability.CASE_FILE_FOR)
    require_window_gate(filing_guide(item_code).item_id, at=at)
    applicant = save_applicant(form, at=at)
    draft = begin_draft(item_code, by=by, at=at, channel=Channel.WINDOW, applicant_id=applicant.pk, key=key)
    if consultation is not None and draft.consultation is None:
        Draft.objects.filter(pk=draft.pk).update(consultation=consultation)
        draft.consultation = consultation
    return draft


@dataclass(frozen=True, slots=True)
class WalkIn:
    """All that the window receives at once: who, what, the answers, papers on the table, scanned files."""

    item_code: str
    applicant: ApplicantForm
    answers: Mapping[str, object]
    papers: Sequence[str] = ()
    files: Sequence[tuple[str, NewFile]] = ()


def file_walk_in(walk_in: WalkIn, *, key: str, by: Actor, at: datetime) -> Receipt:
    """Register, fill in and file in one go, all or nothing. The same key yields the same receipt.

    Raises Invalid with every field that is wrong; then nothing is kept, not even the draft.
    """
    with transaction.atomic():
        draft = begin_walk_in(walk_in.item_code, walk_in.applicant, by=by, at=at, key=key)
        if draft.case_id is None:
            _fill(draft.pk, walk_in, key, by, at)
        elif not _same(own_draft(draft.pk, by=by), walk_in):
            raise Conflict("同一提交标识已用于另一份申请。", how="请刷新页面后重新收件。")
        return file_draft(draft.pk, key=key, by=by, at=at)


def _same(draft: DraftRow, walk_in: WalkIn) -> bool:
    """Whether a draft that was filed under this key holds what is sent now."""
    given = typed(draft.guide.form, ALL_SECTIONS, walk_in.answers, draft.held)
    brought = {*walk_in.papers, *(code for code, _ in walk_in.files)}
    kept = {file.code for file in draft.materials}
    return all(draft.answers.get(code) == value for code, value in given.items()) and kept == brought


def _fill(draft_id: UUID, walk_in: WalkIn, key: str, by: Actor, at: datetime) -> None:
    save_section(draft_id, ALL_SECTIONS, walk_in.answers, 1, by=by, at=at, tab=key)
    if walk_in.papers:
        receive_papers(draft_id, walk_in.papers, by=by, at=at)
    for position, (code, file) in enumerate(walk_in.files):
        add_material(draft_id, code, file, by=by, at=at, key=f"{key}:{position}")
