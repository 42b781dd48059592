"""Which files a case named in its facts, and which of them anything still uses."""

from collections.abc import Iterable
from uuid import UUID

from yichuang.journal.queries import facts_of
from yichuang.kernel import sql

# What is called sha256 but is no file: hashes of texts that stand in the database.
NO_FILES = frozenset({"intake_receipt.content_sha256"})


def files_of_case(case_id: UUID) -> list[str]:
    """The SHA-256 of every material, supplied later or not, and of every rendered document, that the facts of a case name."""
    facts = facts_of(case_id)
    named = {
        one["sha256"]
        for fact in facts
        for one in fact.data.get("materials") or ()
        if isinstance(one, dict) and one.get("sha256")
    }
    named |= {str(fact.data["sha256"]) for fact in facts if fact.data.get("sha256")}
    return sorted(named.union(*(fact.data.get("documents") or () for fact in facts)))


def still_used(digests: Iterable[str]) -> set[str]:
    """Those files that a row of any room refers to: every column of ours whose name ends in sha256 is asked."""
    wanted = sorted(digests)
    columns = [
        (table, column)
        for table, column in sql.rows(
            "select c.table_name, c.column_name from information_schema.columns c join pg_class t on t.relname = c.table_name "
            "where c.table_schema = 'public' and c.column_name like '%%sha256' and t.relkind in ('r', 'p') "
            "and not t.relispartition and c.data_type in ('text', 'character varying') order by 1, 2",
            {"nothing": None},
        )
        if f"{table}.{column}" not in NO_FILES
    ]
    asked = " union ".join(
        f'select "{column}" from "{table}" where "{column}" = any(%(wanted)s)'  # noqa: S608 - names from the catalogue
        for table, column in columns
    )
    return {row[0] for row in sql.rows(asked, {"wanted": wanted})} if wanted and columns else set()
