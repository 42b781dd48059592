"""The large tables could be spread over several servers as they are: the rules, asked of the live schema."""

import psycopg
import pytest
from click.testing import CliRunner

from config.distribution import LARGE, STAY, Large, faults, has_engine, plan, spread
from config.distribution_cli import distribute


def test_the_schema_can_be_distributed(committed: dict[str, str]) -> None:
    with psycopg.connect(committed["owner"]) as owner:
        assert faults(owner) == []
        there = {
            str(name) for (name,) in owner.execute("select relname from pg_class where relkind in ('r', 'p')")
        }
        assert {one.table for one in LARGE} | set(STAY) <= there
        statements = list(plan(owner))
        assert (has_engine(owner), spread(owner)) == (False, set())
    assert statements[0] == "alter function journal_fact_hash immutable"
    assert statements[1].startswith("alter table intake_application drop constraint")
    assert (
        "select create_distributed_table('cases_case', 'id', colocate_with => 'none', shard_count => 32)"
        in statements
    )
    dropped = [one for one in statements if " drop constraint " in one]
    assert len(dropped) == len([one for one in statements if " add constraint " in one]) == 4


BROKEN = {
    "create unique index wrong on cases_number (case_id)": "cases_number: key wrong (case_id) lacks number",
    "alter table cases_number add constraint wrong foreign key (case_id) references cases_case (id)":
        "cases_number: reference wrong to cases_case leads to a table whose shards stand elsewhere",
    "create table small (id uuid references cases_case (id))":
        "small: reference small_id_fkey to cases_case leads from a table that stays to one that is spread",
    "alter table cases_case add constraint wrong foreign key (item_id) references catalogue_item (id)":
        "cases_case: reference wrong to catalogue_item leads to a table that stays",
    "alter table intake_material add column other uuid, add constraint wrong foreign key (other) references cases_case (id)":
        "intake_material: reference wrong to cases_case does not go by the column of distribution",
    "alter table cases_number add column n bigint generated always as identity":
        "cases_number: number made by the server in n",
    "create trigger wrong before update on cases_number for each row execute function suppress_redundant_updates_trigger()":
        "cases_number: trigger wrong",
    "create table large (id uuid) partition by range (id); insert into journal_partitioned select 'large', false":
        "large: partitioned by quarter, and nobody has said how it is spread",
}  # fmt: skip


def test_a_schema_that_could_not_is_noticed(committed: dict[str, str]) -> None:
    with psycopg.connect(committed["owner"]) as owner:
        for statement, said in BROKEN.items():
            owner.execute(statement.encode())
            assert said in faults(owner), statement
            owner.rollback()
        assert "cases_number: key cases_number_pkey (number) lacks case_id" in faults(
            owner, (Large("cases_number", "case_id"),)
        )


def test_the_command_prints_refuses_and_needs_the_engine(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWNER_DATABASE_URL", committed["owner"])
    shown = CliRunner().invoke(distribute, ["--plan"])
    assert (shown.exit_code, shown.stdout.count("create_distributed_table")) == (0, len(LARGE))
    refused = CliRunner().invoke(distribute, ["--apply"])
    assert (refused.exit_code, "没有 citus 扩展" in refused.stderr) == (1, True)
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        owner.execute("create unique index wrong on cases_number (case_id)")
    wrong = CliRunner().invoke(distribute, ["--plan"])
    assert (wrong.exit_code, wrong.stdout, "不能分布" in wrong.stderr) == (1, "", True)
    for name in ("OWNER_DATABASE_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert CliRunner().invoke(distribute, ["--plan"]).exit_code == 2
