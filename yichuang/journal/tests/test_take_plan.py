"""A queue that is believed to be empty is emptied as fast as any: no batch is looked for row by row among all of it."""

from typing import Any

import psycopg

from yichuang.journal.commands import facts
from yichuang.kernel import sql

FILL = """
insert into journal_fresh (subject_id, seq, subject_kind, kind, hash, day, quantity)
select md5(n::text)::uuid, 1, 'case', 'case.filed', sha256(n::text::bytea), date '2022-05-05', 1 from generate_series(1, 3000) g (n)
"""
# What vacuum leaves behind when it finds nothing alive and may not give the pages back.
BELIEVED_EMPTY = "update pg_class set reltuples = 0, relpages = 100 where relname = 'journal_fresh'"
JOINED = (
    "where f.ctid = any (array(select o.ctid from journal_fresh o order by o.subject_id, o.seq limit %(limit)s))",
    "using (select subject_id, seq from journal_fresh order by subject_id, seq limit %(limit)s) t "
    "where f.subject_id = t.subject_id and f.seq = t.seq",
)


def nodes(plan: dict[str, Any]) -> set[str]:
    """The kinds of steps of a plan."""
    return {plan["Node Type"]}.union(*(nodes(below) for below in plan.get("Plans", ())))


def steps(admin: psycopg.Connection[Any], text: str) -> set[str]:
    row = admin.execute(f"explain (format json) {text.replace('%(limit)s', '2000')}".encode()).fetchone()
    assert row is not None
    return nodes(row[0][0]["Plan"])


def test_a_batch_is_met_by_where_it_lies_whatever_is_believed_of_the_queue(committed: dict[str, str]) -> None:
    text = sql.statement(facts.__file__, "take")
    with psycopg.connect(committed["admin"], autocommit=True) as admin:
        admin.execute(FILL)
        admin.execute(BELIEVED_EMPTY.encode())
        found = steps(admin, text)
        assert "Tid Scan" in found
        assert "Nested Loop" not in found
        # The broken variant, as it was: each row of the batch beside each of the queue.
        assert JOINED[0] in text
        assert "Nested Loop" in steps(admin, text.replace(*JOINED))
    assert len(facts.take(2000)) == 2000
    assert sql.one("select count(*) from journal_fresh") == (1000,)
