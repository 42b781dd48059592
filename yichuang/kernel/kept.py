"""A cursor that a connection keeps for one statement: what is prepared already is asked without the driver's ceremony.

A new cursor works out again what every call of the same statement has in common: how each value is written, how each
column is read, whether the statement is prepared. For a read of one row that costs more than the row. What is not prepared,
or was forgotten (after a rollback the driver forgets everything), goes the driver's own way, which prepares it.
"""

from collections.abc import Sequence
from typing import Any, Self

import psycopg
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import PyFormat
from psycopg.errors import error_from_result
from psycopg.generators import execute, fetch_many, send
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

# Kinds of columns that are the same to us whether they come as text or as bytes; bytes cost both sides less: bool, bytea, int8,
# int2, int4, text, varchar, date, timestamptz, uuid, and lists of int4, text and uuid.
SAME_AS_BYTES = frozenset({16, 17, 20, 21, 23, 25, 1043, 1082, 1184, 2950, 1007, 1009, 2951})
Asked = tuple[bytes, Sequence[Buffer | None]]
Question = tuple["KeptCursor", bytes, Sequence[Any]]
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
        if binary or not params or not self._again(query, params):
            self._loaded = None
            super().execute(query, params, prepare=prepare, binary=binary)
            self._form, self._wanted = self._best_form(), [PyFormat.AUTO] * len(params or ())
        return self

    def _again(self, query: bytes, params: Sequence[Any]) -> bool:
        """Ask what was prepared before; False, and nothing was sent, where it is not or not by now."""
        asked = self._prepared(query, params)
        if asked is None:
            return False
        raw = self._conn
        with raw.lock:
            self._send(*asked)
            (result,) = raw.wait(execute(self._pgconn))
        self._take(result)
        return True

    def _prepared(self, query: bytes, params: Sequence[Any]) -> Asked | None:
        """The name under which the server knows the statement, and its values as they are sent; None where it must be prepared."""
        raw, known = self._conn, self._conn._prepared
        if self._form is None or self._last_query is not query or known._to_flush:
            return None
        if not raw._autocommit and self._pgconn.transaction_status == TransactionStatus.IDLE:
            return None
        given = self._tx.dump_sequence(params, self._wanted)
        key = (query, self._tx.types or ())
        name = known._names.get(key)
        if name is None:
            return None
        known._names.move_to_end(key)
        return name, given

    def _send(self, name: bytes, given: Sequence[Buffer | None]) -> None:
        self._pgconn.send_query_prepared(
            name, given, param_formats=self._tx.formats, result_format=self._form or Format.TEXT
        )

    def _take(self, result: PGresult) -> None:
        self.pgresult, status, form = None, result.status, self._form
        if status not in (ROWS, DONE):
            raise error_from_result(result, encoding=self._encoding)
        self.pgresult, self._pos = result, 0
        self._rowcount = result.ntuples if status == ROWS else result.command_tuples or 0
        self._tx.set_pgresult(result, set_loaders=self._loaded != form)
        self._loaded = form

    def _best_form(self) -> Format:
        found = self.pgresult
        if found is None:
            return Format.TEXT
        same = all(found.ftype(place) in SAME_AS_BYTES for place in range(found.nfields))
        return Format.BINARY if same else Format.TEXT


def in_one_message(first: Question, second: Question) -> bool:
    """Ask two prepared statements, the second after the first, and wait once; False, and nothing was sent, where one is not prepared.

    Errors: the driver's, of the first that failed; the server does not look at the second then.
    """
    if first[0] is second[0]:
        return False
    questions = [(cursor, cursor._prepared(query, params)) for cursor, query, params in (first, second)]
    raw, pgconn = first[0]._conn, first[0]._pgconn
    if any(asked is None for _, asked in questions):
        return False
    with raw.lock:
        try:
            pgconn.enter_pipeline_mode()
            for cursor, asked in questions:
                cursor._send(*(asked or (b"", ())))
            pgconn.pipeline_sync()
            results = raw.wait(_answers(pgconn, len(questions)))
            pgconn.exit_pipeline_mode()
        except BaseException:
            # Between two answers nobody can go on with it.
            raw.close()
            raise
    for (cursor, _), (result,) in zip(questions, results, strict=True):
        cursor._take(result)
    return True


def _answers(pgconn: PGconn, count: int) -> PQGen[list[list[PGresult]]]:
    """What the server says to each of several statements; the mark behind them is read, too."""
    yield from send(pgconn)
    found = []
    for _ in range(count + 1):
        found.append((yield from fetch_many(pgconn)))
    return found[:-1]
