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

import psycopg
from django.db import connection

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


@contextmanager
def _cursor(sql: str, params: Parameters) -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    for statements in _counts.get():
        statements.append(sql)
    raw = cast("psycopg.Connection[Any]", connection.connection)
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
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
