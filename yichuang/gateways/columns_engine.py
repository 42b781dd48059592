"""The engine of `columns`, in a process of its own: one request as JSON from standard input, one answer to standard output.

A web process never carries the engine's memory, and one that takes too long is ended from outside.
"""

import json
import sys
from typing import Any

import duckdb

MOST_THREADS = "2"
EMPTY, TOO_MUCH = "empty", "too much"


def text(value: str) -> str:
    """A value as a literal."""
    return "'" + value.replace("'", "''") + "'"


def write(asked: dict[str, Any]) -> dict[str, Any]:
    """CSV into Parquet; how many rows."""
    with duckdb.connect(":memory:", config={"threads": "1", "memory_limit": asked["memory"]}) as engine:
        engine.execute(f"set temp_directory = {text(asked['temporary'])}")
        columns = ", ".join(f"{text(column)}: {text(kind)}" for column, kind in asked["types"].items())
        reading = f"read_csv({text(asked['source'])}, header = true, columns = {{{columns}}}, nullstr = '')"
        # The names are our own and quoted; nothing that somebody typed stands in a statement.
        copied = f"copy (select * from {reading}) to {text(asked['made'])} (format parquet, compression zstd)"  # noqa: S608
        engine.execute(copied)
        (count,) = engine.execute("select count(*) from read_parquet(?)", [asked["made"]]).fetchall()[0]
    return {"count": int(count)}


def ask(asked: dict[str, Any]) -> dict[str, Any]:
    """Rows of a question over files; the folder is all that the engine may open, and its settings are locked."""
    with duckdb.connect(
        ":memory:", config={"threads": MOST_THREADS, "memory_limit": asked["memory"]}
    ) as engine:
        listed = ", ".join(map(text, asked["paths"]))
        engine.execute(f"set allowed_directories = [{text(asked['folder'] + '/')}]")
        engine.execute("set enable_external_access = false")
        # While all files are made anew with one more column, some have it and some do not.
        engine.execute(f"create view facts as select * from read_parquet([{listed}], union_by_name = true)")  # noqa: S608 - our own names
        engine.execute("set lock_configuration = true")
        try:
            cursor = engine.execute(asked["question"], asked["given"])
            found = cursor.fetchmany(asked["rows"])
        except duckdb.OutOfMemoryException:
            return {"problem": TOO_MUCH}
        return {"columns": [column[0] for column in cursor.description or ()], "rows": found}


def main() -> int:
    """One request. Anything unexpected ends with a traceback and exit code 1."""
    asked = json.load(sys.stdin)
    answer = write(asked) if asked["do"] == "write" else ask(asked)
    json.dump(answer, sys.stdout, default=str)
    return 0


if __name__ == "__main__":
    sys.exit(main())
