"""Parquet from rows or from a CSV file, in constant memory: the engine runs as a program beside this process."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from yichuang.gateways.sheets_out.model import Cell, Column, Header, Sort, columns_of

MEMORY = "64MB"
PROGRAM = Path(__file__).with_name("duck.py")
_TYPES = {Sort.TEXT: "VARCHAR", Sort.NUMBER: "DECIMAL(18,4)", Sort.DAY: "DATE"}


class NotConverted(Exception):
    """The engine could not write the file; the message is its own, for operators."""


def write_parquet(rows: "Iterable[Sequence[Cell]] | Path", header: Header, out: Path) -> int:
    """Write the table into the file `out`; how many rows.

    `rows`, or the path of a CSV file in UTF-8 (lines end with a line feed) with one line of header, its columns as in
    `header`. Empty cells are null where the column is a number or a day. Raises NotConverted, among others where a cell
    is not of its column's sort.
    """
    columns = columns_of(header)
    if isinstance(rows, Path):
        return _converted(rows, columns, out)
    with NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="", dir=out.parent) as draft:
        writer = csv.writer(draft, lineterminator="\n")
        writer.writerow([one.name for one in columns])
        writer.writerows(rows)
        draft.flush()
        return _converted(Path(draft.name), columns, out)


def _converted(path: Path, columns: tuple[Column, ...], out: Path) -> int:
    with TemporaryDirectory(dir=out.parent) as spill:
        asked = {
            "source": str(path), "target": str(out), "spill": spill, "memory": MEMORY,
            "columns": [(one.name, _TYPES[one.sort]) for one in columns],
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, str(PROGRAM)],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise NotConverted(done.stderr.strip()[-2_000:])
    return int(done.stdout)
