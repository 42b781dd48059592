"""Whose rows an actor may see: the one condition that lists, searches, exports and drill-downs of every room share."""

from typing import Any

from django.db.models import Q

from yichuang.kernel.actor import Actor


def within(by: Actor, path: str = "department_id") -> Q:
    """Rows of the departments that the actor reaches, by the path to the department's id; none for nobody."""
    reached = by.scope_departments
    if reached is None:
        return Q()
    if not reached:
        return Q(pk__in=[])
    return Q(**{path: reached[0]}) if len(reached) == 1 else Q(**{f"{path}__in": reached})


def scope(by: Actor) -> dict[str, Any]:
    """The same for a statement: `(%(scope)s::uuid[] is null or x.department_id = any(%(scope)s))`.

    Where rows are cases: `and x.confidentiality <= %(clearance)s`.
    """
    reached = by.scope_departments
    return {"scope": None if reached is None else list(reached), "clearance": by.clearance}
