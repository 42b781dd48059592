"""Indexes of big tables, made and dropped by a migration while everybody works.

`create index` on a partitioned table locks out every writer until it is done, and PostgreSQL makes none of them concurrently.
Here the parent gets an empty index, each partition one of its own that is built concurrently, and each of these is attached:
no statement holds a lock that others wait for longer than the catalogue takes. Whatever stopped in between goes on where it
was: what is attached stays, what is left half built is dropped and built again. Migrations with these are `atomic = False`.
"""

import time
from typing import Any

from django.db import connections
from django.db.migrations.operations.base import Operation
from django.db.utils import OperationalError

# A lock that is not there within this is given up and asked for again: whoever waits for a lock holds up all behind him.
LOCK_TIMEOUT = "3s"
TRIES, PAUSE = 40, 3.0

_PARTITIONS = """
select c.relname, i.indexrelid::regclass::text, coalesce(i.indisvalid, false),
       exists (select from pg_inherits a where a.inhrelid = i.indexrelid)
from pg_inherits h join pg_class c on c.oid = h.inhrelid
left join pg_class n on n.relname = %(prefix)s || substring(c.relname from '_[^_]*$') and n.relnamespace = c.relnamespace
left join pg_index i on i.indexrelid = n.oid
where h.inhparent = %(table)s::regclass order by 1
"""
_ATTACHED = """
select i.indrelid::regclass::text from pg_inherits a join pg_index i on i.indexrelid = a.inhrelid
where a.inhparent = %(name)s::regclass
"""


class IndexOnline(Operation):
    """An index of a big table, partitioned or not; going back drops it.

    `columns` is all that follows the table's name: `(department_id, id desc) where green`.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, name: str, table: str, columns: str, *, unique: bool = False) -> None:
        self.name, self.table, self.columns = name, table, columns
        self.unique = "unique " if unique else ""

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Models do not know of it."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        """Build it, or what of it is missing."""
        if _kind(schema_editor, self.table) == "p":
            self._partitioned(schema_editor)
        elif not _valid(schema_editor, self.name):
            _patiently(schema_editor, f"drop index concurrently if exists {self.name}")
            _patiently(
                schema_editor,
                f"create {self.unique}index concurrently {self.name} on {self.table} {self.columns}",
            )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        """Drop it."""
        _patiently(schema_editor, f"drop index if exists {self.name}")

    def describe(self) -> str:
        """What `migrate --plan` says."""
        return f"Build index {self.name} of {self.table} without blocking"

    def _partitioned(self, editor: Any) -> None:
        _patiently(
            editor, f"create {self.unique}index if not exists {self.name} on only {self.table} {self.columns}"
        )
        done = {row[0] for row in _rows(editor, _ATTACHED, {"name": self.name})}
        for partition, index, valid, attached in _rows(
            editor, _PARTITIONS, {"prefix": self.name, "table": self.table}
        ):
            if partition in done or attached:
                continue
            own = f"{self.name}{partition[partition.rindex('_') :]}"
            if index is not None and not valid:
                _patiently(editor, f"drop index concurrently {own}")
            if index is None or not valid:
                _patiently(
                    editor, f"create {self.unique}index concurrently {own} on {partition} {self.columns}"
                )
            _patiently(editor, f"alter index {self.name} attach partition {own}")


class DropIndexOnline(Operation):
    """An index that is no longer wanted goes, as soon as nobody is in the way; going back builds it again."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, name: str, table: str, columns: str) -> None:
        self.index = IndexOnline(name, table, columns)

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Models do not know of it."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop it."""
        self.index.database_backwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Build it again."""
        self.index.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """What `migrate --plan` says."""
        return f"Drop index {self.index.name} of {self.index.table} without blocking"


class Gently(Operation):
    """Statements that take a strong lock for a moment only: each is given up and tried again where the lock is not there soon."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, forwards: tuple[str, ...], backwards: tuple[str, ...] = ()) -> None:
        self.forwards, self.backwards = forwards, backwards

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Models do not know of it."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        """One statement after the other."""
        for statement in self.forwards:
            _patiently(schema_editor, statement)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        """What takes them back."""
        for statement in self.backwards:
            _patiently(schema_editor, statement)

    def describe(self) -> str:
        """What `migrate --plan` says."""
        return f"Gently: {self.forwards[0][:60]}"


def _patiently(editor: Any, statement: str) -> None:
    """Run one statement by itself; a lock that does not come is waited for in turns, so that nobody queues behind us."""
    connection = connections[editor.connection.alias]
    if connection.in_atomic_block:
        raise RuntimeError("A migration that builds indexes online must say atomic = False")
    for tried in range(1, TRIES + 1):
        try:
            with connection.cursor() as cursor:
                # Building takes as long as it takes, here as on the server; only waiting for a lock is bounded.
                cursor.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'; set statement_timeout = 0")
                raw = connection.connection
                raw.endless = True
                try:
                    cursor.execute(statement)
                finally:
                    raw.endless = False
                    cursor.execute("reset lock_timeout; reset statement_timeout")
            return
        except OperationalError as error:
            if "lock timeout" not in str(error) or tried == TRIES:
                raise
            time.sleep(PAUSE)


def _rows(editor: Any, statement: str, parameters: dict[str, str]) -> list[tuple[Any, ...]]:
    with editor.connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _kind(editor: Any, table: str) -> str:
    return str(
        _rows(editor, "select relkind from pg_class where oid = %(table)s::regclass", {"table": table})[0][0]
    )


def _valid(editor: Any, index: str) -> bool:
    found = _rows(
        editor, "select indisvalid from pg_index where indexrelid = to_regclass(%(name)s)", {"name": index}
    )
    return bool(found and found[0][0])
