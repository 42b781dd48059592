"""Where the time of a bulk filing goes: `python -m bench.p2_profile --rows 10000` in the environment of an empty, migrated database.

CPU microseconds a row by stage, of this process by the clock of the thread that did the work, of the database by its backend's.
A stage that calls another is told without it.
"""

import argparse
import importlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import local
from typing import Any

from bench import p2_filed
from yichuang.kernel import sql

# Stage → what is counted to it: a function by its module and name.
STAGES: dict[str, tuple[str, ...]] = {
    "read the file": ("intake.render.bulk_work:_unread",),
    "judge the rows": ("intake.render.bulk_work:_judged",),
    "keep the rows": ("intake.render.bulk_work:stage_rows", "intake.render.bulk_work:finish_check"),
    "read kept rows": ("intake.render.bulk_work:staged",),
    "make ready": ("intake.commands.bulk_press:Press.ready",),
    "file a block": ("intake.render.bulk_work:file_block",),
    "spell under numbers": ("cases.commands.filing_many:spelled", "intake.render.bulk_work:guessed"),
    "send rows": (
        "cases.commands.filing_many:copy_lines", "intake.commands.bulk_blocks:copy_lines", "journal.commands.blocks:copy_lines",
    ),
}  # fmt: skip


@dataclass
class Clocks:
    """CPU seconds of the stages, each without those inside of it."""

    spent: dict[str, float] = field(default_factory=dict)
    _own: local = field(default_factory=local)

    def enter(self, stage: str) -> None:
        """A stage begins in this thread; the one around it rests."""
        open_ = self._open()
        self._stop(open_)
        open_.append(stage)

    def leave(self) -> None:
        """The innermost stage ends."""
        open_ = self._open()
        self._stop(open_)
        open_.pop()

    def _open(self) -> list[str]:
        if not hasattr(self._own, "stages"):
            self._own.stages, self._own.since = [], time.thread_time()
        found: list[str] = self._own.stages
        return found

    def _stop(self, open_: Sequence[str]) -> None:
        now = time.thread_time()
        if open_:
            self.spent[open_[-1]] = self.spent.get(open_[-1], 0.0) + now - self._own.since
        self._own.since = now

    def counted(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The function, counted to a stage; of a generator every step."""

        def called(*given: Any, **named: Any) -> Any:
            self.enter(stage)
            try:
                made = work(*given, **named)
            finally:
                self.leave()
            return self._steps(stage, made) if isinstance(made, Iterator) else made

        return called

    def _steps(self, stage: str, made: Iterator[Any]) -> Iterator[Any]:
        while True:
            self.enter(stage)
            try:
                one = next(made, self)
            finally:
                self.leave()
            if one is self:
                return
            yield one


def function(name: str) -> tuple[Any, str, Callable[..., Any]]:
    """A function by its module and name: whose it is, how it is called there, itself."""
    module, _, path = name.partition(":")
    owner: Any = importlib.import_module(f"yichuang.{module}")
    *classes, last = path.split(".")
    for one in classes:
        owner = getattr(owner, one)
    return owner, last, getattr(owner, last)


@contextmanager
def counting(clocks: Clocks) -> Iterator[None]:
    """The product's own functions, each with a clock in front of it."""
    put: list[tuple[Any, str, Any]] = []
    for stage, names in STAGES.items():
        for name in names:
            owner, last, work = function(name)
            put.append((owner, last, work))
            setattr(owner, last, clocks.counted(stage, work))
    try:
        yield
    finally:
        for owner, last, was in put:
            setattr(owner, last, was)


def profiled(kind: str, count: int, item: str, folder: Path) -> dict[str, Any]:
    """One file of this kind brought through in this process; CPU microseconds a row by stage."""
    run_id = p2_filed.begin(p2_filed.written(folder, kind, count), item)
    clocks = Clocks()
    with counting(clocks):
        found = p2_filed.job(run_id)
    stages = {stage: clocks.spent.get(stage, 0.0) for stage in STAGES}
    stages["everything else"] = found["own_cpu"] - sum(stages.values())
    stages["database, checking"] = found["check_database_cpu"]
    stages["database, filing"] = found["database_cpu"] - found["check_database_cpu"]
    return {"kind": kind, "rows": count, "filed": found["filed"]} | {
        stage: round(seconds * 1_000_000 / count, 1) for stage, seconds in stages.items()
    }


def table(found: Sequence[dict[str, Any]]) -> str:
    """The stages as a table of Markdown, a column a kind of file."""
    head = [
        f"| stage (CPU µs a row) | {' | '.join(one['kind'] for one in found)} |",
        "| --- |" + " ---: |" * len(found),
    ]
    stages = [name for name in found[0] if name not in ("kind", "rows", "filed")]
    body = [f"| {name} | {' | '.join(format(one[name], '.1f') for one in found)} |" for name in stages]
    total = [format(sum(one[name] for name in stages), ".1f") for one in found]
    return "\n".join([*head, *body, f"| together | {' | '.join(total)} |"])


def main() -> None:
    """Profile each kind of file; the table to standard output, figures as JSON in its last line."""
    parser = argparse.ArgumentParser(prog="python -m bench.p2_profile", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--kinds", default="csv,csv-gb18030,xlsx")
    given = parser.parse_args()
    item = p2_filed.prepare()
    sql.execute("set statement_timeout = 0")
    with TemporaryDirectory() as name:
        found = [profiled(kind, given.rows, item, Path(name)) for kind in given.kinds.split(",")]
    print(table(found))
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
