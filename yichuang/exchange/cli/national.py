"""`yichuang exchange national`: the cases of a day as files of the national exchange tables, with the report on how they conform.

`national-in`: such files taken in, as cases that a system reports.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any

from yichuang.exchange.cli.drops import COUNTS, WORDS, take_file, words_of
from yichuang.exchange.models import System
from yichuang.exchange.queries.national import national_rows
from yichuang.exchange.rules.national import CASE_TABLES, conformance, tables, told
from yichuang.exchange.rules.national_in import rank_of, table_of
from yichuang.gateways import drops
from yichuang.gateways.drops import Dropped
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


class NotTaken(Exception):
    """A file that cannot be taken, in words; those before it are."""


def read_national(system: System, files: Sequence[Path], *, at: datetime) -> Iterator[dict[str, Any]]:
    """Take files of national tables, in the order of the tables; of each its counts and how it conforms. Raises NotTaken."""
    for path in sorted(files, key=lambda one: (rank_of(one.name), one.name)):
        table, name = table_of(path.name), Dropped(path, "").name
        if table is None:
            raise NotTaken(f"{name}：文件名里没有国家交换表的表名，例如 up_pro_accept.csv。")
        try:
            batch = take_file(system, Dropped(path, drops.digest_of(path)), table, at=at)
        except WORDS as wrong:
            raise NotTaken(f"{name}：{words_of(wrong)}。") from wrong
        counts = {name: getattr(batch, name) for name in COUNTS}
        yield {"file": name, "batch_id": str(batch.pk), **counts, "conformance": batch.conformance}
