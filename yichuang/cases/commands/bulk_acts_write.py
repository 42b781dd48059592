"""The write of many judged steps."""

from collections.abc import Sequence

from yichuang.cases.commands.step import Step, finish, finish_all
from yichuang.kernel.errors import Problem


def write(steps: Sequence[Step]) -> list[Problem | None]:
    """Write judged steps inside the caller's transaction; for each what went wrong, None where it was taken.

    All together, as nearly always nobody has moved any of the cases since they were read; else one by one.
    """
    if finish_all(steps):
        return [None] * len(steps)
    return [_one(step) for step in steps]


def _one(step: Step) -> Problem | None:
    try:
        finish(step.ask, step.ready, step.change)
    except Problem as problem:
        return problem
    return None
