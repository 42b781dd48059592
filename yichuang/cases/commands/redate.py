"""A calendar was corrected: the last day of an opinion, an expert review or a survey moves, on record."""

from datetime import datetime

from django.db import transaction

from yichuang.cases.commands.happenings import Happening, leave
from yichuang.cases.flow.reviewers import SURVEY_OPEN, OpinionState, ReviewState
from yichuang.cases.models import ExpertReview, Opinion, Survey
from yichuang.cases.queries.recount_beside import BesideMove
from yichuang.kernel.actor import Actor
from yichuang.workdays.queries import calendar

# Which table, the states in which a day still runs, and how its facts are called.
KEPT: dict[str, tuple[type[Opinion] | type[ExpertReview] | type[Survey], tuple[str, ...], str]] = {
    "opinion": (Opinion, (OpinionState.ASKED,), "opinion"),
    "expert_review": (ExpertReview, (ReviewState.OPEN,), "review"),
    "survey": (Survey, SURVEY_OPEN, "survey"),
}


@transaction.atomic
def redate(move: BesideMove, *, by: Actor, at: datetime) -> bool:
    """Set the last day that the calendar gives, with one fact. False where it ended or moved in the meantime.

    Asks for no right of its own: it is a part of `recompute`, which the platform or the import of a notice begins.
    """
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
