"""Lists that no index narrows: read in windows of the newest rows, so that what is rare costs a bounded look and not the table.

A page reads a few windows at most. Where it is not full by then it is short, and goes on where the last window ended: whoever
turns the page goes further back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from yichuang.kernel import sql

WINDOW = 5000
TURNS = 4
EVERYTHING = "true"


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk through a table by its `id`, the newest first: `narrowed` has an index of its own, `asked` has none."""

    table: str
    columns: str
    narrowed: str
    asked: str
    parameters: Mapping[str, Any]

    def text(self, size: int, *, onward: bool) -> str:
        """One window; with each row, and where none fits once alone, the last id of a full window."""
        # Where every row fits, the window is the page.
        window = size if self.asked == EVERYTHING else WINDOW
        before = " and id < %(before)s" if onward else ""
        return (
            f"with window_ as materialized (select * from {self.table} where {self.narrowed}{before} "  # noqa: S608
            f"order by id desc limit {window:d}), "
            f"edge as (select case when count(*) = {window:d} then (array_agg(id order by id))[1] end as id from window_) "
            f"select edge.id, f.* from edge left join lateral (select {self.columns}, true as fits from window_ "
            f"where {self.asked} order by id desc limit {size:d}) f on true order by f.id desc"
        )


def walked(
    walk: Walk, *, before: UUID | None, size: int, turns: int | None = TURNS
) -> tuple[list[tuple[Any, ...]], UUID | None]:
    """Up to `size` rows from before an id on, and the id to go on from where the walk was broken off (None: nothing is left
    or the page is full). `turns` None walks to the end. A statement for each window.
    """
    found: list[tuple[Any, ...]] = []
    turn = 0
    while True:
        given = dict(walk.parameters) | ({} if before is None else {"before": before})
        rows = sql.rows(walk.text(size - len(found), onward=before is not None), given)
        found += [row[1:-1] for row in rows if row[-1]]
        before = rows[0][0]
        turn += 1
        if before is None or len(found) >= size:
            return found, None
        if turn == turns:
            return found, before
