"""A worker that is killed anywhere in a file of filings: every row ends exactly once, every number is given."""

import random
from contextlib import AbstractContextManager
from typing import Any

import pytest

from yichuang.cases.commands import filing_many
from yichuang.intake.commands import bulk_blocks
from yichuang.intake.commands.bulk import confirm_run
from yichuang.intake.models import BulkRun
from yichuang.intake.render import bulk_work
from yichuang.intake.tests import factories as make
from yichuang.intake.tests import factories_bulk as bulk
from yichuang.journal.commands import blocks
from yichuang.kernel import sql
from yichuang.kernel.copy_in import copy_lines

pytestmark = pytest.mark.django_db
COUNT = 48


class Killed(BaseException):
    """The process is gone."""


class Trap:
    """Kills the work behind some statement."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        cursor, copy = sql._cursor, copy_lines

        def executed(*given: Any) -> AbstractContextManager[Any]:
            self._step()
            return cursor(*given)

        def copied(*given: Any) -> None:
            copy(*given)
            self._step()

        monkeypatch.setattr(sql, "_cursor", executed)
        for module in (blocks, filing_many, bulk_blocks):
            monkeypatch.setattr(module, "copy_lines", copied)

    def _step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> Trap:
    monkeypatch.setattr(bulk_work, "ROWS_AT_ONCE", 16)
    monkeypatch.setattr(bulk_work, "FEWEST_AT_ONCE", 4)
    return Trap(monkeypatch)


def wrong_with(run: BulkRun) -> list[str]:
    """What a run must not leave behind: rows lost, rows twice, gaps, halves of a case."""
    run.refresh_from_db()
    tables = (
        "cases_case",
        "cases_number",
        "cases_work",
        "intake_application",
        "intake_receipt",
        "journal_fresh",
    )
    counts = {
        name: (sql.one(f"select count(*) from {name}") or (0,))[0]
        for name in tables
        if name != "journal_fresh"
    }
    found = [f"{name}: {count}" for name, count in counts.items() if count != COUNT]
    stations = sql.rows(
        "select answers::jsonb ->> 'station_name', count(*) from intake_application group by 1"
    )
    if len(stations) != COUNT or any(count != 1 for _, count in stations):
        found.append("rows lost or twice")
    numbers = sorted(int(number[-6:]) for (number,) in sql.rows("select number from cases_number"))
    if numbers != list(range(1, len(numbers) + 1)):
        found.append("a gap")
    if (run.state, run.filed, run.known) != ("done", COUNT, 0):
        found.append(f"{run.state} {run.filed} {run.known}")
    return found


def brought_through(run_id: Any, trap: Trap, seed: int) -> int:
    """Work on until it is done or checked, killed again and again; how often."""
    chance, kills = random.Random(seed), 0
    while True:
        trap.left = chance.randint(1, 40)
        try:
            bulk_work.run(run_id, at=bulk.AT)
        except Killed:
            kills += 1
            continue
        finally:
            trap.left = 0
        return kills


@pytest.mark.parametrize("seed", range(3))
def test_killed_anywhere_every_row_is_filed_exactly_once(trap: Trap, seed: int) -> None:
    item = bulk.offer().item.code
    by = make.applicant()
    made = bulk.begun(bulk.as_csv(bulk.rows(COUNT)), by, item=item)
    kills = brought_through(made.id, trap, seed)
    run = bulk.run_of(made)
    assert (run.state, run.good, run.bad, run.double) == ("checked", COUNT, 0, 0)
    confirm_run(run.pk, cases=COUNT, by=by, at=bulk.AT, key=make.key())
    kills += brought_through(run.pk, trap, seed + 100)
    assert kills > 3
    assert wrong_with(run) == []


def test_progress_that_is_kept_before_the_cases_would_be_caught(
    trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: the place in the file is committed first, the cases after it."""
    item = bulk.offer().item.code
    by = make.applicant()
    run = bulk.checked(bulk.rows(COUNT), by, item)
    confirm_run(run.pk, cases=COUNT, by=by, at=bulk.AT, key=make.key())
    real, blocks = bulk_blocks.file_block, iter(range(100))

    def careless(found: BulkRun, block: Any, *rest: Any, **named: Any) -> bulk_blocks.Filed:
        if next(blocks) == 1:
            sql.execute(
                "update intake_bulkrun set filed_through = %(through)s where id = %(id)s",
                {"through": block.through, "id": found.pk},
            )
            raise Killed
        return real(found, block, *rest, **named)

    monkeypatch.setattr(bulk_work, "file_block", careless)
    with pytest.raises(Killed):
        bulk_work.run(run.pk, at=bulk.AT)
    bulk_work.run(run.pk, at=bulk.AT)
    assert any("lost" in words for words in wrong_with(run))


def test_two_workers_never_file_the_same_block(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    item = bulk.offer().item.code
    by = make.applicant()
    run = bulk.checked(bulk.rows(COUNT), by, item)
    confirm_run(run.pk, cases=COUNT, by=by, at=bulk.AT, key=make.key())
    real, once = bulk_blocks.file_block, iter([True])

    def overtaken(*given: Any, **named: Any) -> bulk_blocks.Filed:
        if next(once, False):
            bulk_work.run(run.pk, at=bulk.AT)
        return real(*given, **named)

    monkeypatch.setattr(bulk_work, "file_block", overtaken)
    bulk_work.run(run.pk, at=bulk.AT)
    assert wrong_with(run) == []
