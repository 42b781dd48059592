"""CSV to Parquet by DuckDB's built-in writer, as a program of its own: `python duck.py < question`.

A process that lives long never loads the engine (some 60 MB), and its memory goes when the file is written. Standard
input is JSON: source, target, spill (paths), columns ([name, type]), memory. Nothing is fetched from outside.
"""

import json
import sys
from typing import Any

import duckdb

ROW_GROUP = 20_480


def converted(asked: dict[str, Any]) -> int:
    """Write the file; how many rows. Raises duckdb.Error where a cell is not of its column's type."""
    settings: dict[str, Any] = {
        "memory_limit": asked["memory"], "threads": 1, "temp_directory": asked["spill"],
        "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
    }  # fmt: skip
    columns = asked["columns"]
    named = {f"c{place}": "VARCHAR" for place, _ in enumerate(columns)}
    casts = ", ".join(_cast(place, name, kind) for place, (name, kind) in enumerate(columns))
    with duckdb.connect(":memory:", config=settings) as base:
        base.execute(
            f"COPY (SELECT {casts} FROM read_csv({_literal(asked['source'])}, header = true, auto_detect = false, "  # noqa: S608 - quoted
            "delim = ',', quote = '\"', escape = '\"', parallel = false, max_line_size = 1048576, buffer_size = 4194304, "
            f"columns = {named!r})) TO {_literal(asked['target'])} "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
        )
        found = base.execute(
            "SELECT sum(num_rows) FROM parquet_file_metadata(?)", [asked["target"]]
        ).fetchall()
    return int(found[0][0] or 0)


def _cast(place: int, name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if kind == "VARCHAR":
        return f"coalesce(c{place}, '') AS {quoted}"
    return f"CAST(nullif(c{place}, '') AS {kind}) AS {quoted}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


if __name__ == "__main__":
    try:
        print(converted(json.load(sys.stdin)))
    except duckdb.Error as error:
        sys.exit(f"{type(error).__name__}: {error}")
