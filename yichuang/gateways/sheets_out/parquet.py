"""Parquet through DuckDB's built-in writer, from rows or from a CSV file: constant memory, nothing fetched from outside."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import duckdb

from yichuang.gateways.sheets_out.model import Cell, Column, Header, Sort, columns_of

MEMORY = "64MB"
ROW_GROUP = 20_480
_TYPES = {Sort.TEXT: "VARCHAR", Sort.NUMBER: "DECIMAL(18,4)", Sort.DAY: "DATE"}


def write_parquet(rows: "Iterable[Sequence[Cell]] | Path", header: Header, out: Path) -> int:
    """Write the table into the file `out`; how many rows.

    `rows`, or the path of a CSV file in UTF-8 with one line of header whose columns stand as in `header`. Empty cells are
    null where the column is a number or a day. Raises duckdb.Error where a cell is not of its column's sort.
    """
    columns = columns_of(header)
    if isinstance(rows, Path):
        return _from_csv(rows, columns, out)
    with NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="", dir=out.parent) as draft:
        writer = csv.writer(draft)
        writer.writerow([one.name for one in columns])
        writer.writerows(rows)
        draft.flush()
        return _from_csv(Path(draft.name), columns, out)


def _from_csv(path: Path, columns: tuple[Column, ...], out: Path) -> int:
    with (
        TemporaryDirectory(dir=out.parent) as spill,
        duckdb.connect(":memory:", config=_settings(spill)) as base,
    ):
        named = {f"c{place}": "VARCHAR" for place, _ in enumerate(columns)}
        base.execute(
            f"COPY (SELECT {', '.join(map(_cast, range(len(columns)), columns))} FROM read_csv("  # noqa: S608 - names are quoted
            f"{_literal(str(path))}, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
            f"new_line = '\\r\\n', columns = {named!r}, parallel = false, max_line_size = 1048576, buffer_size = 4194304)) "
            f"TO {_literal(str(out))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
        )
        found = base.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [str(out)]).fetchall()
    return int(found[0][0] or 0)


def _settings(spill: str) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": MEMORY, "threads": 1, "temp_directory": spill, "preserve_insertion_order": "true",
        "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
    }  # fmt: skip


def _cast(place: int, column: Column) -> str:
    name = '"' + column.name.replace('"', '""') + '"'
    kind = _TYPES[column.sort]
    if column.sort is Sort.TEXT:
        return f"coalesce(c{place}, '') AS {name}"
    return f"CAST(nullif(c{place}, '') AS {kind}) AS {name}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
