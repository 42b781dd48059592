"""The monthly files for analysts: made from the facts, asked in words of the tables."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, cast

import psycopg
from django.conf import settings
from django.db import connections, transaction
from psycopg import sql as composed

from yichuang.gateways import columns
from yichuang.gateways.columns import Answer
from yichuang.journal.queries import head
from yichuang.kernel import replica, sql
from yichuang.kernel.errors import Unavailable
from yichuang.kernel.times import local_day
from yichuang.statistics.flow.analysis import COLUMNS, MEASURE
from yichuang.statistics.queries.recount import month as ends
from yichuang.statistics.rules.analysis import Asked, by_department, months, statement

ABOUT = "about.json"
Told = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class About:
    """When everything that had moved was last made anew, up to which seal the facts in all files stood, and their columns."""

    at: datetime
    seal: int
    columns: tuple[str, ...]

    @property
    def current(self) -> bool:
        """Whether the files have the columns of this version."""
        return self.columns == tuple(COLUMNS)


def folder() -> Path:
    """Where the monthly files are."""
    return Path(settings.VAR_DIR) / "analysis"


def export_months(names: Iterable[str], *, at: datetime, each: Told, whole: bool = True) -> None:
    """Make the files of some months (2022-05) from the facts, one after the other; `each` hears of every one.

    `whole`: these are all that moved since the last time, so that all files together are as of this moment. It is noted when the
    last of them is made: cut off before, every file is whole, the former or the new one, and the next time begins where this did.
    """
    seals = []
    for name in names:
        seal, count = replica.ask(partial(_made, name))
        seals.append(seal)
        each(name, count)
    if whole:
        folder().mkdir(parents=True, exist_ok=True)
        said = {
            "at": at.isoformat(),
            "seal": min(seals, default=head().number),
            "columns": list(COLUMNS),
        }
        part = folder() / f"{ABOUT}.part"
        part.write_text(json.dumps(said), encoding="utf-8")
        part.replace(folder() / ABOUT)


def _made(name: str) -> tuple[int, int]:
    """The file of a month; the seal up to which the facts stood when they were read, and how many rows."""
    seal, of = head().number, ends(date.fromisoformat(f"{name}-01"))
    return seal, columns.write_month(folder(), name, facts_between(of["first"], of["last"]), COLUMNS)


def facts_between(first: date, last: date) -> Iterator[bytes | bytearray | memoryview]:
    """What happened from one day to another as CSV with a header, a row a fact, read where this context reads."""
    here = connections[replica.alias()]
    text = composed.SQL(cast("Any", _month())).format(
        first=composed.Literal(first), last=composed.Literal(last)
    )
    # A month of a province takes longer than a statement of a page may.
    with transaction.atomic(using=here.alias), here.cursor() as careful:
        careful.execute("set local statement_timeout = 0")
        raw = cast("psycopg.Connection[Any]", here.connection)
        with here.wrap_database_errors, raw.cursor() as cursor, cursor.copy(text) as copy:
            yield from copy


def _month() -> str:
    place = str(Path(__file__).parent)
    labels = sql.statement(place, "department_labels")
    return sql.statement(place, "analysis_month", (("department_labels", labels),))


def about() -> About | None:
    """As of when all files together are; None where they were never all made."""
    try:
        said = json.loads((folder() / ABOUT).read_text(encoding="utf-8"))
    except OSError:
        return None
    return About(
        datetime.fromisoformat(said["at"]), int(said["seal"]), tuple(map(str, said.get("columns", ())))
    )


def made_on() -> date | None:
    """The day from which on months must be made again; None for all of them, never made or made with other columns."""
    known = about()
    return local_day(known.at) if known is not None and known.current else None


def answer(asked: Asked, *, rows: int) -> Answer:
    """The answer, at most so many rows; a mean is a Decimal with its places. Raises Invalid for what takes too long, Unavailable
    without files, or where departments are asked for and not every file names them by their ids yet.
    """
    there = set(columns.months(folder()))
    names = [name for name in months(asked.first, asked.last) if name in there]
    known = about()
    # Files of an earlier version know departments by what they were called then: nobody's right goes by that.
    if names and by_department(asked) and (known is None or not known.current):
        raise Unavailable(
            "分析数据还没有按现在的格式全部导出，暂时不能按部门统计。",
            how="夜间会自动重新导出；急用时请管理员运行 yichuang analysis export。",
        )
    question, given = statement(asked, rows=rows)
    found = columns.ask(folder(), names, question, given, rows=rows)
    places = MEASURE[asked.measure].places
    return (
        replace(found, rows=[(*by, _scaled(value, places)) for *by, value in found.rows]) if places else found
    )


def _scaled(value: int | None, places: int) -> Decimal | None:
    """A whole number of the last place as the number that it stands for."""
    return None if value is None else Decimal(value).scaleb(-places)
