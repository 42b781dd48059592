"""Column files (Parquet) of months, written and asked through an embedded analytical engine: no network, no other file, bounded."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from yichuang.kernel.errors import Invalid, Unavailable

logger = logging.getLogger(__name__)
MOST_SECONDS = 20.0
EXPORT_SECONDS = 3600.0
MEMORY = "256MB"
SUFFIX = ".parquet"
ENGINE = "yichuang.gateways.columns_engine"


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns and rows of a question; `more` where there were more rows than were asked for."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool


class EngineFault(RuntimeError):
    """The engine ended without an answer; the words are its own."""


def write_month(
    folder: Path, name: str, csv: Iterable[bytes | bytearray | memoryview], types: Mapping[str, str]
) -> int:
    """Make `<folder>/<name>.parquet` of CSV with a header, whole or not at all; how many rows.

    `types` gives each column's type in their order. A reader sees the former file or the new one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".part-") as part:
        source, made = Path(part) / "rows.csv", Path(part) / "rows.parquet"
        with source.open("wb") as out:
            for chunk in csv:
                out.write(chunk)
        count = write_parquet(source, made, types)
        made.replace(folder / f"{name}{SUFFIX}")
    return count


def write_parquet(source: Path, made: Path, types: Mapping[str, str]) -> int:
    """Make a column file of a CSV file with a header, whose folder is used for what does not fit into memory; how many rows."""
    asked = {
        "do": "write", "source": str(source), "made": str(made), "temporary": str(source.parent), "types": dict(types),
        "memory": MEMORY,
    }  # fmt: skip
    return int(_engine(asked, EXPORT_SECONDS)["count"])


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
    where the question took too long or too much memory, Unavailable where no month is there or the engine failed.
    """
    paths = [str(folder / f"{name}{SUFFIX}") for name in names]
    if not paths:
        raise Unavailable("还没有可供分析的数据。", how="请管理员先运行 yichuang analysis export。")
    asked = {
        "do": "ask", "folder": str(folder), "paths": paths, "question": question, "given": list(map(str, given)),
        "rows": rows + 1, "memory": MEMORY,
    }  # fmt: skip
    try:
        found = _engine(asked, seconds)
    except subprocess.TimeoutExpired as error:
        raise _too_much() from error
    except EngineFault as error:
        logger.exception("the engine ended without an answer")
        raise Unavailable(
            "分析引擎没有给出结果。",
            how="请稍后再试；一直这样，请管理员查看日志并重新运行 yichuang analysis export。",
        ) from error
    if "problem" in found:
        raise _too_much()
    answered = [tuple(row) for row in found["rows"]]
    return Answer(tuple(found["columns"]), answered[:rows], len(answered) > rows)


def _too_much() -> Invalid:
    return Invalid("这个问题太大，没有算完。", how="请缩短期间、减少分组，或者加筛选条件后再试。")


def _engine(asked: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", ENGINE], input=json.dumps(asked), capture_output=True, text=True, timeout=seconds, check=False
    )  # fmt: skip
    if done.returncode != 0:
        raise EngineFault(done.stderr[-800:])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
