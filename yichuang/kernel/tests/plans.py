"""How many rows the database reads for what a test calls: from the plans of the very statements, as they were executed.

Time says little on a busy machine and nothing about next year; rows read do. A list that reads as many rows among ten thousand
cases as among ten million is quick at any volume.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection

from yichuang.kernel import sql

EXPLAIN = "explain (analyze, buffers, timing off, summary off, costs off, format json) "
READS = ("select", "with", "/*", "(")


@dataclass
class Read:
    """What was read while the context lasted: rows of tables by scans, index entries skipped included, and the statements."""

    rows: int = 0
    statements: list[str] = field(default_factory=list)
    plans: list[Any] = field(default_factory=list)

    def blocks(self, table: str) -> int:
        """The blocks of a table and of its indexes that scans looked at: what an index reads and throws away by itself is no row."""
        scans = (
            node
            for plan in self.plans
            for node in _nodes(plan)
            if node.get("Relation Name", "").startswith(table)
        )
        return sum(node["Shared Hit Blocks"] + node["Shared Read Blocks"] for node in scans)

    def indexes(self) -> set[str]:
        """The indexes used, without the ending of a partition."""
        return {name for plan in self.plans for name in _indexes(plan)}


@contextmanager
def rows_read() -> Iterator[Read]:
    """Explain and execute every reading statement of this context: the runner's and the ORM's."""
    read = Read()

    def note(text: str, parameters: Any) -> None:
        if text.lstrip().lower().startswith(READS):
            raw: Any = connection.connection
            with psycopg.Cursor(raw) as cursor:
                cursor.execute((EXPLAIN + text).encode(), parameters or None)
                explained: Any = cursor.fetchone()
            plan = explained[0][0]["Plan"]
            read.plans.append(plan)
            read.statements.append(text)
            read.rows += _rows(plan)

    def wrapped(execute: Any, text: str, parameters: Any, many: bool, context: Any) -> Any:
        note(text, parameters)
        return execute(text, parameters, many, context)

    runner: Any = sql
    before = runner._run

    def noting(text: str, parameters: Any) -> Any:
        connection.ensure_connection()
        note(text, parameters)
        return before(text, parameters)

    runner._run = noting
    try:
        with connection.execute_wrapper(wrapped):
            yield read
    finally:
        runner._run = before


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _rows(plan: dict[str, Any]) -> int:
    read = 0
    for node in _nodes(plan):
        if "Relation Name" in node:
            dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            read += (node["Actual Rows"] + dropped) * node["Actual Loops"]
    return int(read)


def _indexes(plan: dict[str, Any]) -> Iterator[str]:
    for node in _nodes(plan):
        if "Index Name" in node:
            yield node["Index Name"]
