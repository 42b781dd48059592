"""What the roles of the database may do: the application appends, reports and auditors read, nobody else makes tables."""

import contextlib
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from importlib import import_module

import psycopg
import pytest
from django.db import DatabaseError, transaction
from psycopg import errors, sql

from yichuang.journal import commands
from yichuang.journal.commands import NewFact, record
from yichuang.kernel import sql as house
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 5, 13, 9, 30, tzinfo=SHANGHAI)
EVIDENCE = (
    "journal_fact", "journal_fact_2022q2", "journal_seal", "journal_leaf", "journal_client_key", "journal_publication",
)  # fmt: skip
OTHERS = ("journal_fresh", "journal_series", "statistics_daily", "directory_account", "notices_message")
WRITES = (
    "insert into {} default values", "delete from {}", "truncate {}", "alter table {} add column forged int",
    "drop table {}", "create trigger forged before insert on {} for each row execute function suppress_redundant_updates_trigger()",
)  # fmt: skip


@pytest.fixture
def filled(committed: dict[str, str]) -> dict[str, str]:
    """The addresses of a database with a sealed fact and one that waits."""
    for _ in range(2):
        with transaction.atomic():
            record(NewFact(uuid7(AT), "thing", "x"), by=SYSTEM, at=AT)
    with transaction.atomic():
        commands.seal(commands.take(1), at=AT)
    return committed


def refused(address: str, statement: str, table: str) -> bool:
    """Whether the role is told that it may not (and nothing else goes wrong)."""
    with psycopg.connect(address, autocommit=True) as connection:
        try:
            connection.execute(sql.SQL(statement).format(sql.Identifier(table)))
        except errors.InsufficientPrivilege:
            return True
        return False


def test_reports_and_auditors_read_everything_and_write_nothing(filled: dict[str, str]) -> None:
    for role in ("report", "audit"):
        for table in (*EVIDENCE, *OTHERS):
            assert not refused(filled[role], "select count(*) from {}", table), (role, table)
            for statement in WRITES:
                assert refused(filled[role], statement, table), (role, statement, table)


def test_the_application_is_not_the_owner_of_anything(filled: dict[str, str]) -> None:
    for table in (*EVIDENCE, *OTHERS):
        for statement in WRITES[2:]:
            assert refused(filled["app"], statement, table), (statement, table)
    for table in EVIDENCE:
        assert refused(filled["app"], "delete from {}", table), table
        assert refused(filled["app"], "alter table {} disable trigger all", table), table
    with psycopg.connect(filled["app"]) as connection:
        owned = connection.execute(
            "select count(*) from pg_class where relowner = current_user::regrole"
        ).fetchone()
        special = connection.execute(
            "select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls from pg_roles where rolname = current_user"
        ).fetchone()
    assert owned == (0,)
    assert special == (False, False, False, False)


# What must never happen to evidence, whatever it holds: an update that matches no row needs the right all the same.
UNDOING = (
    "update {} set {column} = {column} where false", "delete from {} where false", "truncate {}",
    "alter table {} disable trigger all", "alter table {} owner to current_user",
    "create rule forged as on insert to {} do instead nothing",
)  # fmt: skip


def evidence_of(admin: psycopg.Connection[tuple[object, ...]]) -> list[tuple[str, str]]:
    """Every append-only table with its first column: the plain ones, the partitioned ones and all their quarters."""
    found = admin.execute(
        "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum = 1 "
        "where c.relname = any(%s) or c.relname in (select parent from journal_partitioned where append_only) "
        "or c.oid in (select i.inhrelid from pg_inherits i join pg_class p on p.oid = i.inhparent "
        "join journal_partitioned j on j.parent = p.relname where j.append_only) order by 1",
        [list(EVIDENCE)],
    )
    return [(str(table), str(column)) for table, column in found.fetchall()]


def loopholes(addresses: dict[str, str]) -> list[tuple[str, str]]:
    """What the application could undo: each statement tried on each table of evidence."""
    with psycopg.connect(addresses["admin"], autocommit=True) as admin:
        tables = evidence_of(admin)
    open_ = []
    with psycopg.connect(addresses["app"], autocommit=True) as app:
        for table, column in tables:
            for statement in UNDOING:
                try:
                    # Whatever is allowed by mistake is taken back: the next one is tried on what was there.
                    with app.transaction(force_rollback=True):
                        app.execute(
                            sql.SQL(statement).format(sql.Identifier(table), column=sql.Identifier(column))
                        )
                    open_.append((table, statement.split()[0]))
                except errors.InsufficientPrivilege:
                    continue
    return open_


def test_the_application_cannot_undo_any_evidence_in_any_quarter(filled: dict[str, str]) -> None:
    """Tried on every append-only table and every partition of it, a new quarter too; a right given is noticed."""
    with psycopg.connect(filled["app"], autocommit=True) as app:
        app.execute("select journal_ensure_quarter(parent, date '2043-05-05') from journal_partitioned")
    with psycopg.connect(filled["admin"], autocommit=True) as admin:
        tables = [table for table, _ in evidence_of(admin)]
    assert {"journal_fact_2043q2", "journal_publication", "journal_view", "journal_view_2043q2"} <= set(
        tables
    )
    assert loopholes(filled) == []
    with psycopg.connect(filled["admin"], autocommit=True) as admin:
        admin.execute("grant update on journal_fact_2043q2 to yichuang_app")
        admin.execute("grant delete, truncate on journal_publication to yichuang_app")
    assert loopholes(filled) == [
        ("journal_fact_2043q2", "update"), ("journal_publication", "delete"), ("journal_publication", "truncate"),
    ]  # fmt: skip


def test_a_role_that_may_do_everything_would_be_caught(filled: dict[str, str]) -> None:
    """The broken variant: the owner's address in the application's place."""
    assert not refused(filled["owner"], "delete from {}", "journal_leaf")


def test_nobody_but_the_owner_makes_tables_functions_or_roles(filled: dict[str, str]) -> None:
    for role in ("app", "report", "audit"):
        for statement in (
            "create table {} (id int)", "create schema {}", "create role {}", "create table public.{} (id int)",
            "create function public.{}() returns int language sql as 'select 1'", "set role {}",
        ):  # fmt: skip
            name = "yichuang_owner" if statement.startswith("set") else "forged"
            assert refused(filled[role], statement, name), (role, statement)


def test_nobody_passes_rights_on(filled: dict[str, str]) -> None:
    """PostgreSQL answers such a grant with a warning: what counts is that nothing was granted."""
    for role in ("app", "report", "audit"):
        with psycopg.connect(filled[role], autocommit=True) as connection:
            for table in EVIDENCE:
                with contextlib.suppress(errors.InsufficientPrivilege):
                    connection.execute(
                        sql.SQL("grant all on {} to yichuang_report").format(sql.Identifier(table))
                    )
                asked = (
                    "select has_table_privilege('yichuang_report', %s, 'insert, update, delete, truncate')"
                )
                assert connection.execute(asked, [table]).fetchone() == (False,), (role, table)


def test_a_partition_made_later_is_as_closed_as_the_first(filled: dict[str, str]) -> None:
    with psycopg.connect(filled["app"], autocommit=True) as connection:
        made = connection.execute(
            "select journal_ensure_quarter('journal_fact', date '2040-02-01')"
        ).fetchone()
        assert made == ("journal_fact_2040q1",)
        again = connection.execute(
            "select journal_ensure_quarter('journal_fact', date '2040-03-31')"
        ).fetchone()
        assert again == made
    for statement in ("delete from {}", "truncate {}", "drop table {}", "update {} set data = ''"):
        assert refused(filled["app"], statement, "journal_fact_2040q1"), statement
    for role in ("report", "audit"):
        assert not refused(filled[role], "select count(*) from {}", "journal_fact_2040q1"), role


@pytest.mark.django_db
@pytest.mark.parametrize(
    "parent",
    ["directory_account", "journal_seal", "pg_class", "journal_fact; drop table journal_seal", "", None],
)
def test_only_the_big_tables_of_the_house_are_cut_into_quarters(parent: str | None) -> None:
    ask = "select journal_ensure_quarter(%(parent)s, date '2041-01-01')"
    with pytest.raises(DatabaseError, match="not a partitioned table"), transaction.atomic():
        house.one(ask, {"parent": parent})
    assert house.one("select to_regclass('journal_seal_2041q1') is null") == (True,)


def test_the_list_of_big_tables_cannot_be_added_to(filled: dict[str, str]) -> None:
    """Otherwise the function, which runs as the owner, could be turned on any table."""
    for statement in ("insert into {} values ('directory_account', false)", "delete from {}", "truncate {}"):
        assert refused(filled["app"], statement, "journal_partitioned"), statement
    assert refused(filled["app"], "update {} set append_only = false", "journal_partitioned")


def test_a_shadowing_function_of_the_application_is_not_called_by_the_owner(filled: dict[str, str]) -> None:
    """The function looks names up in the house's schema only, whatever search path the caller has set."""
    with psycopg.connect(filled["app"], autocommit=True) as connection:
        connection.execute("create temporary table journal_partitioned (parent text, append_only boolean)")
        connection.execute("insert into pg_temp.journal_partitioned values ('directory_account', false)")
        connection.execute("set search_path = pg_temp, public")
        with pytest.raises(errors.RaiseException, match="not a partitioned table"):
            connection.execute("select public.journal_ensure_quarter('directory_account', date '2041-01-01')")


def made_twice(addresses: dict[str, str], year: int) -> Future[object]:
    """What the second session is told that asks for a quarter while the first is making it."""
    ask = f"select journal_ensure_quarter('journal_fact', date '{year}-02-01')"
    with (
        psycopg.connect(addresses["app"]) as first,
        psycopg.connect(addresses["app"], autocommit=True) as second,
        psycopg.connect(addresses["owner"], autocommit=True) as onlooker,
        ThreadPoolExecutor(1) as beside,
    ):
        first.execute(ask)
        told: Future[object] = beside.submit(lambda: second.execute(ask).fetchone())
        waits = "select count(*) from pg_locks where pid = %s and locktype = 'advisory' and not granted"
        while not told.done() and onlooker.execute(waits, [second.info.backend_pid]).fetchone() != (1,):
            onlooker.execute("select pg_sleep(0.01)")
        first.commit()
    return told


def test_two_who_make_a_quarter_in_the_same_moment_both_have_it(filled: dict[str, str]) -> None:
    assert made_twice(filled, 2044).result() == ("journal_fact_2044q1",)


def test_the_race_for_a_quarter_is_lost_by_who_trusts_the_cache_of_names(filled: dict[str, str]) -> None:
    """The broken variant: what stood before 0009."""
    with psycopg.connect(filled["owner"], autocommit=True) as owner:
        owner.execute(import_module("yichuang.journal.migrations.0009_quarters_once").TUNED)
    with pytest.raises(errors.DuplicateTable):
        made_twice(filled, 2045).result()
