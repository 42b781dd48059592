"""What the rooms say about their own addresses: `yichuang/<room>/tests/addresses*.py`, each with one `TABLES`."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.stories.samples import Samples
from yichuang.kernel.actor import Actor

ROOMS = Path(__file__).parents[2] / "yichuang"
Sample = Callable[[Samples], Any]


@dataclass(frozen=True)
class Tables:
    """Samples for parameters of addresses, exceptions to the plain answers, and pages for axe.

    `parameters`: name of a URL parameter → a sample from the demo (the database may be asked). `special`: the same
    for one address only, by (its name, parameter). `queries`: what is asked after the question mark. `post_only`: names
    of addresses that take no GET. `answers`: name → status that (actor, samples) gets where it is not the plain one
    (200 for whoever has the capability, 403 or a redirect to sign in for the rest). `axe`: user name (empty:
    nobody) → {label: path} of pages that axe and the phone's width are tried on.
    """

    parameters: Mapping[str, Sample] = field(default_factory=dict)
    special: Mapping[tuple[str, str], Sample] = field(default_factory=dict)
    queries: Mapping[str, str] = field(default_factory=dict)
    post_only: frozenset[str] = frozenset()
    answers: Mapping[str, Callable[[Actor, Samples], int]] = field(default_factory=dict)
    axe: Mapping[str, Callable[[Samples], dict[str, str]]] = field(default_factory=dict)


def rooms_tables() -> list[Tables]:
    """The tables of every room that has some."""
    found = []
    for path in sorted(ROOMS.glob("*/tests/addresses*.py")):
        module = importlib.import_module(f"yichuang.{path.parents[1].name}.tests.{path.stem}")
        found.append(module.TABLES)
    return found
