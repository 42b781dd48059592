import threading
from pathlib import Path

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from yichuang.journal.models import Series
from yichuang.kernel import sql

pytestmark = pytest.mark.django_db


def test_rows_come_as_plain_tuples_or_by_name() -> None:
    assert sql.rows("select n, n * 2 from generate_series(1, 2) n") == [(1, 2), (2, 4)]
    assert sql.named("select 1 as a, '二' as b") == [{"a": 1, "b": "二"}]
    assert sql.one("select %(x)s::int + %(y)s::int", {"x": 1, "y": 2}) == (3,)
    assert sql.one("select %s::text", ["窗"]) == ("窗",)
    assert sql.one("select 1 where false") is None
    assert sql.rows("set local lock_timeout = '5s'") == []


def test_how_many_rows_were_touched() -> None:
    Series.objects.bulk_create([Series(series=f"s{n}", last=1) for n in range(3)])
    assert sql.execute("update journal_series set last = 2 where series like 's%'") == 3
    assert sql.execute("delete from journal_series where series = %(s)s", {"s": "none"}) == 0


def test_values_are_never_text_of_the_statement() -> None:
    attack = "x'; delete from journal_series; --"
    Series.objects.create(series=attack, last=1)
    assert sql.rows("select last from journal_series where series = %(s)s", {"s": attack}) == [(1,)]
    assert Series.objects.count() == 1


def test_errors_are_djangos() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute("insert into journal_series (series, last) values ('s', 0)")
    with pytest.raises(DataError), transaction.atomic():
        sql.one("select %(x)s::date", {"x": "never"})


def test_it_works_in_djangos_transaction() -> None:
    class Undo(Exception):
        pass

    def undone() -> None:
        with transaction.atomic():
            sql.execute("insert into journal_series (series, last) values ('s', 1)")
            assert Series.objects.filter(series="s").exists()
            raise Undo

    with pytest.raises(Undo):
        undone()
    assert not Series.objects.filter(series="s").exists()


def test_nothing_runs_in_a_broken_transaction() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            sql.rows("select 1")


def test_every_statement_is_counted_also_the_orms_and_in_nested_counts() -> None:
    with sql.counting() as outer:
        sql.one("select 1")
        with sql.counting() as inner:
            Series.objects.count()
            sql.one("select 2")
        sql.one("select 3")
    assert len(inner) == 2
    assert len(outer) == 4
    sql.one("select 4")
    assert len(outer) == 4


def test_another_threads_statements_are_not_counted() -> None:
    def elsewhere() -> None:
        try:
            with sql.counting() as found:
                sql.one("select 1")
            counts.append(len(found))
        finally:
            connection.close()

    counts: list[int] = []
    with sql.counting() as mine:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join(30)
    assert (counts, mine) == ([1], [])


def test_a_statement_is_read_from_beside_its_module(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "x.sql").write_text("with /*part*/ select 1", encoding="utf-8")
    (tmp_path / "commands").mkdir()
    for module in (tmp_path / "commands.py", tmp_path / "commands" / "step.py"):
        assert (
            sql.statement(str(module), "x", (("part", "a as (select 2)"),)) == "with a as (select 2) select 1"
        )
    with pytest.raises(FileNotFoundError):
        sql.statement(str(tmp_path / "commands.py"), "absent")
