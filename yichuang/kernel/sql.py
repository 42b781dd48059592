"""The SQL runner: one place where hot statements are loaded, executed, prepared and counted.

Django's own cursor binds on the client, so nothing it sends is ever prepared. The runner opens a plain psycopg
cursor on Django's connection instead: the same transaction, but prepared on the server.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import count
from pathlib import Path
from typing import Any, cast
from weakref import WeakKeyDictionary, WeakSet

import psycopg
from django.db import connection, connections
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from yichuang.kernel import replica
from yichuang.kernel.kept import KeptCursor, in_one_message

# A statement that begins so is planned once a connection and not for every value anew: right for what names one subject by
# its key. PostgreSQL would choose so only if it knew that of the many partitions one is read; measured on the read of a step:
# 0.70 ms with a plan for every value, 0.11 ms with one plan.
ONE_PLAN = "/*one plan*/"
# An engine that distributes tables cannot plan for values that it does not know: there each value has its plan.
HAS_ENGINE = "select exists (select 1 from pg_extension where extname = 'citus')"
Parameters = Mapping[str, Any] | Sequence[Any]

_counts: ContextVar[tuple[list[str], ...]] = ContextVar("yichuang_sql_counts", default=())


@dataclass(frozen=True, slots=True)
class Along:
    """A value that one room wants read in a question that another asks anyway: an expression, and what it needs.

    `then`: a statement planned once that is sent with that question and looked at after it.
    """

    expression: str
    parameters: Mapping[str, Any]
    then: "tuple[str, Mapping[str, Any]] | None" = None


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


_engines: "WeakKeyDictionary[psycopg.Connection[Any], bool]" = WeakKeyDictionary()


def _distributes(raw: "psycopg.Connection[Any]") -> bool:
    """Whether an engine that distributes tables is at the other end: asked once a connection."""
    found = _engines.get(raw)
    if found is None:
        row = raw.execute(HAS_ENGINE).fetchone()
        found = _engines[raw] = bool(row and row[0])
    return found


def distributes() -> bool:
    """Whether the database spreads its large tables over servers: a statement that cannot be the same for both asks it.

    Raises Django's errors of the database, as every statement does.
    """
    here = connections[replica.alias()]
    if here.connection is None:
        here.ensure_connection()
    with here.wrap_database_errors:
        return _distributes(cast("psycopg.Connection[Any]", here.connection))


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
    if wanted and _distributes(raw):
        return
    raw.execute("set plan_cache_mode = force_generic_plan" if wanted else "set plan_cache_mode = auto")
    (_with_one_plan.add if wanted else _with_one_plan.discard)(raw)


def note(statement: str) -> None:
    """Count a statement that somebody sends by other means than this runner."""
    for statements in _counts.get():
        statements.append(statement)


# How a place for a value is written in our statements.
PLACE = re.compile(r"%(?:\((?P<name>\w+)\))?s|%%")


# More different statements than the house has; those that a list puts together by its filters come and go.
MOST_STATEMENTS = 2000


@lru_cache(MOST_STATEMENTS)
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """A statement with PostgreSQL's own numbered places, and the names of the values in their order, worked out once.

    Psycopg does the same for every call where a statement is long or has many values: 0.3 ms for a step of a case.
    """
    names: dict[str, int] = {}
    unnamed = count(1)

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        name = found["name"] or f"{next(unnamed)}"
        return f"${names.setdefault(name, len(names) + 1)}"

    text = PLACE.sub(place, sql)
    return text.encode(), tuple(names)


# Who answers in place of the database while several reads are gathered into one statement: `kernel.together`.
gathered: ContextVar["Callable[[str, Parameters], list[tuple[Any, ...]]] | None"] = ContextVar(
    "yichuang_sql_gathered", default=None
)


class JsonbText(Loader):
    """A jsonb value as text, as Django has it read where rows come as text."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        """Without the number of its version."""
        return bytes(data)[1:].decode()


def run(sql: str, params: Parameters, *, binary: bool = False) -> "psycopg.Cursor[tuple[Any, ...]]":
    """The statement has run; its cursor is read and dropped by whoever asked. `binary`: how the rows are sent.

    Raises RuntimeError while reads are gathered: what is begun twice may only read.
    """
    if gathered.get() is not None:
        raise RuntimeError("Only sql.rows and sql.one can be read together")
    return _run(sql, params, binary=binary)


def _run(sql: str, params: Parameters, *, binary: bool = False) -> "psycopg.Cursor[tuple[Any, ...]]":
    here = connections[replica.alias()]
    if here.connection is None:
        here.ensure_connection()
    here.validate_no_broken_transaction()
    note(sql)
    raw = cast("psycopg.Connection[Any]", here.connection)
    with here.wrap_database_errors:
        _choose_plan(raw, sql)
        cursor = _cursor(raw, sql)
        if binary:
            cursor.adapters.register_loader("jsonb", JsonbText)
        if params:
            cursor.execute(*_valued(sql, params), prepare=True, binary=binary)
        else:
            cursor.execute(sql.encode(), None, prepare=True, binary=binary)
    # A connection that has just answered need not be asked whether it lives.
    here.health_check_done = True  # type: ignore[attr-defined]
    return cursor


def _cursor(raw: "psycopg.Connection[Any]", sql: str) -> "psycopg.Cursor[tuple[Any, ...]]":
    """A cursor for one statement. What names one subject has a cursor of its own, which a connection keeps.

    A kept cursor still knows how the values of its statement are written and read; a new one works that out again: a third
    of what a statement costs this process.
    """
    if not sql.startswith(ONE_PLAN):
        return psycopg.RawCursor(raw)
    kept: dict[str, psycopg.Cursor[tuple[Any, ...]]] = vars(raw).setdefault("kept_cursors", {})
    cursor = kept.get(sql)
    if cursor is None:
        cursor = kept[sql] = KeptCursor(raw)
    return cursor


def _has_rows(cursor: "psycopg.Cursor[Any]") -> bool:
    return cursor.pgresult is not None and cursor.pgresult.nfields > 0


def rows(sql: str, params: Parameters = ()) -> list[tuple[Any, ...]]:
    """Every row of a statement, as plain tuples (empty for a statement without rows)."""
    answer = gathered.get()
    if answer is not None:
        return answer(sql, params)
    cursor = _run(sql, params)
    return cursor.fetchall() if _has_rows(cursor) else []


def both(first: tuple[str, Parameters], second: tuple[str, Parameters]) -> tuple[list[Any], list[Any]]:
    """The rows of two statements that are planned once: sent together where they are prepared, and waited for once.

    The second is looked at after the first, and sees what that one has set for the session.
    """
    here = connections[replica.alias()]
    raw = cast("psycopg.Connection[Any] | None", here.connection)
    if raw is None or not (first[0].startswith(ONE_PLAN) and second[0].startswith(ONE_PLAN)):
        return rows(*first), rows(*second)
    here.validate_no_broken_transaction()
    with here.wrap_database_errors:
        _choose_plan(raw, first[0])
        asked = [
            (cast("KeptCursor", _cursor(raw, text)), *_valued(text, params))
            for text, params in (first, second)
        ]
        if not in_one_message(asked[0], asked[1]):
            return rows(*first), rows(*second)
    note(first[0])
    note(second[0])
    here.health_check_done = True  # type: ignore[attr-defined]
    return asked[0][0].fetchall(), asked[1][0].fetchall()


def _valued(sql: str, params: Parameters) -> tuple[bytes, list[Any]]:
    """A statement with numbered places, and the values in their order."""
    text, names = _numbered(sql)
    return text, [params[name] for name in names] if isinstance(params, Mapping) else list(params)


def named(sql: str, params: Parameters = ()) -> list[dict[str, Any]]:
    """Every row as a dictionary by column name."""
    cursor = run(sql, params)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def one(sql: str, params: Parameters = ()) -> tuple[Any, ...] | None:
    """The first row, or None."""
    found = rows(sql, params)
    return found[0] if found else None


def execute(sql: str, params: Parameters = ()) -> int:
    """Run a statement; how many rows it touched."""
    return int(run(sql, params).rowcount)
