"""The SQL runner: one place where hot statements are loaded, executed, prepared and counted.

Django's own cursor binds on the client, so nothing it sends is ever prepared. The runner opens a plain psycopg
cursor on Django's connection instead: the same transaction, but prepared on the server.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, cast
from weakref import WeakSet

import psycopg
from django.db import connection, connections

from yichuang.kernel import replica

# A statement that begins so is planned once a connection and not for every value anew: right for what names one subject by
# its key. PostgreSQL would choose so only if it knew that of the many partitions one is read; measured on the read of a step:
# 0.70 ms with a plan for every value, 0.11 ms with one plan.
ONE_PLAN = "/*one plan*/"
Parameters = Mapping[str, Any] | Sequence[Any]

_counts: ContextVar[tuple[list[str], ...]] = ContextVar("yichuang_sql_counts", default=())


@contextmanager
def counting() -> Iterator[list[str]]:
    """Collect every statement of this context: the runner's and the ORM's."""
    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    token = _counts.set((*_counts.get(), statements))
    try:
        with connection.execute_wrapper(note):
            yield statements
    finally:
        _counts.reset(token)


@cache
def statement(module: str, name: str, fragments: tuple[tuple[str, str], ...] = ()) -> str:
    """The text of `sql/<name>.sql` beside a room's module: `statement(__file__, "step")`.

    `fragments` replaces marks such as `/*append*/` by another room's text.
    """
    folder = Path(module).parent
    if not (folder / "sql").is_dir():
        folder = folder.parent
    text = (folder / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    for mark, fragment in fragments:
        text = text.replace(f"/*{mark}*/", fragment)
    return text


_with_one_plan: "WeakSet[psycopg.Connection[Any]]" = WeakSet()


def _choose_plan(raw: "psycopg.Connection[Any]", sql: str) -> None:
    """Let the session plan as the statement wants it; nothing is sent while the same kind follows.

    In a transaction, whose end might undo what the session was told, only the careful way is chosen, and for it alone.
    """
    wanted = sql.startswith(ONE_PLAN)
    if wanted == (raw in _with_one_plan):
        return
    if not raw.autocommit:
        if not wanted:
            raw.execute("set local plan_cache_mode = auto")
        return
    raw.execute("set plan_cache_mode = force_generic_plan" if wanted else "set plan_cache_mode = auto")
    (_with_one_plan.add if wanted else _with_one_plan.discard)(raw)


@contextmanager
def _cursor(sql: str, params: Parameters) -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
    chosen = connections[replica.alias()]
    chosen.ensure_connection()
    chosen.validate_no_broken_transaction()
    for statements in _counts.get():
        statements.append(sql)
    raw = cast("psycopg.Connection[Any]", chosen.connection)
    with chosen.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        _choose_plan(raw, sql)
        cursor.execute(sql.encode(), params or None, prepare=True)
        yield cursor


def rows(sql: str, params: Parameters = ()) -> list[tuple[Any, ...]]:
    """Every row of a statement, as plain tuples (empty for a statement without rows)."""
    with _cursor(sql, params) as cursor:
        return [] if cursor.description is None else cursor.fetchall()


def named(sql: str, params: Parameters = ()) -> list[dict[str, Any]]:
    """Every row as a dictionary by column name."""
    with _cursor(sql, params) as cursor:
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def one(sql: str, params: Parameters = ()) -> tuple[Any, ...] | None:
    """The first row, or None."""
    found = rows(sql, params)
    return found[0] if found else None


def execute(sql: str, params: Parameters = ()) -> int:
    """Run a statement; how many rows it touched."""
    with _cursor(sql, params) as cursor:
        return int(cursor.rowcount)
