"""What the messages about facts say, read for many facts at once."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.queries.timeline import GROUNDS
from yichuang.catalogue.rules.handling import read_handling
from yichuang.kernel import sql

Place = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class GuideWords:
    """What the version of a guide under which a case runs says about answering and delivering."""

    acceptance_rule: rules.LimitRule
    delivery_days: int


@dataclass(frozen=True, slots=True)
class Told:
    """A fact with all that a message about it may say. `acted`: the sign of whoever of the staff acted before it."""

    subject_id: UUID
    seq: int
    kind: str
    at: datetime
    data: dict[str, Any]
    ground: str
    number: str
    item_name: str
    department: str
    provisional: bool
    due_on: date | None
    holder_id: UUID | None
    applicant_id: UUID
    phone: str | None
    version_id: UUID
    acted: str | None
    guide: GuideWords


# A row of the statement fits the class by its order; the type checker cannot count a list.
MAKE: Callable[..., Told] = Told


def told(places: Sequence[Place], *, to_whoever_acted: Sequence[str] = ()) -> list[Told]:
    """The facts at these places, in their order, as they are told: two statements, however many. Those without a case are left out.

    `to_whoever_acted`: the kinds of fact for which it is asked who of the staff acted before.
    """
    rows = sql.rows(
        sql.statement(__file__, "telling_spread" if sql.distributes() else "telling"),
        {
            "subjects": [subject_id for subject_id, _ in places],
            "seqs": [seq for _, seq in places],
            "to_whoever_acted": list(to_whoever_acted),
        },
    )
    guides = _guides({row[14] for row in rows})
    return [
        MAKE(
            *start,
            json.loads(data),
            GROUNDS.get(start[2], {}).get(ground or "", ""),
            *rest,
            guides[rest[-2]],
        )
        for *start, data, ground, rest in ((*row[:6], row[6:]) for row in rows)
    ]


def _guides(versions: set[UUID]) -> dict[UUID, GuideWords]:
    found = sql.rows(
        "select id, (elements -> 'handling')::text, (elements -> 'limits' -> 'delivery_days')::text "
        "from catalogue_guideversion where id = any(%(ids)s::uuid[])",
        {"ids": sorted(versions)},
    )
    guides = dict.fromkeys(versions, _guide(None, None))
    return guides | {version: _guide(handling, days) for version, handling, days in found}


def _guide(handling: str | None, days: str | None) -> GuideWords:
    read = read_handling(json.loads(handling) if handling else None)
    deliver_within = json.loads(days) if days else None
    return GuideWords(
        rules.acceptance_rule(read.limit_rule),
        rules.delivery_days(rules.DELIVERY_DAYS if deliver_within is None else deliver_within),
    )
