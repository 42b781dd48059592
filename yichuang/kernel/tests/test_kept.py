"""A kept cursor answers as a new one does, quicker; what it may not do by itself goes the driver's way."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from psycopg.pq import Format
from psycopg.types.datetime import TimestamptzBinaryLoader

from yichuang.journal.models import Series
from yichuang.kernel import sql
from yichuang.kernel.kept import SAME_AS_BYTES, KeptCursor

AT = datetime(2022, 5, 13, 8, 30, 0, 123456, tzinfo=UTC)
ID = UUID("01810c5b-0000-7000-8000-000000000001")
VALUES: dict[str, Any] = {
    "whole": 7, "large": 1 << 40, "text": "窗\n口", "yes": True, "day": date(2022, 5, 13), "at": AT, "id": ID, "raw": b"\x00\xff",
    "words": ["甲", "乙,\"丙\""], "ids": [ID], "numbers": [1, -2], "none": None,
}  # fmt: skip
TYPES = [
    "int",
    "bigint",
    "text",
    "boolean",
    "date",
    "timestamptz",
    "uuid",
    "bytea",
    "text[]",
    "uuid[]",
    "int[]",
    "text",
]
EVERY = f"{sql.ONE_PLAN} select " + ", ".join(
    f"%({name})s::{kind}" for name, kind in zip(VALUES, TYPES, strict=True)
)
ADD = f"{sql.ONE_PLAN} insert into journal_series (series, last) values (%(name)s, %(last)s)"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that went the driver's own way."""
    seen: list[str] = []
    before = psycopg.Cursor.execute

    def execute(cursor: Any, query: Any, *given: Any, **options: Any) -> Any:
        if isinstance(cursor, KeptCursor):
            seen.append(query.decode())
        return before(cursor, query, *given, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", execute)
    return seen


def kept(text: str) -> KeptCursor:
    found = vars(connection.connection)["kept_cursors"][text]
    assert isinstance(found, KeptCursor)
    return found


def fresh(text: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The same by a cursor that nobody keeps."""
    numbered, names = sql._numbered(text)
    with psycopg.RawCursor(connection.connection) as cursor:
        return cursor.execute(numbered, [values[name] for name in names]).fetchall()


@pytest.mark.django_db
def test_every_kind_of_value_comes_back_as_a_new_cursor_gives_it(slow: list[str]) -> None:
    first, again = sql.rows(EVERY, VALUES), sql.rows(EVERY, VALUES)
    assert first == again == fresh(EVERY, VALUES) == [tuple(VALUES.values())]
    assert [type(one) for one in again[0]] == [type(one) for one in first[0]]
    assert [str(one) for one in again[0]] == [str(one) for one in first[0]]
    assert kept(EVERY)._form == Format.BINARY
    assert len(slow) == 1, "the second call needs nothing of the driver's"
    empty = dict.fromkeys(VALUES)
    assert sql.rows(EVERY, empty) == sql.rows(EVERY, empty) == [tuple(empty.values())]
    assert sql.rows(EVERY, VALUES) == first
    assert len(slow) == 2, "other kinds of values are prepared once more, and each stands"


@pytest.mark.django_db
def test_no_row_many_rows_and_no_columns() -> None:
    many = f"{sql.ONE_PLAN} select n from generate_series(1, %(last)s::int) n"
    assert [sql.rows(many, {"last": last}) for last in (2, 0, 3, 1)] == [
        [(1,), (2,)],
        [],
        [(1,), (2,), (3,)],
        [(1,)],
    ]
    touched = f"{sql.ONE_PLAN} update journal_series set last = last + 1 where series like %(name)s"
    Series.objects.bulk_create([Series(series=f"k{n}", last=1) for n in range(3)])
    assert [sql.execute(touched, {"name": name}) for name in ("k%", "k1", "none", "k%")] == [3, 1, 0, 3]
    assert sql.rows(touched, {"name": "k1"}) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("jsonb", '{"a": 1}'), ("json", '{"a": 1}'), ("numeric", "1.50"), ("interval", "1 day"), ("xid", "5")],
)
@pytest.mark.django_db
def test_what_is_not_the_same_as_bytes_stays_text(column: str, value: str) -> None:
    text = f"{sql.ONE_PLAN} select %(x)s::text::{column}"
    found = [sql.one(text, {"x": value}) for _ in range(3)]
    assert found == [fresh(text, {"x": value})[0]] * 3
    assert kept(text)._form == Format.TEXT


@pytest.mark.django_db
def test_a_reader_that_tells_times_otherwise_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant of the test above: bytes for a kind that Django has read in its own way."""
    monkeypatch.setattr("yichuang.kernel.kept.SAME_AS_BYTES", SAME_AS_BYTES | {3802})
    text = f"{sql.ONE_PLAN} select %(x)s::text::jsonb"
    first, again = sql.one(text, {"x": "[1]"}), sql.one(text, {"x": "[1]"})
    assert (first, again) == (("[1]",), ([1],))
    assert TimestamptzBinaryLoader.format == Format.BINARY


def test_a_write_that_begins_a_transaction_is_taken_back_with_it(
    committed: dict[str, str], slow: list[str]
) -> None:
    sql.execute(ADD, {"name": "kept", "last": 1})
    with transaction.atomic():
        sql.execute(ADD, {"name": "gone", "last": 1})
        transaction.set_rollback(True)
    assert sorted(Series.objects.values_list("series", flat=True)) == ["kept"]
    with transaction.atomic():
        sql.one(f"{sql.ONE_PLAN} select %(x)s::int", {"x": 1})
        sql.execute(ADD, {"name": "second", "last": 1})
    assert sorted(Series.objects.values_list("series", flat=True)) == ["kept", "second"]


def test_without_the_look_at_the_transaction_it_would_stay(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: asked at once, although a transaction was to begin."""
    sql.execute(ADD, {"name": "kept", "last": 1})
    sql.execute(ADD, {"name": "again", "last": 1})
    monkeypatch.setattr("yichuang.kernel.kept.TransactionStatus", type("Never", (), {"IDLE": -1}))
    with transaction.atomic():
        sql.execute(ADD, {"name": "stays", "last": 1})
        transaction.set_rollback(True)
    assert Series.objects.filter(series="stays").exists()


def test_what_the_driver_forgets_is_prepared_anew(committed: dict[str, str], slow: list[str]) -> None:
    text, raw = f"{sql.ONE_PLAN} select %(x)s::int", None
    for number in range(3):
        assert sql.one(text, {"x": number}) == (number,)
    raw = connection.connection
    assert len(slow) == 1
    # A rollback lets the driver forget, and tell the server so with the next question.
    with transaction.atomic():
        sql.one(text, {"x": 1})
        transaction.set_rollback(True)
    for number in range(3):
        assert sql.one(text, {"x": number}) == (number,)
    assert raw is connection.connection
    prepared = fresh(
        "select count(*) from pg_prepared_statements where statement like %(like)s",
        {"like": "%one plan%$1::int"},
    )
    assert prepared == [(1,)]


def test_faults_are_the_drivers_and_the_connection_goes_on(committed: dict[str, str]) -> None:
    share = f"{sql.ONE_PLAN} select 12 / %(x)s::int"
    assert sql.one(share, {"x": 4}) == (3,)
    for _ in range(2):
        with pytest.raises(DataError, match="division by zero"):
            sql.one(share, {"x": 0})
        assert kept(share).pgresult is None
        assert sql.one(share, {"x": 3}) == (4,)
    sql.execute(ADD, {"name": "once", "last": 1})
    for _ in range(2):
        with pytest.raises(IntegrityError):
            sql.execute(ADD, {"name": "once", "last": 1})
    connection.connection.close()
    with pytest.raises(OperationalError):
        sql.one(share, {"x": 4})
    connection.close()
    assert sql.one(share, {"x": 4}) == (3,)


@pytest.mark.django_db
def test_rows_wanted_as_bytes_and_rows_as_usual_take_turns() -> None:
    text = f"{sql.ONE_PLAN} select %(x)s::jsonb, %(y)s::uuid"
    values = {"x": '{"a": [1]}', "y": ID}
    for binary in (False, False, True, False, True, False):
        assert sql.run(text, values, binary=binary).fetchone() == ('{"a": [1]}', ID)


SET = f"{sql.ONE_PLAN} select set_config('yichuang.test', %(x)s::text, false), %(n)s::int"
SAID = f"{sql.ONE_PLAN} select current_setting('yichuang.test', true), %(y)s::int"


def pair(x: str, y: int = 1) -> tuple[list[Any], list[Any]]:
    return sql.both((SET, {"x": x, "n": 1}), (SAID, {"y": y}))


def test_two_statements_in_one_message_see_one_another_in_their_order(
    committed: dict[str, str], slow: list[str]
) -> None:
    for number, word in enumerate(("甲", "乙", "", "丙")):
        with sql.counting() as statements:
            assert pair(word) == ([(word, 1)], [(word, 1)])
        assert len(statements) == 2
        # Without a connection, and then unprepared, each goes by itself.
        assert len(slow) == 2 if number else len(slow) <= 2
    waits: list[Any] = []
    raw = connection.connection
    before = type(raw).wait

    def waiting(*given: Any, **more: Any) -> Any:
        waits.append(given)
        return before(raw, *given, **more)

    raw.wait = waiting
    assert pair("丁") == ([("丁", 1)], [("丁", 1)])
    assert len(waits) == 1
    with transaction.atomic():
        assert pair("戊") == ([("戊", 1)], [("戊", 1)])


def test_a_fault_of_either_leaves_the_connection_sound(committed: dict[str, str]) -> None:
    share = f"{sql.ONE_PLAN} select 12 / %(x)s::int"
    more = f"{sql.ONE_PLAN} select 60 / %(y)s::int"
    for x, y in ((3, 4), (3, 4)):
        assert sql.both((share, {"x": x}), (more, {"y": y})) == ([(4,)], [(15,)])
    raw = connection.connection
    for x, y in ((0, 4), (3, 0), (0, 0)):
        with pytest.raises(DataError, match="division by zero"):
            sql.both((share, {"x": x}), (more, {"y": y}))
        assert sql.both((share, {"x": 4}), (more, {"y": 5})) == ([(3,)], [(12,)])
    assert connection.connection is raw


def test_a_server_that_says_nothing_costs_the_connection_and_no_more(
    committed: dict[str, str], settings: Any
) -> None:
    slow = f"{sql.ONE_PLAN} select pg_sleep(%(x)s::float8)::text"
    for _ in range(2):
        pair("a")
        sql.one(slow, {"x": 0.0})
    settings.DATABASE_PATIENCE_SECONDS = 0.2
    with pytest.raises(OperationalError):
        sql.both((SET, {"x": "b", "n": 1}), (slow, {"x": 1.0}))
    assert connection.connection.closed
    connection.close()
    assert pair("c") == ([("c", 1)], [("c", 1)])
