"""The window accepts: filing for a walk-in and the act 受理 in one transaction, behind the gate of authorisation."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.cases.flow import Channel
from yichuang.directory.flow import Capability
from yichuang.halls.commands.acts import NewAct, put
from yichuang.halls.flow.windows import ActKind
from yichuang.halls.models import WindowAct
from yichuang.intake.commands import Receipt, file_draft
from yichuang.intake.commands.walk_in import require_window_gate
from yichuang.intake.models import Draft
from yichuang.intake.queries import DraftRow, own_draft
from yichuang.kernel.actor import Actor


def file_at_window(
    draft_id: UUID,
    *,
    key: str,
    by: Actor,
    at: datetime,
    seen: int | None = None,
    channel: Channel | None = None,
) -> Receipt:
    """File a walk-in's draft and record the window's acceptance with it, all or nothing. The same key, the same receipt.

    The gate is asked again: an authorisation may have been withdrawn since the draft was begun. Raises as `file_draft`,
    and Refused where the item is not the window's to accept.
    """
    by.require(Capability.CASE_FILE_FOR)
    draft = own_draft(draft_id, by=by)
    at_window = draft.channel == Channel.WINDOW and draft.mends is None
    if at_window and draft.case_id is None:
        require_window_gate(draft.item_id, at=at)
    with transaction.atomic():
        receipt = file_draft(draft_id, key=key, by=by, at=at, seen=seen, channel=channel)
        if at_window:
            _note(draft, receipt, by, at)
    return receipt


def _note(draft: DraftRow, receipt: Receipt, by: Actor, at: datetime) -> None:
    """The act of this filing, once: a repeated key finds it there."""
    key = f"case{receipt.case_id.hex}"
    if WindowAct.objects.filter(key=key).exists():
        return
    asked = Draft.objects.filter(pk=draft.id).values_list("consultation", flat=True).first()
    consulted = WindowAct.objects.filter(pk=asked, kind=ActKind.CONSULTED).first() if asked else None
    new = NewAct(
        ActKind.ACCEPTED, draft.department_id, item_id=draft.item_id, applicant_id=draft.applicant.pk,
        case_id=receipt.case_id, numbers=(receipt.number,), after_id=consulted.pk if consulted else None,
    )  # fmt: skip
    put(new, by=by, at=at, key=key)
