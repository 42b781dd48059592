"""A cursor that a connection keeps for one statement: what is prepared already is asked without the driver's ceremony.

A new cursor works out again what every call of the same statement has in common: how each value is written, how each
column is read, whether the statement is prepared. For a read of one row that costs more than the row. What is not prepared,
or was forgotten (after a rollback the driver forgets everything), goes the driver's own way, which prepares it.
"""

from collections.abc import Sequence
from typing import Any, Self

import psycopg
from psycopg.adapt import PyFormat
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus, Format, TransactionStatus

# Kinds of columns that are the same to us whether they come as text or as bytes; bytes cost both sides less: bool, bytea, int8,
# int2, int4, text, varchar, date, timestamptz, uuid, and lists of int4, text and uuid.
SAME_AS_BYTES = frozenset({16, 17, 20, 21, 23, 25, 1043, 1082, 1184, 2950, 1007, 1009, 2951})
ROWS, DONE = ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK


class KeptCursor(psycopg.RawCursor[tuple[Any, ...]]):
    """For one statement of one connection, again and again."""

    __slots__ = ("_form", "_loaded", "_wanted")

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        super().__init__(raw)
        # The form in which rows are asked for, the one that the readers of the columns are made for, and that of the values.
        self._form: Format | None = None
        self._loaded: Format | None = None
        self._wanted: list[PyFormat] = []

    def execute(  # type: ignore[override]  # templates are nobody's here
        self,
        query: bytes,
        params: Sequence[Any] | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Self:
        """Ask. Errors: the driver's."""
        if (
            binary
            or not params
            or self._form is None
            or self._last_query is not query
            or not self._again(query, params)
        ):
            self._loaded = None
            super().execute(query, params, prepare=prepare, binary=binary)
            self._form, self._wanted = self._best_form(), [PyFormat.AUTO] * len(params or ())
        return self

    def _again(self, query: bytes, params: Sequence[Any]) -> bool:
        """Ask what was prepared before; False, and nothing was sent, where it is not or not by now."""
        raw, pgconn, known = self._conn, self._pgconn, self._conn._prepared
        if known._to_flush or not (raw._autocommit or pgconn.transaction_status != TransactionStatus.IDLE):
            return False
        given = self._tx.dump_sequence(params, self._wanted)
        key = (query, self._tx.types or ())
        name = known._names.get(key)
        if name is None:
            return False
        known._names.move_to_end(key)
        form = self._form or Format.TEXT
        with raw.lock:
            pgconn.send_query_prepared(name, given, param_formats=self._tx.formats, result_format=form)
            (result,) = raw.wait(execute(pgconn))
        self.pgresult, status = None, result.status
        if status not in (ROWS, DONE):
            raise error_from_result(result, encoding=self._encoding)
        self.pgresult, self._pos = result, 0
        self._rowcount = result.ntuples if status == ROWS else result.command_tuples or 0
        self._tx.set_pgresult(result, set_loaders=self._loaded != form)
        self._loaded = form
        return True

    def _best_form(self) -> Format:
        found = self.pgresult
        if found is None:
            return Format.TEXT
        same = all(found.ftype(place) in SAME_AS_BYTES for place in range(found.nfields))
        return Format.BINARY if same else Format.TEXT
