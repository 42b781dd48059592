"""The write of many judged steps."""

from collections.abc import Sequence

from yichuang.cases.commands.step import Step, finish
from yichuang.kernel.errors import Problem


def write(steps: Sequence[Step]) -> list[Problem | None]:
    """Write judged steps inside the caller's transaction; for each what went wrong, None where it was taken."""
    return [_one(step) for step in steps]


def _one(step: Step) -> Problem | None:
    try:
        finish(step.ask, step.ready, step.change)
    except Problem as problem:
        return problem
    return None
