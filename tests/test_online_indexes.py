"""Indexes of big tables are built beside those who write: nobody waits behind the migration, and a broken one goes on."""

import importlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings as settings_of
from django.db import OperationalError, connection, transaction

from config.postgres.base import Impatient
from config.settings import database
from yichuang.kernel import online
from yichuang.kernel.online import DropIndexOnline, Gently, IndexOnline

NAME, TABLE, COLUMNS = "journal_fact_tried", "journal_fact", "(actor, subject_id)"
BUILD = IndexOnline(NAME, TABLE, COLUMNS)
WRITE = (
    "insert into journal_fact (subject_id, seq, subject_kind, kind, at, day, actor, data, prev_hash, hash) values "
    "('0180912b-0000-7000-8000-000000000000'::uuid, %s, 'thing', 'x', now(), current_date, 'system', '{}', '', sha256('x'))"
)


@pytest.fixture
def owner(committed: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A database of the test's own, opened as its owner; turns for a lock are short."""
    monkeypatch.setattr(online, "LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(online, "PAUSE", 0.02)
    connection.close()
    connection.settings_dict.update(database(committed["owner"]))
    yield committed
    connection.close()


def run(operation: Any, *, back: bool = False) -> None:
    """What `migrate` does with an operation of a migration that is not atomic."""
    with connection.schema_editor(atomic=False) as editor:
        (operation.database_backwards if back else operation.database_forwards)("journal", editor, None, None)


def standing() -> list[tuple[bool | None, bool]]:
    """Of the parent's index and each partition's: whether it is valid and attached; all partitions count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select x.indisvalid, a.inhparent is not null from pg_inherits h "
            "left join (pg_inherits a join pg_index x on x.indexrelid = a.inhrelid and a.inhparent = to_regclass(%s)) "
            "on x.indrelid = h.inhrelid where h.inhparent = %s::regclass",
            [NAME, TABLE],
        )
        return list(cursor.fetchall())


def beside(owner: dict[str, str], work: Callable[[], None]) -> tuple[bool, threading.Thread]:
    """Start work while a writer's transaction is open, and tell whether another writer comes through meanwhile."""
    with psycopg.connect(owner["owner"]) as first, psycopg.connect(owner["owner"], autocommit=True) as second:
        first.execute(WRITE, [1])
        thread = threading.Thread(target=work)
        thread.start()
        with psycopg.connect(owner["admin"], autocommit=True) as admin:
            waiting = "select count(*) from pg_locks where not granted and database = (select oid from pg_database where datname = %s)"
            for _ in range(400):
                row = admin.execute(waiting, [connection.settings_dict["NAME"]]).fetchone()
                if row and row[0]:
                    break
                threading.Event().wait(0.005)
        second.execute("set lock_timeout = '300ms'")
        try:
            second.execute(WRITE, [2])
            through = True
        except psycopg.errors.LockNotAvailable:
            through = False
        first.commit()
    thread.join(20)
    return through, thread


def test_writers_come_through_while_an_index_is_built(owner: dict[str, str]) -> None:
    """Then the broken variant: a plain `create index` waits for the writer before it, and everybody waits behind it."""
    names = dict(connection.settings_dict)

    def build() -> None:
        connection.settings_dict.update(names)
        run(BUILD)
        connection.close()

    through, thread = beside(owner, build)
    assert through
    assert not thread.is_alive()
    found = standing()
    assert len(found) == 7
    assert set(found) == {(True, True)}
    run(BUILD)  # Again: everything is there.
    run(BUILD, back=True)
    assert standing() == [(None, False)] * 7

    def plainly() -> None:
        with psycopg.connect(owner["owner"], autocommit=True) as plain:
            plain.execute(f"create index {NAME} on {TABLE} {COLUMNS}".encode())

    with connection.cursor() as cursor:
        cursor.execute("delete from journal_fact")
    through, _ = beside(owner, plainly)
    assert not through


def test_what_was_broken_off_goes_on_and_new_quarters_have_the_index(owner: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"create index {NAME} on only {TABLE} {COLUMNS}")
        cursor.execute(f"create index {NAME}_2022q1 on {TABLE}_2022q1 {COLUMNS}")
        cursor.execute(f"alter index {NAME} attach partition {NAME}_2022q1")
        cursor.execute(f"create index {NAME}_2022q2 on {TABLE}_2022q2 {COLUMNS}")
    with psycopg.connect(owner["admin"], autocommit=True) as admin:
        # As a build that was killed leaves it behind.
        admin.execute(
            f"update pg_index set indisvalid = false where indexrelid = '{NAME}_2022q2'::regclass".encode()
        )
    run(BUILD)
    assert set(standing()) == {(True, True)}
    with connection.cursor() as cursor:
        cursor.execute("select journal_ensure_quarter('journal_fact', date '2031-01-01')")
    assert len(standing()) == 8
    assert set(standing()) == {(True, True)}
    with connection.cursor() as cursor:
        cursor.execute("select indisvalid from pg_index where indexrelid = to_regclass(%s)", [NAME])
        assert cursor.fetchone() == (True,)


def test_a_plain_table_too_and_a_lock_is_asked_for_in_turns(
    owner: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = IndexOnline("journal_seal_tried", "journal_seal", "(at)")
    run(plain)
    run(plain)
    drop = DropIndexOnline("journal_seal_tried", "journal_seal", "(at)")
    turns: list[float] = []
    with psycopg.connect(owner["owner"]) as reader:
        reader.execute("select count(*) from journal_seal")

        def pause(seconds: float) -> None:
            turns.append(seconds)
            reader.commit()

        monkeypatch.setattr("yichuang.kernel.online.time.sleep", pause)
        run(drop)
        assert turns == [online.PAUSE]
        run(drop, back=True)
        reader.execute("select count(*) from journal_seal")
        monkeypatch.setattr("yichuang.kernel.online.time.sleep", turns.append)
        monkeypatch.setattr(online, "TRIES", 2)
        with pytest.raises(Exception, match="lock timeout"):
            run(Gently(("alter table journal_seal rename to journal_tried",)))
    with pytest.raises(RuntimeError, match="atomic"), transaction.atomic():
        run(IndexOnline("journal_seal_more", "journal_seal", "(at)"))


def test_busy_tables_are_cleaned_by_dead_rows_and_a_new_quarter_too(owner: dict[str, str]) -> None:
    """A quarter made `like` its parent takes over no settings: the broken variant of the function leaves them out."""

    def settings_of(name: str) -> str:
        with connection.cursor() as cursor:
            cursor.execute(
                "select coalesce(array_to_string(reloptions, ' '), '') from pg_class where relname = %s",
                [name],
            )
            return str(cursor.fetchone()[0])

    assert owner
    assert "autovacuum_vacuum_threshold=5000" in settings_of("journal_fresh")
    assert "autovacuum_vacuum_scale_factor=0.02" in settings_of("cases_work")
    # Every taking of statistics throws away the plans of every connection.
    assert "autovacuum_analyze_threshold=1000000" in settings_of("journal_fresh")
    for name in ("cases_work", "cases_number", "journal_leaf", "intake_bulkrow", "statistics_rollup"):
        assert "autovacuum_analyze_scale_factor=0.2" in settings_of(name)
    with connection.cursor() as cursor:
        cursor.execute("select journal_ensure_quarter(parent, date '2032-01-01') from journal_partitioned")
    for quarter in ("2022q2", "2032q1"):
        assert "autovacuum_vacuum_scale_factor=0.02" in settings_of(f"cases_case_{quarter}")
        assert "autovacuum_vacuum_insert_scale_factor=0.05" in settings_of(f"journal_fact_{quarter}")
        for table in ("cases_case", "journal_fact", "intake_receipt"):
            assert "autovacuum_analyze_scale_factor=0.2" in settings_of(f"{table}_{quarter}")
    storage = importlib.import_module("yichuang.journal.migrations.0008_storage")
    with connection.cursor() as cursor:
        cursor.execute(storage.made(""))
        cursor.execute("select journal_ensure_quarter('cases_case', date '2033-01-01')")
    assert settings_of("cases_case_2033q1") == ""


def waited(settings: Any) -> bool:
    """Whether what takes longer than anybody waits for a page comes to its end in a migration, and leaves nobody waiting for ever."""
    settings.DATABASE_PATIENCE_SECONDS = 0.3
    run(Gently(("select pg_sleep(0.8)",)))
    with pytest.raises(OperationalError, match="in time"), connection.cursor() as cursor:
        cursor.execute("select pg_sleep(0.8)")
    connection.close()
    return True


def test_an_index_may_take_longer_to_build_than_anybody_waits_for_a_page(
    owner: dict[str, str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert owner
    assert waited(settings)
    # The broken variant: the server has all the time there is, and the one who asked has gone.
    monkeypatch.setattr(Impatient, "wait", hurried)
    with pytest.raises(OperationalError, match="closed"):
        waited(settings)
    connection.close()


def hurried(self: Impatient, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
    """Waiting as it was: for everything alike."""
    patience = settings_of.DATABASE_PATIENCE_SECONDS
    try:
        return psycopg.Connection.wait(self, gen, interval, patience if timeout is None else timeout)
    except psycopg.errors._WaitTimeout:
        self.close()
        raise psycopg.OperationalError("the database did not answer in time") from None
