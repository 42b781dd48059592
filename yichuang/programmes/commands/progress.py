"""The day counts of campaigns: added to by the drain, counted anew where what counts has changed."""

from collections.abc import Sequence
from uuid import UUID

from yichuang.journal.commands import FreshFact, lock_drain
from yichuang.kernel import sql
from yichuang.programmes.flow.campaigns import COUNTED_FACTS, ENDED_FACTS, NOT_COUNTED


def count_filed(batch: Sequence[FreshFact]) -> None:
    """Add a drained batch, in the drain's transaction. Two statements where it holds cases of a campaign, one where not."""
    wanted = [fact for fact in batch if fact.kind in COUNTED_FACTS]
    if not wanted:
        return
    items = {row[0] for row in sql.rows("select distinct unnest(items) from programmes_campaign")}
    wanted = [fact for fact in wanted if fact.item_id in items]
    if wanted:
        sql.execute(
            sql.statement(__file__, "count_facts"),
            {
                "subjects": [fact.subject_id for fact in wanted],
                "kinds": [fact.kind for fact in wanted],
                "ended": list(ENDED_FACTS),
            },
        )


def hold_counts() -> None:
    """Let nothing be drained until the transaction ends: before the rows are locked that decide what counts."""
    lock_drain(wait=True)


def recount_filers(filer_ids: Sequence[UUID]) -> None:
    """Count filers anew from the cases; the caller has called `hold_counts`. Rebuilding them all is this with every id."""
    sql.execute(
        "delete from programmes_filerday where filer_id = any(%(ids)s::uuid[])", {"ids": list(filer_ids)}
    )
    sql.execute(
        sql.statement(__file__, "recount_filers"),
        {
            "filers": list(filer_ids),
            "not_counted": list(NOT_COUNTED),
            "ended": list(ENDED_FACTS),
            "kinds": list(COUNTED_FACTS),
        },
    )
