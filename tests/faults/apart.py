"""The broken variant of a filing: the case is committed before what stands beside it is written."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from yichuang.cases.commands import Beside, Filed, Opening
from yichuang.kernel import sql

PLACE = "yichuang.cases.commands.file"


def write_beside(opening: Opening, beside: Beside, filed: Filed, at: datetime) -> str:
    """What stands beside a case in a statement of its own; what it gives back."""
    row = sql.one(
        "with opened as (select %(id)s::uuid as id, %(number)s::text as number), "
        f"fact as (select %(hash)s::bytea as hash), {beside.text} select {beside.said}",
        {
            **beside.parameters, "id": opening.id, "number": filed.number, "hash": filed.hash, "at": at,
            "item_version_id": opening.item_version_id,
        },
    )  # fmt: skip
    return str(row[0]) if row else ""


def apart(file: Callable[..., Filed | None]) -> Callable[..., Filed | None]:
    """The command that opens cases, in two transactions."""

    def later(opening: Opening, *, at: datetime, beside: Beside, **named: Any) -> Filed | None:
        filed = file(opening, at=at, **named)
        if filed is None:
            return None
        sql.execute("commit")
        return replace(filed, said=write_beside(opening, beside, filed, at))

    return later
