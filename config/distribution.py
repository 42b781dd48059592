"""Which tables an engine that distributes (Citus) would spread over servers, by which column, and what would stop it.

Nothing here needs that engine: the rules are read from the live schema of any PostgreSQL, and a house test asks them, so
that the schema can be distributed on the day when the volume pays for it (docs/scale.md). `yichuang distribute` prints the
statements and, where the engine is there, runs them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

SHARDS = 32


@dataclass(frozen=True, slots=True)
class Large:
    """A table that grows with every case: the column by which it is spread, and whose shards it stands beside."""

    table: str
    column: str
    beside: str = ""


# The case's id stands in every key between these tables, so that a step touches one server only. What must be unique over
# all cases is spread by itself.
LARGE = (
    Large("cases_case", "id"),
    Large("journal_fact", "subject_id", "cases_case"),
    Large("cases_particulars", "case_id", "cases_case"),
    Large("intake_application", "case_id", "cases_case"),
    Large("intake_material", "case_id", "cases_case"),
    Large("intake_receipt", "case_id", "cases_case"),
    Large("intake_receipt_signature", "case_id", "cases_case"),
    Large("exchange_case", "id", "cases_case"),
    Large("journal_view", "id"),
    # What one file or one bulk act names is read and written together.
    Large("cases_bulkactcase", "act_id"),
    Large("intake_bulkrow", "run_id"),
    Large("exchange_number", "source_number"),
    Large("cases_number", "number"),
    Large("journal_client_key", "key"),
)
# These grow with the cases too and stay on the coordinator, each for its reason.
STAY = {
    "journal_fresh": "the queue: taken without naming a case; a batch and the figures must be one transaction",
    "journal_leaf": "two keys with no column in common: its place in a seal, and the fact that it seals",
    "notices_message": "two keys with no column in common: its own id, and the fact of which it tells",
    "cases_work": "open work only: it does not grow with the years, and queues read across cases",
    "statistics_daily": "figures: read together with the queue in one statement",
}
KEYS = """
select c.relname, i.relname, array(select a.attname::text from unnest(x.indkey) k join pg_attribute a
                                   on a.attrelid = c.oid and a.attnum = k)
from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
where x.indisunique and c.relname = any(%(tables)s) and c.relnamespace = 'public'::regnamespace order by 1, 2
"""
LINKS = """
select c.relname, k.conname, r.relname,
       array(select a.attname::text from unnest(k.conkey) n join pg_attribute a on a.attrelid = c.oid and a.attnum = n),
       array(select a.attname::text from unnest(k.confkey) n join pg_attribute a on a.attrelid = r.oid and a.attnum = n),
       pg_get_constraintdef(k.oid), k.conparentid <> 0 or c.relispartition
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class r on r.oid = k.confrelid
where k.contype = 'f' and (c.relname = any(%(tables)s) or r.relname = any(%(tables)s)) order by 1, 2
"""
ODDITIES = """
select c.relname, 'trigger ' || t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
where not t.tgisinternal and c.relname = any(%(tables)s)
union all
select c.relname, 'number made by the server in ' || a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relname = any(%(tables)s) and (a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like 'nextval%%')
union all
select c.relname, 'exclusion ' || k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid
where k.contype = 'x' and c.relname = any(%(tables)s) order by 1, 2
"""
FORGOTTEN = "select parent::text from journal_partitioned where parent::text <> all(%(tables)s) order by 1"
Connection = psycopg.Connection[tuple[Any, ...]]


def faults(connection: Connection, large: tuple[Large, ...] = LARGE) -> list[str]:
    """What of the live schema could not be distributed; empty where everything can."""
    tables = {"tables": [one.table for one in large]}
    by_name = {one.table: one for one in large}
    found = [
        f"{table}: key {index} ({', '.join(columns)}) lacks {by_name[table].column}"
        for table, index, columns in connection.execute(KEYS, tables)
        if by_name[table].column not in columns
    ]
    for child, name, parent, own, theirs, _, of_a_part in connection.execute(LINKS, tables):
        if not of_a_part and (wrong := _wrong_link(by_name, child, parent, own, theirs)):
            found.append(f"{child}: reference {name} to {parent} {wrong}")
    found += [f"{table}: {oddity}" for table, oddity in connection.execute(ODDITIES, tables)]
    found += [
        f"{table}: partitioned by quarter, and nobody has said how it is spread"
        for (table,) in connection.execute(FORGOTTEN, tables)
    ]
    return found


def _wrong_link(by_name: dict[str, Large], child: str, parent: str, own: list[str], theirs: list[str]) -> str:
    if child not in by_name:
        return "leads from a table that stays to one that is spread"
    if parent not in by_name:
        return "leads to a table that stays"
    one, other = by_name[child], by_name[parent]
    if (one.beside or one.table) != (other.beside or other.table):
        return "leads to a table whose shards stand elsewhere"
    if one.column not in own or other.column not in theirs:
        return "does not go by the column of distribution"
    return ""


def plan(connection: Connection, large: tuple[Large, ...] = LARGE) -> Iterator[str]:
    """The statements, in their order: references are taken away, tables spread, references made again.

    The hash of a fact is the same whatever a session has set; the engine takes no function's word for less than that.

    Spreading moves the rows that are there and locks each table meanwhile: the site stands still.
    """
    tables = {"tables": [one.table for one in large]}
    links = [row for row in connection.execute(LINKS, tables) if not row[6]]
    yield "alter function journal_fact_hash immutable"
    for child, name, *_ in links:
        yield f"alter table {child} drop constraint {name}"
    for one in large:
        beside = f"colocate_with => '{one.beside or 'none'}'"
        count = "" if one.beside else f", shard_count => {SHARDS}"
        yield f"select create_distributed_table('{one.table}', '{one.column}', {beside}{count})"
    for child, name, _, _, _, definition, _ in links:
        yield f"alter table {child} add constraint {name} {definition}"


def has_engine(connection: Connection) -> bool:
    """Whether the database has the engine's extension."""
    return bool(connection.execute("select 1 from pg_extension where extname = 'citus'").fetchone())


def spread(connection: Connection) -> set[str]:
    """The tables that are distributed already."""
    if not has_engine(connection):
        return set()
    rows = connection.execute("select logicalrelid::text from pg_dist_partition where partmethod = 'h'")
    return {str(table) for (table,) in rows}
