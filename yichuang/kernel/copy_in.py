"""Many rows at once: COPY on Django's connection, in the caller's transaction, counted like every other statement."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, cast

import psycopg
from django.db import connection

from yichuang.kernel import sql

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NULL = "\\N"


def cell(value: Any) -> str:
    """A value as COPY reads it: text escaped, bytes in hexadecimal, None as null. Text must not hold NUL."""
    if value is None:
        return NULL
    if isinstance(value, str):
        # Four looks for one sign each are a fiftieth of one look at every sign.
        if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
            return value.translate(_ESCAPES)
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return f"\\\\x{bytes(value).hex()}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def copy_text(table: str, columns: Sequence[str], lines: Iterable[str]) -> int:
    """Write ready lines (cells between tabs, see `cell`) into a table. How many rows.

    `table` and `columns` are names of the code, never what somebody sent.
    """
    text = "\n".join(lines)
    if not text:
        return 0
    return copy_lines(f"copy {table} ({', '.join(columns)}) from stdin", text + "\n")


def copy_lines(statement: str, data: str) -> int:
    """Send lines to a `copy … from stdin`: one row a line, cells as `cell` spells them, tabs between. How many rows."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    sql.note(statement)
    raw = cast("psycopg.Connection[Any]", connection.connection)
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        with cursor.copy(statement.encode()) as copy:
            copy.write(data)
        return int(cursor.rowcount)
