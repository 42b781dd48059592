"""How often examination sent cases of an item back: to which level and for which coded reason."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class SentBack:
    """How many times cases went back to a level for a reason (a code of `flow.SEND_BACK_REASONS`)."""

    to: str
    ground: str
    times: int


def send_backs(item_id: UUID, period: tuple[date, date], *, by: Actor) -> list[SentBack]:
    """The send-backs of an item from the first day of a period to its last, most frequent first. No names, no words."""
    by.require(Capability.FIGURES_READ)
    found = sql.rows(
        "select coalesce(f.data::jsonb->>'to', 'review'), coalesce(f.ground, ''), count(*) from journal_fact f "
        "join cases_case c on c.id = f.subject_id "
        "where f.kind = 'case.sent_back' and c.item_id = %(item)s and f.day between %(first)s and %(last)s "
        "group by 1, 2 order by 3 desc, 1, 2",
        {"item": item_id, "first": period[0], "last": period[1]},
    )
    return [SentBack(*row) for row in found]
