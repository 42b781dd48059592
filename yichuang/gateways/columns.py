"""Column files (Parquet) of months, written and asked through an embedded analytical engine: no network, no other file, bounded."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from yichuang.kernel.errors import Invalid, Unavailable

MOST_SECONDS = 20.0
MEMORY = "256MB"
SUFFIX = ".parquet"


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns and rows of a question; `more` where there were more rows than were asked for."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool


def write_month(folder: Path, name: str, csv: Iterable[bytes | bytearray | memoryview], types: Mapping[str, str]) -> int:
    """Make `<folder>/<name>.parquet` of CSV with a header, whole or not at all; how many rows.

    `types` gives each column's type in their order. A reader sees the former file or the new one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".part-") as part:
        source, made = Path(part) / "rows.csv", Path(part) / "rows.parquet"
        with source.open("wb") as out:
            for chunk in csv:
                out.write(chunk)
        with duckdb.connect(":memory:", config={"threads": "1", "memory_limit": MEMORY}) as engine:
            engine.execute(f"set temp_directory = {_text(part)}")
            columns = ", ".join(f"{_text(column)}: {_text(kind)}" for column, kind in types.items())
            reading = f"read_csv({_text(str(source))}, header = true, columns = {{{columns}}}, nullstr = '')"
            # The names are our own and quoted; nothing that somebody typed stands in a statement.
            copied = f"copy (select * from {reading}) to {_text(str(made))} (format parquet, compression zstd)"  # noqa: S608
            engine.execute(copied)
            (count,) = engine.execute("select count(*) from read_parquet(?)", [str(made)]).fetchall()[0]
        made.replace(folder / f"{name}{SUFFIX}")
    return int(count)


def months(folder: Path) -> list[str]:
    """The names of the months that are there, oldest first."""
    return sorted(path.stem for path in folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []


def ask(
    folder: Path,
    names: Sequence[str],
    question: str,
    given: Sequence[Any],
    *,
    rows: int,
    seconds: float = MOST_SECONDS,
) -> Answer:
    """Answer a question over the months named; it reads `from facts`. At most so many rows, seconds and 256 MB.

    The engine may open the folder and nothing else, and its settings are locked before the question runs. Raises Invalid
    where the question took too long or too much memory, Unavailable where no month is there.
    """
    paths = [str(folder / f"{name}{SUFFIX}") for name in names]
    if not paths:
        raise Unavailable("还没有可供分析的数据。", how="请管理员先运行 yichuang analysis export。")
    with duckdb.connect(":memory:", config={"threads": "2", "memory_limit": MEMORY}) as engine:
        listed = ", ".join(map(_text, paths))
        engine.execute(f"set allowed_directories = [{_text(str(folder) + '/')}]")
        engine.execute("set enable_external_access = false")
        engine.execute(f"create view facts as select * from read_parquet([{listed}])")  # noqa: S608 - our own names
        engine.execute("set lock_configuration = true")
        clock = threading.Timer(seconds, engine.interrupt)
        clock.start()
        try:
            cursor = engine.execute(question, list(given))
            found = cursor.fetchmany(rows + 1)
            columns = tuple(column[0] for column in cursor.description or ())
        except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
            raise Invalid(
                "这个问题太大，没有算完。", how="请缩短期间、减少分组，或者加筛选条件后再试。"
            ) from error
        finally:
            clock.cancel()
    return Answer(columns, found[:rows], len(found) > rows)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
