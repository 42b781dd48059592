"""Due dates are never edited: when the calendar changes, they are computed again from the facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.cases.commands.happenings import Happening, leave
from yichuang.cases.flow.reviewers import SURVEY_OPEN, OpinionState, ReviewState
from yichuang.cases.models import ExpertReview, Opinion, Survey
from yichuang.cases.queries import load, running_after, statement_text
from yichuang.cases.queries.recount import DATE_LABELS, DUE, recounted, stored
from yichuang.cases.queries.recount_beside import BesideMove, beside_moves
from yichuang.journal.commands import fact_parameters
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict
from yichuang.workdays import commands as workdays
from yichuang.workdays.commands import ImportedNotice
from yichuang.workdays.queries import calendar, forget
from yichuang.workdays.rules import Notice

RECOMPUTED = "case.recomputed"
TRIES = 5
# Which table, the states in which a day still runs, and how its facts are called.
KEPT: dict[str, tuple[type[Opinion] | type[ExpertReview] | type[Survey], tuple[str, ...], str]] = {
    "opinion": (Opinion, (OpinionState.ASKED,), "opinion"),
    "expert_review": (ExpertReview, (ReviewState.OPEN,), "review"),
    "survey": (Survey, SURVEY_OPEN, "survey"),
}


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A case with a date that a new calendar has moved; `which` date: DATE_LABELS has its name."""

    case_id: UUID
    number: str
    before: date | None
    after: date | None
    which: str = DUE

    @property
    def label(self) -> str:
        """Which date moved, in Chinese."""
        return DATE_LABELS[self.which]


@dataclass(frozen=True, slots=True)
class CalendarImport:
    """What an import of notices did to the calendar, and to the cases that were running."""

    notices: tuple[ImportedNotice, ...]
    moved: tuple[Recomputed, ...]


def import_notices(notices: Sequence[Notice], *, by: Actor, at: datetime) -> CalendarImport:
    """Import official holiday notices and recompute every open case that they touch, in one transaction.

    Both sides are told: each changed case gets a fact, and the effects of that fact send the messages.
    Raises as the calendar's own import does: Invalid, Conflict, Refused.
    """
    try:
        return _import(notices, by, at)
    except Exception:
        # What was read inside the transaction that failed must not be believed for another second.
        forget()
        raise


@transaction.atomic
def _import(notices: Sequence[Notice], by: Actor, at: datetime) -> CalendarImport:
    imported = workdays.import_notices(notices, by=by, at=at)
    days = [notice.recompute_from for notice in imported if notice.recompute_from is not None]
    moved = recompute(by=by, at=at, since=min(days)) if days else ()
    return CalendarImport(imported, moved)


@transaction.atomic
def recompute(*, by: Actor, at: datetime, since: date | None = None) -> tuple[Recomputed, ...]:
    """Compute the dates of all open cases again by the calendar in force and list what moved. Nothing else changes.

    The last days of opinions, expert reviews and surveys are counted by the same calendar, each with a fact of its own.
    """
    moved = []
    for case_id in running_after(since):
        changed = _recompute_one(case_id, by=by, at=at)
        if changed is not None:
            moved.append(changed)
    beside = [one for one in beside_moves(calendar(), since) if _redate(one, by=by, at=at)]
    return (
        *moved,
        *(Recomputed(one.case_id, one.number, one.before, one.after, one.which) for one in beside),
    )


def _recompute_one(case_id: UUID, *, by: Actor, at: datetime, tries: int = TRIES) -> Recomputed | None:
    """Recompute one case; when a clerk's step comes in between, read again, so that no case keeps the old date."""
    row = load(case_id)
    if row is None:
        return None
    now, then = stored(row), recounted(row, calendar())
    if now is None or then is None or now == then:
        return None
    data = {"before": now.work_due_on, "due_on": then.work_due_on, "calendar": calendar().version}
    if then.which != DUE:
        data["what"] = then.which
    parameters = fact_parameters(RECOMPUTED, by=by, at=at, data=data) | {
        "subject_kind": "case",
        "id": case_id,
        "seq": row.seq,
        "prev_hash": row.last_hash,
        "due_on": then.due_on,
        "statutory_due_on": then.statutory_due_on,
        "provisional": then.provisional,
        "days_left": then.days_left,
        "statutory_days_left": then.statutory_days_left,
        "work_due_on": then.work_due_on,
    }
    if sql.one(statement_text("recompute"), parameters) is None:
        if not tries:
            raise Conflict(f"办件 {row.number} 正在办理，到期日没有重算。", how="请稍后再次执行重算。")
        return _recompute_one(case_id, by=by, at=at, tries=tries - 1)
    return Recomputed(case_id, row.number, now.work_due_on, then.work_due_on, then.which)


@transaction.atomic
def _redate(move: BesideMove, *, by: Actor, at: datetime) -> bool:
    """Set the last day that the calendar gives, with one fact on its own subject. False where it ended or moved in the meantime."""
    model, open_states, prefix = KEPT[move.which]
    held = model.objects.select_for_update().filter(pk=move.id, state__in=open_states).first()
    if held is None or held.due_on != move.before:
        return False
    held.due_on, held.edit = move.after, held.edit + 1
    held.save(update_fields=["due_on", "edit"])
    data = {"before": move.before, "due_on": move.after, "calendar": calendar().version}
    what = Happening(held.id, move.which, f"{prefix}.recomputed", held.case_id, held.department_id, data)
    leave(what, by=by, at=at)
    return True
