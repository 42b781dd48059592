"""R9, cut exactly: a process that dies at the n-th step of a filing with files, for every n; no cleaning up runs."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import connection

from tests.faults.invariants import Auditor

DIED = 9
# What a filing does to the disk and what it says to the database: after each of these the process may be gone.
ON_DISK = ("os.fsync", "pathlib.Path.replace", "pathlib.Path.mkdir", "pathlib.Path.unlink")


class Steps:
    """Counts the steps of one process and ends it at one of them, as kill -9 does."""

    def __init__(self, last: int) -> None:
        self._last, self._done = last, 0

    def step(self) -> None:
        """One more; the process ends here if this is the one."""
        self._done += 1
        if self._done == self._last:
            os._exit(DIED)

    def statement(self, execute: Callable[..., Any], *given: Any) -> Any:
        """A statement, and the step after it."""
        found = execute(*given)
        self.step()
        return found

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count everything in here."""
        with connection.execute_wrapper(self.statement):
            stack = [mock.patch(name, self._after(name)) for name in ON_DISK]
            for one in stack:
                one.start()
            try:
                yield
            finally:
                for one in stack:
                    one.stop()

    def _after(self, name: str) -> Callable[..., Any]:
        owner, _, last = name.rpartition(".")
        usual = getattr(os if owner == "os" else Path, last)

        def counted(*given: Any, **named: Any) -> Any:
            found = usual(*given, **named)
            self.step()
            return found

        return counted


def dies_at(step: int, deed: Callable[[], object]) -> bool:
    """Do it in a process of its own that ends at this step; False where it was through before."""
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            with Steps(step).watched():
                deed()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == DIED


def rows_without_files(auditor: Auditor, folder: Path) -> list[str]:
    """Every material that a row names is in the store, whole. Files that no row names are allowed."""
    wrong = []
    for (digest,) in auditor.ask("select distinct sha256 from intake_material where sha256 <> ''"):
        path = folder / digest[:2] / digest[2:4] / digest
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            wrong.append(f"R9: the row of {digest[:12]} has no file")
    return wrong
