"""Column files: what is written is read again as it was, a reader sees a whole file or the former one, and questions stay within bounds."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from yichuang.gateways import columns
from yichuang.gateways.columns import EngineFault
from yichuang.kernel.errors import Invalid, Unavailable

TYPES = {"day": "DATE", "n": "BIGINT", "name": "VARCHAR"}
# What CSV, SQL and people make difficult.
ROWS: list[tuple[str, str, str]] = [
    ("2022-05-13", "1", "水利厅"),
    ("2022-05-14", "-9223372036854775808", "a,b"),
    ("2022-05-14", "9223372036854775807", 'say "yes"'),
    ("1999-12-31", "0", "two\nlines"),
    ("", "", ""),
    ("2022-05-15", "7", "'; drop table facts; --"),
    ("2022-05-15", "8", "  spaces  "),
    ("2022-05-15", "9", "=1+1"),
    ("2022-05-15", "10", "😀"),
]


def lines(rows: Sequence[Sequence[str]] = ROWS) -> Iterator[bytes]:
    """A header and rows as the server sends them: one message a row, empty cells without quotes."""
    for row in (tuple(TYPES), *rows):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(row)
        yield text.getvalue().encode()


def answered(given: Mapping[str, Any], code: int = 0, words: str = "") -> Any:
    """An engine that ends at once and says so."""
    return lambda asked, **_: subprocess.CompletedProcess(asked, code, json.dumps(given), words)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What an engine was asked that answers three rows."""
    seen: list[dict[str, Any]] = []

    def run(_command: Sequence[str], **given: Any) -> subprocess.CompletedProcess[str]:
        seen.append({**json.loads(given["input"]), "timeout": given["timeout"]})
        return subprocess.CompletedProcess(
            [], 0, json.dumps({"columns": ["a", "b"], "rows": [[1, "x"], [2, None], [3, "z"]]}), ""
        )

    monkeypatch.setattr(subprocess, "run", run)
    return seen


def test_what_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    assert columns.write_month(tmp_path, "2022-05", lines(), TYPES) == len(ROWS)
    found = columns.ask(tmp_path, ["2022-05"], "select day, n, name from facts", [], rows=50)
    assert (found.columns, found.more) == (("day", "n", "name"), False)
    given = [(day or None, int(n) if n else None, name or None) for day, n, name in ROWS]
    assert found.rows == given
    # A value stays a value whatever it says, and is compared by the type of its column.
    named = columns.ask(tmp_path, ["2022-05"], "select n from facts where name = ?", [ROWS[5][2]], rows=5)
    assert named.rows == [(7,)]
    late = columns.ask(
        tmp_path, ["2022-05"], "select count(*) from facts where day > ? and n < ?", ["2022-05-13", 9], rows=5
    )
    assert late.rows == [(3,)]


@pytest.mark.parametrize(
    "wrong",
    [("yesterday", "1", "x"), ("2022-05-13", "1.5x", "x"), ("2022-13-01", "1", "x"), ("2022-05-13", "1")],
)
def test_a_cell_that_is_not_of_its_column_leaves_the_former_file(
    tmp_path: Path, wrong: tuple[str, ...]
) -> None:
    former = tmp_path / "2022-05.parquet"
    former.write_bytes(b"the former file")
    with pytest.raises(EngineFault):
        columns.write_month(tmp_path, "2022-05", lines([wrong]), TYPES)
    assert [path.name for path in tmp_path.iterdir()] == ["2022-05.parquet"]
    assert former.read_bytes() == b"the former file"


def test_a_source_that_breaks_off_leaves_the_former_file(tmp_path: Path) -> None:
    (tmp_path / "2022-05.parquet").write_bytes(b"the former file")

    def broken() -> Iterator[bytes]:
        yield b"day,n,name\n"
        raise ConnectionError("the server has gone")

    with pytest.raises(ConnectionError):
        columns.write_month(tmp_path, "2022-05", broken(), TYPES)
    assert columns.months(tmp_path) == ["2022-05"]
    assert len(list(tmp_path.iterdir())) == 1


def test_an_engine_that_dies_is_a_fault_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", answered({}, 1, "x" * 1000 + "out of disk"))
    with pytest.raises(Unavailable, match="没有给出结果") as told:
        columns.ask(tmp_path, ["2022-05"], "select 1", [], rows=1)
    # What the engine said is for the log; who asked is told what to do.
    assert "out of disk" not in str(told.value)
    assert str(told.value.__cause__).endswith("out of disk")
    assert len(str(told.value.__cause__)) == 800
    monkeypatch.setattr(subprocess, "run", answered({}, -9))
    with pytest.raises(EngineFault):
        columns.write_month(tmp_path, "2022-05", lines(), TYPES)
    assert columns.months(tmp_path) == []


@pytest.mark.parametrize(
    ("rows", "shown", "more"), [(1, 1, True), (2, 2, True), (3, 3, False), (9, 3, False)]
)
def test_no_more_rows_than_asked_for_and_whether_there_are_more(
    tmp_path: Path, asked: list[dict[str, Any]], rows: int, shown: int, more: bool
) -> None:
    found = columns.ask(tmp_path, ["2022-04", "2022-05"], "select 1", [1, "b"], rows=rows, seconds=3)
    assert (len(found.rows), found.more) == (shown, more)
    (one,) = asked
    assert one["rows"] == rows + 1, "one more, so that it is known whether there are"
    assert one["paths"] == [str(tmp_path / f"2022-0{month}.parquet") for month in (4, 5)]
    assert (one["do"], one["given"], one["memory"], one["timeout"]) == ("ask", ["1", "b"], columns.MEMORY, 3)


def test_what_is_too_much_is_said_politely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", answered({"problem": "too much"}))
    with pytest.raises(Invalid, match="没有算完"):
        columns.ask(tmp_path, ["2022-05"], "select 1", [], rows=1)

    def endless(_command: Sequence[str], **given: Any) -> None:
        raise subprocess.TimeoutExpired("engine", given["timeout"])

    monkeypatch.setattr(subprocess, "run", endless)
    with pytest.raises(Invalid, match="没有算完"):
        columns.ask(tmp_path, ["2022-05"], "select 1", [], rows=1)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("nothing is there to be asked"))
    with pytest.raises(Unavailable, match="没有可供分析"):
        columns.ask(tmp_path, [], "select 1", [], rows=1)


def test_months_are_the_files_that_are_there(tmp_path: Path) -> None:
    assert columns.months(tmp_path / "nowhere") == []
    for name in ("2022-05.parquet", "2021-12.parquet", "about.json", "2022-04.parquet.part", ".part-x"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "days").mkdir()
    assert columns.months(tmp_path) == ["2021-12", "2022-05"]


def test_the_engine_s_own_door_refuses_what_it_was_not_made_for(tmp_path: Path) -> None:
    """Called as `columns` calls it: rubbish ends with a trace on standard error and no answer."""
    for given in ("", "[]", json.dumps({"do": "write", "source": str(tmp_path / "none"), "made": "x"})):
        done = subprocess.run(
            [sys.executable, "-m", columns.ENGINE], input=given, capture_output=True, text=True, check=False,
            cwd=Path(__file__).parents[3], env={**os.environ},
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr
