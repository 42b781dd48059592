"""`yichuang exchange national`: the cases of a day as files of the national exchange tables, with the report on how they conform."""

import csv
import json
from contextlib import ExitStack
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from yichuang.exchange.queries.national import national_rows
from yichuang.exchange.rules.national import CASE_TABLES, Conformance, conformance, tables
from yichuang.kernel.actor import Actor

Report = list[dict[str, Any]]


def write_national(day: date, folder: Path, *, by: Actor, at: datetime) -> Report:
    """One CSV a table and `report.json` in a folder that must be empty; the report. Errors: FileExistsError, OSError.

    The files name applicants in full: whoever may read the folder reads them.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise FileExistsError(folder)
    with ExitStack() as open_files:
        writers = {}
        for name in CASE_TABLES:
            out = open_files.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            writers[name] = csv.DictWriter(out, list(tables()[name].columns), restval="")
            writers[name].writeheader()
        for name, row in national_rows(day, by=by, at=at):
            writers[name].writerow(row)
    report = [told(conformance(tables()[name], _read(folder / f"{name}.csv"))) for name in CASE_TABLES]
    (folder / "report.json").write_text(
        json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    return report


def _read(path: Path) -> Any:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def told(found: Conformance) -> dict[str, Any]:
    """A report as JSON has it: faults by column and kind."""
    faults = [
        {"column": column, "kind": kind, "rows": count}
        for (column, kind), count in sorted(found.faults.items())
    ]
    return {**asdict(found), "faults": faults, "unjudged": list(found.unjudged)}
