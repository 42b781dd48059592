"""What the reads of this room share: whose rows an actor sees."""

from django.db.models import Q

from yichuang.kernel.actor import Actor
from yichuang.kernel.scope import within


def sees_all(by: Actor) -> bool:
    """Whether the actor reads the rows of every department."""
    return by.scope_departments is None


def own(by: Actor, path: str = "department_id") -> Q:
    """Rows of the departments that the actor reaches; everywhere all, nobody else any."""
    return within(by, path)
