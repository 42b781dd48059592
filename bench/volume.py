"""The ballast of lists and searches, made quickly and lean: tables that write no log, indexes dropped and built again when the rows
are there, a block of cases a transaction. It is gone when the server falls over, and made anew.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

BLOCK = 500_000
# Of a case so many persons: most come once.
PEOPLE_A_CASE = 0.6
AGENTS = 1000
TABLES = (
    "cases_case",
    "cases_number",
    "cases_work",
    "notices_message",
    "journal_view",
    "directory_applicant",
)
LEAVES = """
select i.inhrelid::regclass::text from pg_inherits i where i.inhparent = %(table)s::regclass
union all select %(table)s::text where (select relkind from pg_class where oid = %(table)s::regclass) = 'r'
"""
INDEXES = """
select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i
where i.indrelid = %(table)s::regclass and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
"""
REFERENCES = """
select c.conrelid::regclass::text, c.conname from pg_constraint c
where c.contype = 'f' and c.conparentid = 0 and (c.conrelid = any(%(tables)s::regclass[]) or c.confrelid = any(%(tables)s::regclass[]))
"""
Admin = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Made:
    """What making it took: seconds in all and of the indexes, bytes on the disk and of the log."""

    cases: int
    seconds: float
    indexed: float
    disk: int
    log: int

    def of(self, cases: int) -> "Made":
        """The same for another number of cases, in proportion: what a larger load would take."""
        times = cases / self.cases
        return Made(
            cases, self.seconds * times, self.indexed * times, int(self.disk * times), int(self.log * times)
        )


def blocks(last: int, size: int) -> Iterator[tuple[int, int]]:
    """The numbers from 1 to `last` in stretches of at most `size`, both ends included."""
    for first in range(1, last + 1, size):
        yield first, min(first + size - 1, last)


def marked(text: str, **numbers: int) -> str:
    """A script with its numbers in place. Raises ValueError where a number is left out."""
    for name, value in numbers.items():
        text = text.replace(f":{name}", str(value))
    for name in ("cases", "first", "last"):
        if f":{name}" in text:
            raise ValueError(f":{name} is not given")
    return text


def script(name: str, **numbers: int) -> bytes:
    """A file beside this one, ready to be sent."""
    return marked(Path(__file__).with_name(name).read_text(encoding="utf-8"), **numbers).encode()


def make(admin: Admin, cases: int, tell: Callable[[str], None] = lambda _: None) -> Made:
    """Fill a migrated database with the catalogue of `bench.prepare`. `admin`: its superuser, autocommit."""
    begun, before = time.monotonic(), _log(admin)
    admin.execute("set session_replication_role = replica; set maintenance_work_mem = '1GB'")
    admin.execute(script("volume.sql"))
    indexes = stripped(admin)
    for first, last in blocks(cases, BLOCK):
        with admin.transaction():
            admin.execute(script("volume_block.sql", cases=cases, first=first, last=last))
        tell(f"{last:,} cases")
    for first, last in blocks(max(AGENTS, int(cases * PEOPLE_A_CASE)), BLOCK):
        admin.execute(script("volume_people.sql", first=first, last=last))
    filled = time.monotonic()
    for definition in indexes:
        admin.execute(definition.encode())
    admin.execute("vacuum analyze")
    done = time.monotonic()
    disk = admin.execute("select pg_database_size(current_database())").fetchone()
    assert disk is not None
    return Made(cases, done - begun, done - filled, int(disk[0]), _log(admin) - before)


def stripped(admin: Admin) -> list[str]:
    """The tables as they are quickest to fill: no log, no references, only the keys; the statements that build the indexes again."""
    asked = {"tables": list(TABLES)}
    for table, name in admin.execute(REFERENCES.encode(), asked).fetchall():
        admin.execute(f"alter table {table} drop constraint {name}".encode())
    indexes: list[str] = []
    for table in TABLES:
        for name, definition in admin.execute(INDEXES.encode(), {"table": table}).fetchall():
            # Of a partitioned table it says "only": built so, no partition would have it.
            indexes.append(definition.replace(" ON ONLY ", " ON "))
            admin.execute(f"drop index {name}".encode())
        for (leaf,) in admin.execute(LEAVES.encode(), {"table": table}).fetchall():
            admin.execute(f"alter table {leaf} set unlogged".encode())
    return indexes


def _log(admin: Admin) -> int:
    found = admin.execute("select pg_current_wal_lsn() - '0/0'::pg_lsn").fetchone()
    return int(found[0]) if found else 0


def main() -> None:
    """`python -m bench.volume URL CASES`: fill the database at an address, as its superuser, and tell what it took."""
    with psycopg.connect(sys.argv[1], autocommit=True) as admin:
        made = make(admin, int(sys.argv[2]), lambda words: print(words, file=sys.stderr, flush=True))
    print(made, made.of(20_000_000))


if __name__ == "__main__":
    main()
