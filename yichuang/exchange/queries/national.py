"""What happened to our own cases on a day, as rows of the national exchange tables."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from yichuang.directory.flow import Capability
from yichuang.exchange.rules.national import CASE_TABLES, Conformance, conformance, tables
from yichuang.exchange.rules.national_out import PROCESS, Row, Step, Sync, Told, rows_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.scope import scope

AT_ONCE = 500
LOOKED_AT = 20_000
KINDS = [*PROCESS, "case.paused", "case.resumed"]


def national_rows(day: date, *, by: Actor, at: datetime) -> Iterator[tuple[str, Row]]:
    """Every row of a day, with its table, case after case in the order of their ids, as far as the actor may see them.

    The rows name applicants in full: whoever asks writes down why. Raises Refused.
    """
    by.require(Capability.EXCHANGE_MANAGE)
    sync = Sync(at, f"{day:%Y%m%d}")
    for case in _cases(day, by):
        for table, rows in rows_of(case, day, sync).items():
            for row in rows:
                yield table, row


def national_report(
    day: date, *, by: Actor, at: datetime, most: int = LOOKED_AT
) -> tuple[list[Conformance], bool]:
    """How the rows of a day conform, table by table; nobody is named. At most `most` rows are looked at: whether those were all."""
    found: dict[str, list[Row]] = {name: [] for name in CASE_TABLES}
    rows = national_rows(day, by=by, at=at)
    for table, row in islice(rows, most):
        found[table].append(row)
    is_whole = next(rows, None) is None
    return [conformance(tables()[name], rows) for name, rows in found.items()], is_whole


def _cases(day: date, by: Actor) -> Iterator[Told]:
    after = UUID(int=0)
    while True:
        moved = sql.rows(
            "select distinct f.subject_id from journal_fact f where f.subject_kind = 'case' and f.day = %(day)s "
            "and f.kind = any(%(kinds)s::text[]) and f.subject_id > %(after)s::uuid order by 1 limit %(limit)s",
            {"day": day, "kinds": KINDS, "after": after, "limit": AT_ONCE},
        )
        if not moved:
            return
        given = scope(by) | {"ids": [one for (one,) in moved]}
        yield from (_told(row) for row in sql.rows(sql.statement(__file__, "national"), given))
        after = moved[-1][0]


def _told(row: tuple[Any, ...]) -> Told:
    steps = [
        Step(
            seq, kind, datetime.fromisoformat(at), date.fromisoformat(day), name, ground, number, _codes(data)
        )
        for seq, kind, at, day, name, ground, number, data in row[17]
    ]
    materials = [(str(one), name, is_paper) for one, name, is_paper in row[18]]
    fields: tuple[Any, ...] = (str(row[0]), *row[1:17], steps, materials)
    return Told(*fields)


def _codes(data: str) -> dict[str, str]:
    """The values of a fact's data that are codes: texts without structure."""
    return {name: value for name, value in json.loads(data).items() if isinstance(value, str)}
