"""How systems stand: what they sent, when, what is in doubt, what was accepted and has not ended."""

from uuid import UUID

from yichuang.exchange.queries.batches import Standing, systems_within
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor


def standings(*, by: Actor) -> list[Standing]:
    """How each system within reach stands. Two statements however many systems. Raises Refused.

    What is open (已报受理未报办结) is the sum of what batches and decisions of people have opened and closed: no case is read.
    """
    systems = systems_within(by)
    rows = sql.rows(sql.statement(__file__, "overview"), {"systems": [one.pk for one in systems]})
    found: dict[UUID, tuple[object, ...]] = {row[0]: row[1:] for row in rows}
    return [Standing(one, *found[one.pk]) for one in systems]  # type: ignore[arg-type]
