"""Who lives the lives that `python -m bench.bytes` measures: the product's own test helpers on a migrated database."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

from procrastinate.contrib.django import app

from yichuang.cases import commands as cases
from yichuang.cases.tests import factories as cases_of
from yichuang.directory.tests import factories as people
from yichuang.effects.commands import drain_all
from yichuang.intake.tests import factories as make
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor


@dataclass(frozen=True)
class Cast:
    """Everybody who acts in a life, and what happens after it."""

    company: Actor
    clerk: Actor
    reviewer: Actor
    second: Actor
    head: Actor
    at: datetime
    make: ModuleType = make
    cases: ModuleType = cases
    after: Callable[[datetime], int] = lambda at: settle(at)


def cast() -> Cast:
    """An offered item and the people of its life."""
    item = make.offer().item
    where = item.department
    second = cases_of.second(where=where)
    return Cast(
        make.applicant(), make.window_clerk(), people.reviewer(where), second, people.head(where), make.AT
    )


def settle(at: datetime) -> int:
    """Seal every fact and do every job that follows; how many jobs."""
    drain_all(at=at)
    done = 0
    while found := sql.rows(
        "delete from procrastinate_jobs where status = 'todo' returning task_name, args::text"
    ):
        for name, arguments in found:
            app.tasks[name](**json.loads(arguments))
        done += len(found)
    return done
